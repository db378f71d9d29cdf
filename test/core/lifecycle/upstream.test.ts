import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hold, Told, TransferState } from '../../../core/lifecycle/transfer.ts';
import { evolveTransfer } from '../../../core/lifecycle/transfer-events.ts';
import { inForce, NOTHING_UPSTREAM, type StateOf, upstreamOf } from '../../../core/lifecycle/upstream.ts';
import type { Entry } from '../../../core/model/entry.ts';
import type { EntryId } from '../../../core/model/scalars.ts';
import { aSha256, aTransfer, aTransferId } from '../../support/transfers.ts';
import { entryOf, event, type Step } from './specs.ts';

type Overrides = Parameters<typeof aTransfer>[0];

/** A transfer by name; its origins are named too. Its entries are told apart by name and version. */
function named(name: string, origins: readonly string[], steps: readonly Step[] = [], more: Overrides = {}) {
  const idOf = (version: number) =>
    (version === 0 ? aTransferId(name).slice(3) : aSha256(`${name}/${version}`).slice(0, 32)) as EntryId;
  const record = aTransfer({
    ...more,
    ...(origins.length > 0 && { originTransferIds: origins.map((origin) => aTransferId(origin)) }),
  });
  const history = [{ kind: 'transfer-recorded', body: record }, ...steps].map(
    (step, version): Entry => ({ ...entryOf(step, version), entryId: idOf(version) }),
  );
  const state = history.reduce<TransferState | undefined>(evolveTransfer, undefined);
  return state ?? expect.fail();
}

const among =
  (...states: TransferState[]): StateOf =>
  (id) =>
    states.find(({ transferId }) => transferId === id);

const columns = (...names: ('msisdn' | 'cnic' | 'address')[]) => ({
  fields: names.map((canonical) => ({
    name: canonical,
    canonical,
    sensitivity: 'personal' as const,
    transform: 'identity' as const,
  })),
});
const superseded = (by: string) => event('record-superseded', { by: aTransferId(by) });
const toldOf = (hold: Hold | undefined): Told => {
  const { occurredOn, recordedAt, entryId } = hold ?? expect.fail();
  return { occurredOn, recordedAt, entryId };
};
const root = (...steps: Step[]) => named('root', [], steps);
const child = named('child', ['root']);
const grandchild = named('grandchild', ['child']);

describe('what reaches a transfer from upstream', () => {
  it('is nothing where it names no origin, or the origin is not known yet', () => {
    expect(upstreamOf(root(event('recall-issued')), among())).toEqual(NOTHING_UPSTREAM);
    expect(upstreamOf(child, among())).toEqual(NOTHING_UPSTREAM);
  });

  it('is a recall, however far up, and of several the one that is due soonest', () => {
    const early = named('child', ['root'], [event('recall-issued', { dueBy: '2024-07-15' })]);
    expect(upstreamOf(grandchild, among(root(event('recall-issued')), child)).recall?.dueBy).toBe(
      '2024-08-01',
    );
    expect(upstreamOf(grandchild, among(root(event('recall-issued')), early)).recall?.dueBy).toBe(
      '2024-07-15',
    );
    expect(upstreamOf(child, among(root(), early)).recall).toBeUndefined();
  });

  it('is a hold only where it concerns what was handed on, until it is lifted', () => {
    const downstream = event('legal-hold-set', { downstream: true });
    const holds = (...steps: Step[]) => upstreamOf(grandchild, among(root(...steps), child)).holds;
    expect(holds(event('legal-hold-set'))).toEqual([]);
    expect(holds(downstream)).toEqual([toldOf(root(downstream).holds[0])]);
    expect(holds(downstream, event('legal-hold-lifted'))).toEqual([]);
  });

  it('is the first end among the retentions of its own origins', () => {
    const ending = (name: string, until: string) => named(name, [], [], { retention: { until } });
    const both = named('both', ['early', 'late']);
    const known = among(ending('early', '2025-01-31'), ending('late', '2026-01-31'));
    expect(upstreamOf(both, known).retentionEnd).toBe('2025-01-31');
    expect(upstreamOf(child, among(root(event('retention-extended')))).retentionEnd).toBe('2026-03-31');
    const unknown = named('root', [], [], { retention: { until: '2024-12-31' } });
    expect(upstreamOf(grandchild, among(unknown, child)).retentionEnd).toBe('2025-03-31');
  });

  it('comes from what took the place of a superseded record, and not from that', () => {
    const wrong = root(event('recall-issued'), superseded('right'));
    const right = named('right', ['source'], [], { retention: { until: '2024-06-30' } });
    const source = named('source', [], [event('legal-hold-set', { downstream: true })]);
    const { recall, holds, retentionEnd } = upstreamOf(grandchild, among(wrong, right, source, child));
    expect([recall, holds.length, retentionEnd]).toEqual([undefined, 1, '2025-03-31']);
    expect(upstreamOf(child, among(wrong, right)).retentionEnd).toBe('2024-06-30');
    expect(inForce(wrong.transferId, among(wrong, right))).toBe(right);
    expect(inForce(wrong.transferId, among(wrong))).toBeUndefined();
  });

  it('does not come from what was never handed over', () => {
    const dispute = event('transfer-disputed', { reason: 'not-received' });
    const withdrawn = named('root', [], [event('recall-issued'), dispute, event('record-withdrawn')]);
    expect(upstreamOf(child, among(withdrawn))).toEqual(NOTHING_UPSTREAM);
  });

  it('ends, though records were made to go round in a circle', () => {
    const wrong = root(superseded('right'));
    const right = named('right', ['child'], [event('recall-issued')]);
    expect(upstreamOf(child, among(wrong, right, child)).recall?.dueBy).toBe('2024-08-01');
    const one = named('one', [], [superseded('two')]);
    const two = named('two', [], [superseded('one')]);
    expect(inForce(one.transferId, among(one, two))).toBeUndefined();
    expect(upstreamOf(named('below', ['one']), among(one, two))).toEqual(NOTHING_UPSTREAM);
  });
});

