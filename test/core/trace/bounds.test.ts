import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../../core/canonical.ts';
import type { TransferFacts } from '../../../core/index/facts.ts';
import type { LeakDescription } from '../../../core/model/incident.ts';
import { type AgencyId, addDays, type Day, type EntryId } from '../../../core/model/scalars.ts';
import { ID_STYLES } from '../../../core/model/transfer.ts';
import { CANONICAL_FIELDS, type CanonicalField } from '../../../core/model/vocabulary.ts';
import { TraceAnswer } from '../../../core/trace/answer.ts';
import { answerTrace } from '../../../core/trace/conclude.ts';
import { BOUNDS } from '../../../core/trace/method.ts';
import { screen } from '../../../core/trace/screen.ts';
import { aLeak, aSha256, aTransfer } from '../../support/transfers.ts';
import { columns, context, holding, idOf, type Recorded, worldOf } from './world.ts';

/** A sequence that looks random and is the same on each run (Lehmer, modulus 2^31 - 1). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const [model] = worldOf([holding('msisdn')]).facts;
const factsOfMany = (count: number, more: (n: number) => Partial<TransferFacts>): TransferFacts[] => {
  if (!model) throw new Error('no model');
  return Array.from({ length: count }, (_, n) => ({ ...model, index: n, transferId: idOf(n), ...more(n) }));
};

/** More words than the vocabulary has today: a description may name 60 fields. */
const SIXTY = Array.from({ length: 60 }, (_, i) => `field-${i}` as CanonicalField);
const asksFor = (fields: readonly CanonicalField[]): LeakDescription => ({
  fields: [...fields],
  seenOn: '2026-01-15' as Day,
});

function timed<T>(run: () => T): { result: T; ms: number } {
  const before = performance.now();
  return { result: run(), ms: performance.now() - before };
}

/** Some ten times what it takes on a quiet machine: this catches what grows out of bounds, a benchmark measures. */
const PATIENCE_MS = 8_000;

describe('a hundred thousand transfers', () => {
  it('of random fields among sixty, almost no two alike, are screened in bounded time', () => {
    const below = numbers(7);
    const facts = factsOfMany(100_000, () => {
      const fields = SIXTY.filter(() => below(4) === 0);
      return { fields, clearFields: fields };
    });
    const { result, ms } = timed(() => screen(asksFor(SIXTY), [facts]));
    expect(ms).toBeLessThan(PATIENCE_MS);
    expect(result.sets.complete).toBe(false);
    // Even where the search finds nothing, one set is shown.
    expect(result.sets.listed.length).toBeGreaterThan(0);
    expect(result.shown).toHaveLength(BOUNDS.candidates);
  }, 60_000);

  it('that each hold one of sixty fields make one pattern that stands for very many sets', () => {
    const facts = factsOfMany(100_000, (n) => {
      const fields = SIXTY.slice(n % 60, (n % 60) + 1);
      return { fields, clearFields: fields };
    });
    const { result, ms } = timed(() => screen(asksFor(SIXTY), [facts]));
    expect(ms).toBeLessThan(PATIENCE_MS);
    expect(result.sets).toMatchObject({ complete: true, patternsFound: 1 });
    expect(result.sets.setsFound).toBe(1_667n ** 40n * 1_666n ** 20n);
    // All members of the listed sets are shown.
    const shown = new Set(result.shown.map(({ facts: { transferId } }) => transferId));
    for (const { members } of result.sets.listed)
      for (const member of members) expect(shown).toContain(member.facts.transferId);
  }, 60_000);

  it('that combine eight fields in every way are searched up to the bound, and it is said up to which size', () => {
    const eight = CANONICAL_FIELDS.slice(0, 8);
    const facts = factsOfMany(100_000, (n) => {
      const fields = eight.filter((_, i) => ((n % 255) + 1) & (1 << i));
      return { fields, clearFields: fields };
    });
    const { result, ms } = timed(() => screen(asksFor(eight), [facts]));
    expect(ms).toBeLessThan(PATIENCE_MS);
    expect(result.sets.complete).toBe(false);
    expect(result.sets.completeToSize).toBeGreaterThanOrEqual(2);
    expect(result.sets.patternsFound).toBe(BOUNDS.searchCovers);
  }, 60_000);

  it('that form one long chain of origins are answered in bounded time', () => {
    const facts = factsOfMany(100_000, (n) => (n === 0 ? {} : { origins: [idOf(n - 1)] }));
    const world = worldOf(Array.from({ length: BOUNDS.candidates }, () => holding('msisdn')));
    const { result, ms } = timed(() =>
      answerTrace(screen(aLeak(), [facts]), { ...context(world), size: 100_000 }),
    );
    expect(ms).toBeLessThan(PATIENCE_MS);
    expect(result.candidates.items[0]?.evidence.find(({ code }) => code === 'passed-on')?.detail).toContain(
      `more than ${BOUNDS.downstream} recorded hand-overs`,
    );
  }, 60_000);
});

