import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { APPEND_KINDS } from '../../../core/api/appends.ts';
import { statusOf } from '../../../core/index/block.ts';
import { obligationsOf } from '../../../core/lifecycle/obligations.ts';
import {
  isDestroyed,
  isInState,
  isVoid,
  lifecycleOn,
  STATES,
  standingOf,
  type TransferState,
} from '../../../core/lifecycle/transfer.ts';
import { evolveTransfer, TRANSFER_EVENT_KINDS } from '../../../core/lifecycle/transfer-events.ts';
import { NOTHING_UPSTREAM } from '../../../core/lifecycle/upstream.ts';
import type { Entry } from '../../../core/model/entry.ts';
import { addDays, addDuration, Day } from '../../../core/model/scalars.ts';
import { Problem } from '../../../core/problem.ts';
import { aRetrospectiveTransfer, aTransfer, aTransferId } from '../../support/transfers.ts';
import { entryOf, event, opened, type Step, take } from './specs.ts';

/** Few values of each kind, so that events meet: the same references, corrections and days come again. */
const day = fc.constantFrom(
  '2024-03-10',
  '2024-04-01',
  '2025-03-31',
  '2025-06-30',
  '2026-03-31',
  '9999-12-31',
);
const step: fc.Arbitrary<Step> = fc
  .record({
    kind: fc.constantFrom(...TRANSFER_EVENT_KINDS),
    occurredOn: day,
    earlier: day,
    later: day,
    name: fc.constantFrom('a', 'b'),
    flag: fc.boolean(),
    by: fc.constantFrom(aTransferId('other'), opened().transferId),
  })
  .map(({ kind, occurredOn, earlier, later, name, flag, by }) =>
    event(kind, {
      occurredOn,
      ...{
        'transfer-acknowledged': { rows: flag ? 120_000 : 1, files: undefined },
        'holding-attested': { held: flag },
        'dispute-answered': {},
        'retention-extended': { from: earlier, until: later },
        'retention-reviewed': { triggeredOn: earlier },
        'recall-answered': {},
        'record-withdrawn': {},
        'legal-hold-set': { reference: name },
        'legal-hold-lifted': { reference: name },
        'recall-issued': { dueBy: later },
        'record-superseded': { by },
        'correction-issued': { correctionId: name },
        'correction-confirmed': { correctionId: name },
        'transfer-disputed': { reason: flag ? 'not-received' : 'rows-differ' },
        'destruction-certified': { backups: flag ? 'destroyed' : 'unknown' },
        'destruction-verified': {},
        'destruction-rejected': {},
        'publication-suppressed': { until: later },
        'publication-restored': {},
      }[kind],
    }),
  );
const record = fc.constantFrom(
  aTransfer({ attestEvery: 'P3M' }),
  aRetrospectiveTransfer(),
  aTransfer({ retention: { period: 'P1Y', trigger: 'end of the season', reviewBy: '2025-03-31' } }),
);
const steps = fc.array(step, { maxLength: 25 });

/** Takes what is allowed and drops what is refused, as the ledger would. */
function history(opening: TransferState, attempted: readonly Step[]) {
  const entries: Entry[] = [];
  let state = opening;
  for (const each of attempted) {
    let taken: ReturnType<typeof take>;
    try {
      taken = take(state, each);
    } catch (refusal) {
      expect(refusal).toBeInstanceOf(Problem);
      expect(['conflict', 'invalid-record']).toContain((refusal as Problem).slug);
      continue;
    }
    entries.push(entryOf(each, state.nextVersion, '2026-04-01' as Day, taken.flags));
    state = taken.state;
  }
  return { state, entries };
}