describe('corrections from upstream', () => {
  const issue = event('correction-issued', { fields: ['address'] });
  const ids = (state: TransferState, ...known: TransferState[]) =>
    upstreamOf(state, among(...known)).corrections.map(({ correctionId }) => correctionId);

  it('reach everybody downstream who holds one of the fields', () => {
    const numbers = named('numbers', ['root'], [], columns('msisdn'));
    expect(ids(child, root(issue))).toEqual(['c-1']);
    expect(ids(grandchild, root(issue), child)).toEqual(['c-1']);
    expect(ids(numbers, root(issue))).toEqual([]);
  });

  it('do not reach those to whom only other fields came down', () => {
    const numbers = named('child', ['root'], [], columns('msisdn'));
    expect(ids(grandchild, root(issue), numbers)).toEqual([]);
  });

  it('do not reach those to whom the data was handed on when it had been corrected', () => {
    const confirmed = event('correction-confirmed', { occurredOn: '2024-04-10' });
    const later = (name: string, origin: string, day: string) =>
      named(name, [origin], [], { handedOver: { earliest: day, latest: day } } as Overrides);
    const corrected = root(issue, confirmed);
    expect(ids(child, corrected)).toEqual(['c-1']);
    expect(ids(later('late', 'root', '2024-04-09'), corrected)).toEqual(['c-1']);
    expect(ids(later('late', 'root', '2024-04-10'), corrected)).toEqual([]);
    // The first recipient corrected its copy, and that to which it had handed it on before did not.
    const below = later('below', 'child', '2024-05-01');
    expect(ids(below, corrected, child)).toEqual(['c-1']);
    const issuedBy = corrected.corrections[0]?.issued.entryId;
    const itself = named('child', ['root'], [event('correction-confirmed', { issuedBy })]);
    expect(ids(below, corrected, itself)).toEqual([]);
  });

  it('stay, though the record that they were issued on is superseded', () => {
    const wrong = root(issue, superseded('right'));
    expect(ids(child, wrong, named('right', []))).toEqual(['c-1']);
    expect(ids(child, root(superseded('right')), named('right', [], [issue]))).toEqual(['c-1']);
  });
});

describe('the order in which the origins are named', () => {
  const STEPS: Step[][] = [
    [],
    [event('recall-issued')],
    [event('recall-issued', { dueBy: '2024-07-15' })],
    [event('legal-hold-set', { downstream: true })],
    [event('correction-issued', { fields: ['address'] })],
    [event('correction-issued'), event('correction-confirmed')],
    [superseded('t0')],
    [superseded('t4')],
  ];

  it('is of no matter', () => {
    const tree = fc.array(
      fc.record({
        origins: fc.array(fc.nat({ max: 5 }), { maxLength: 4 }),
        steps: fc.constantFrom(...STEPS),
        day: fc.constantFrom('2024-03-10', '2024-04-10', '2024-05-01'),
      }),
      { minLength: 6, maxLength: 6 },
    );
    fc.assert(
      fc.property(tree, (nodes) => {
        const build = (order: (origins: readonly string[]) => readonly string[]) =>
          nodes.map(({ origins, steps, day }, n) =>
            named(`t${n}`, order([...new Set(origins)].map((origin) => `t${origin}`)), steps, {
              handedOver: { earliest: day, latest: day },
            } as Overrides),
          );
        const forth = build((origins) => origins);
        const back = build((origins) => origins.toReversed());
        for (const [n, state] of forth.entries()) {
          const mirrored = back[n] ?? expect.fail();
          expect(upstreamOf(mirrored, among(...back))).toEqual(upstreamOf(state, among(...forth)));
        }
      }),
    );
  });
});