describe('what does not fit the bounds', () => {
  it('is cut off in rank order, counted, and said to be', () => {
    const count = BOUNDS.candidates + 30;
    const world = worldOf([
      ...Array.from({ length: count }, (_, n) =>
        holding(...(n === count - 1 ? (['msisdn', 'cnic'] as const) : (['msisdn'] as const))),
      ),
      ...Array.from({ length: BOUNDS.excluded + 5 }, () => holding('imei')),
    ]);
    const answer = TraceAnswer.parse(answerTrace(screen(aLeak(), [world.facts]), context(world)));
    expect(answer.candidates).toMatchObject({ total: count, shown: BOUNDS.candidates, truncated: true });
    expect(answer.candidates.items[0]?.transfer.sequence).toBe(count - 1);
    expect(answer.excluded).toMatchObject({
      total: BOUNDS.excluded + 5,
      shown: BOUNDS.excluded,
      truncated: true,
    });
    expect(answer.sets).toMatchObject({ exact: true, truncated: false, setsFound: '1' });
  });

  it('shows a member of the only sets, however low its rank', () => {
    const world = worldOf([
      ...Array.from({ length: 400 }, () => holding('msisdn', 'cnic')),
      { record: aTransfer({ fields: columns('address'), access: 'view' }) },
    ]);
    const answer = TraceAnswer.parse(answerTrace(screen(aLeak(), [world.facts]), context(world)));
    expect(answer.sets).toMatchObject({ setsFound: '400', truncated: true, patternsFound: 1 });
    const last = answer.candidates.items.at(-1);
    expect(last).toMatchObject({ rank: 401, covers: ['address'] });
    const shown = new Set(answer.candidates.items.map(({ transfer }) => transfer.transferId));
    for (const { members } of answer.sets.listed)
      for (const { transferId } of members) expect(shown).toContain(transferId);
  });

  it('lists sets of each pattern, when one pattern stands for very many', () => {
    const world = worldOf([
      ...Array.from({ length: 300 }, () => holding('msisdn', 'cnic', 'address')),
      holding('msisdn', 'cnic'),
      holding('address'),
    ]);
    const { listed, patterns } = answerTrace(screen(aLeak(), [world.facts]), context(world)).sets;
    expect(patterns.map(({ sets }) => sets)).toEqual(['300', '1']);
    expect(new Set(listed.map(({ pattern }) => pattern))).toEqual(new Set([1, 2]));
  });

  it('lists what one recipient received, even where others have more points', () => {
    const few = { coverage: { areas: ['PK-PB'], subjects: 'subscribers' }, access: 'view' as const };
    const world = worldOf([
      ...Array.from(
        { length: 200 },
        (_, n): Recorded => ({
          record: aTransfer({
            fields: columns('msisdn', 'cnic'),
            recipient: { agencyId: `number-office-${n}` },
          }),
        }),
      ),
      ...Array.from(
        { length: 200 },
        (_, n): Recorded => ({
          record: aTransfer({
            fields: columns('address', 'cnic'),
            recipient: { agencyId: `address-office-${n}` },
          }),
        }),
      ),
      { record: aTransfer({ ...few, fields: columns('msisdn', 'cnic') }) },
      { record: aTransfer({ ...few, fields: columns('address', 'cnic') }) },
      { record: aTransfer({ ...few, fields: columns('msisdn', 'cnic'), recipient: { agencyId: 'relief' } }) },
      {
        record: aTransfer({ ...few, fields: columns('address', 'cnic'), recipient: { agencyId: 'relief' } }),
      },
    ]);
    const { listed } = answerTrace(screen(aLeak(), [world.facts]), context(world)).sets;
    expect(listed.map(({ members }) => members.map(({ transferId }) => transferId))).toEqual(
      expect.arrayContaining([
        [idOf(400), idOf(401)],
        [idOf(402), idOf(403)],
      ]),
    );
  });
});