describe('any history that was decided', () => {
  it('evolves without an error, and its state keeps its word', () => {
    fc.assert(
      fc.property(record, steps, (body, attempted) => {
        const { state, entries } = history(opened(body), attempted);
        expect(state.nextVersion).toBe(entries.length + 1);
        if (state.verified) expect(state.certified).toBeDefined();
        if (state.verified && state.certified)
          expect(state.verified.occurredOn >= state.certified.occurredOn).toBe(true);
        expect(new Set(state.holds.map(({ reference }) => reference)).size).toBe(state.holds.length);
        expect(new Set(state.corrections.map(({ correctionId }) => correctionId)).size).toBe(
          state.corrections.length,
        );
        const standing = standingOf(state, NOTHING_UPSTREAM);
        expect(standing.marks.includes('held')).toBe(state.holds.length > 0);
        for (const on of ['2024-03-10', '2025-03-31', '9999-12-31'] as Day[])
          expect(STATES.filter((name) => isInState(standing, name, on))).toContain(lifecycleOn(standing, on));
      }),
    );
  });

  it('owes on days that exist, each kind once for each cause, and nothing once it is verified or superseded', () => {
    fc.assert(
      fc.property(record, steps, (body, attempted) => {
        const { state } = history(opened(body), attempted);
        const owed = obligationsOf(state, NOTHING_UPSTREAM);
        for (const { dueOn, since } of owed) for (const each of [dueOn, since]) Day.parse(each);
        expect(new Set(owed.map(({ kind, cause }) => `${kind} ${cause}`)).size).toBe(owed.length);
        if (isVoid(state)) expect(owed).toEqual([]);
        if (state.verified) expect(owed.map(({ kind }) => kind)).not.toContain('destroy');
        if (state.verified && isDestroyed(state) && !state.disputed) expect(owed).toEqual([]);
        if (state.holds.length > 0)
          for (const { kind } of owed)
            expect(['destroy', 'destroy-remainder', 'review-retention']).not.toContain(kind);
        expect(statusOf(state, NOTHING_UPSTREAM).owed).toEqual(owed);
      }),
    );
  });

  it('can be told as of any day: what is left out is no error, and what comes later changes nothing', () => {
    fc.assert(
      fc.property(record, steps, day, (body, attempted, validAt) => {
        const { entries } = history(opened(body), attempted);
        const told = entries.filter((entry) => (entry.body['occurredOn'] as string) <= validAt);
        const state = told.reduce<TransferState>(evolveTransfer, opened(body));
        const again = told.reduce<TransferState>(evolveTransfer, opened(body));
        expect(again).toEqual(state);
        expect(standingOf(state, NOTHING_UPSTREAM).reached === 'verified').toBe(state.verified !== undefined);
        if (state.verified) expect(state.certified).toBeDefined();
        for (const correction of state.corrections) expect(correction.issued).toBeDefined();
      }),
    );
  });

  it('has events that their schemas take back as they were', () => {
    fc.assert(
      fc.property(step, ({ kind, body }) => {
        expect(APPEND_KINDS[kind].body.parse(JSON.parse(JSON.stringify(body)))).toEqual(body);
      }),
    );
  });
});

describe('the calendar', () => {
  it('goes to the end of its days and no further', () => {
    expect(addDays('2024-02-28' as Day, 1)).toBe('2024-02-29');
    expect(addDays('2023-02-28' as Day, 1)).toBe('2023-03-01');
    expect(addDays('2024-03-01' as Day, -1)).toBe('2024-02-29');
    expect(addDays('9999-12-31' as Day, 1)).toBe('9999-12-31');
    expect(addDays('0000-01-01' as Day, -1)).toBe('0000-01-01');
    expect(addDays('9999-12-15' as Day, 30)).toBe('9999-12-31');
  });

  it.each([
    ['2024-01-31', 'P1M', '2024-02-29'],
    ['2023-01-31', 'P1M', '2023-02-28'],
    ['2024-02-29', 'P1Y', '2025-02-28'],
    ['2024-11-30', 'P1Y3M2D', '2026-03-02'],
    ['2024-12-15', 'P1M', '2025-01-15'],
    ['2024-12-30', 'P2W', '2025-01-13'],
    ['2024-03-10', 'P90D', '2024-06-08'],
    ['2024-03-10', 'P0D', '2024-03-10'],
    ['2024-03-10', 'P7976Y', '9999-12-31'],
    ['9999-12-31', 'P1M', '9999-12-31'],
    ['2024-03-10', 'P99999999999999Y', '9999-12-31'],
    ['2024-03-10', 'P99999999999999D', '9999-12-31'],
    ['0000-01-31', 'P1M', '0000-02-29'],
  ] as const)('from %s by %s leads to %s', (from, duration, to) => {
    expect(addDuration(from as Day, duration)).toBe(to);
  });
});