describe('the largest answer', () => {
  const agency = (name: string, n: number) => `${name}-${n}-`.padEnd(40, 'x');
  const HEADERS = Array.from({ length: 200 }, (_, i) => `${i} `.padEnd(80, 'ہ'));
  const AREAS = Array.from(
    { length: 40 },
    (_, i) => `${String.fromCharCode(65 + (i % 26))}${i < 26 ? 'A' : 'B'}`,
  );
  const STYLES = Object.fromEntries(CANONICAL_FIELDS.map((field, i) => [field, ID_STYLES[i % 7]]));

  /** Everything long that a record may hold, by other agencies each, and each field in the clear from an eighth of them. */
  const largest = (n: number): Recorded => ({
    record: aTransfer({
      provider: { agencyId: agency('provider', n) },
      recipient: { agencyId: agency('recipient', n) },
      agreement: { id: 'a'.repeat(60), version: 999_999 },
      dataset: { id: 'D'.repeat(80), title: 'ہ'.repeat(200) },
      fields: [
        ...columns(...CANONICAL_FIELDS.filter((_, i) => i % 8 === n % 8)),
        ...columns(...CANONICAL_FIELDS.map((field) => [field, 'tokenised'] as const)).map((column, i) => ({
          ...column,
          name: `T${i}`,
        })),
      ],
      coverage: { areas: AREAS, subjects: 'all' },
      volume: { rows: 9_000_000_000_000, exact: false },
      manifest: Array.from({ length: 100 }, (_, i) => ({
        file: `f${i}`,
        bytes: 1,
        rows: i + 1,
        sha256: aSha256(`f${i}`),
      })),
      format: { headers: HEADERS, delimiter: ',', encoding: 'windows-1256', idStyle: STYLES },
      assertion: 'recipient-declared',
      confidence: 'moderate',
      evidence: [{ kind: 'other', description: 'A letter' }],
      encryption: 'none',
      originTransferIds: n === 0 ? undefined : [idOf(n - 1)],
      fingerprint: { sha256: aSha256('fp'), rows: 9_000_000_000_000, fieldSets: ['a'], epoch: '2024' },
      canaries: { count: 1_000_000, sha256: aSha256('c') },
    }),
    events: [
      { kind: 'transfer-acknowledged', body: { occurredOn: '2024-03-12', storedAt: 'there', rows: 3 } },
      { kind: 'holding-attested', body: { occurredOn: '2024-03-13', held: false } },
      { kind: 'recall-issued', body: { occurredOn: '2024-03-13', dueBy: '2024-03-20', reason: 'r' } },
      ...Array.from({ length: 30 }, (_, i) => ({
        kind: 'legal-hold-set' as const,
        body: { occurredOn: '2024-03-14', reference: `hold ${i}`, reason: 'r' },
      })),
      { kind: 'transfer-disputed', body: { occurredOn: '2024-03-15', reason: 'not-received' } },
      { kind: 'record-superseded', body: { occurredOn: '2024-03-16', by: idOf(n + 1), reason: 'wrong' } },
    ],
  });

  const excluded = (n: number): Recorded => ({
    record: aTransfer({
      provider: { agencyId: agency('provider', n) },
      recipient: { agencyId: agency('recipient', n) },
      fields: columns(...CANONICAL_FIELDS),
      coverage: { areas: ['YY'], subjects: 'all' },
      snapshot: { from: '2024-01-01', to: '2024-01-31' },
    }),
  });

  const leak = aLeak({
    fields: [...CANONICAL_FIELDS],
    areas: [...AREAS.slice(0, 39), 'ZZ'],
    vintage: { from: '2024-02-01', to: '2024-02-20' },
    rows: { count: 9_000_000_000_001, exact: true },
    files: Array.from({ length: 100 }, (_, i) => ({ sha256: aSha256(`f${i}`), rows: i + 1 })),
    format: { headers: [...HEADERS].reverse(), delimiter: ';', encoding: 'utf-8', idStyle: STYLES },
    note: 'ہ'.repeat(500),
  });

  it('stays below 1.5 MB', () => {
    const world = worldOf([
      ...Array.from({ length: 400 }, (_, n) => largest(n)),
      ...Array.from({ length: 200 }, (_, n) => excluded(400 + n)),
    ]);
    const declarations = world.facts.flatMap(({ provider }, n) =>
      Array.from({ length: BOUNDS.declarations + 5 }, (_, i) => ({
        entryId: aSha256(`${n} ${i}`).slice(0, 32) as EntryId,
        provider: provider as AgencyId,
        from: addDays('2024-02-02' as Day, i * 10),
        to: addDays('2024-02-03' as Day, i * 10),
        scope: i % 2 === 0 ? undefined : 'ہ'.repeat(300),
      })),
    );
    const answer = answerTrace(screen(leak, [world.facts]), context(world, declarations));
    const parts = Object.entries(answer).map(([name, part]) => [name, canonicalBytes(part).length]);
    expect(TraceAnswer.parse(answer).candidates.items).toHaveLength(BOUNDS.candidates);
    expect(answer.sets.listed.flatMap(({ members }) => members).length).toBeGreaterThan(250);
    expect(answer.excluded.items).toHaveLength(BOUNDS.excluded);
    expect(canonicalBytes(answer).length, JSON.stringify(parts)).toBeLessThan(1_500_000);
    expect(canonicalBytes(answer).length, 'the test should come near what is possible').toBeGreaterThan(
      500_000,
    );
  }, 60_000);
});
