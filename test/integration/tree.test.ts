import { describe, expect, it } from 'vitest';
import type { Entry } from '../../core/model/entry.ts';
import type { StoredEntry } from '../../lambdas/store/entries.ts';
import { aTransfer, PROVIDER, RECIPIENT, THIRD_PARTY } from '../support/transfers.ts';
import { followingEntry, transferEntry } from './support/ledger.ts';
import {
  accept,
  answers,
  catchUp,
  faults,
  leaseRunsOut,
  newTables,
  outcome,
  rebuilt,
  ring,
  views,
  world,
} from './support/projecting.ts';
import { expectSameViews } from './support/views.ts';
import { AUDITOR, agency } from './world.ts';

/** Transfers that came of each other: what happens to one is seen at those beneath it, whichever step tells of it. */
const record = (provider: string, recipient: string, origins: readonly Entry[], more = {}) =>
  aTransfer({
    provider: { agencyId: provider },
    recipient: { agencyId: recipient },
    ...(origins.length > 0 && { originTransferIds: origins.map(({ subject }) => subject) }),
    retention: { until: '2099-12-31' },
    ...more,
  } as never);

function family() {
  const root = transferEntry('root', record(PROVIDER, RECIPIENT, []));
  const child = transferEntry('child', record(RECIPIENT, THIRD_PARTY, [root]));
  const grandchild = transferEntry('grandchild', record(THIRD_PARTY, PROVIDER, [child]));
  const other = transferEntry(
    'other',
    record(PROVIDER, RECIPIENT, [], { retention: { until: '2098-12-31' } }),
  );
  return { root, child, grandchild, other };
}

const events = {
  recall: ['recall-issued', { occurredOn: '2026-01-05', dueBy: '2026-03-01', reason: 'Ended' }],
  hold: ['legal-hold-set', { occurredOn: '2026-01-06', reference: 'a', downstream: true, reason: 'Case' }],
  lift: ['legal-hold-lifted', { occurredOn: '2026-01-07', reference: 'a', reason: 'Settled' }],
  correction: [
    'correction-issued',
    { occurredOn: '2026-01-07', correctionId: 'c', fields: ['cnic'], reason: 'Shifted' },
  ],
} as const;

/** Each group of entries in a step of the log of its own. */
async function inSteps(...groups: readonly (readonly Entry[])[]) {
  const accepted = new Map<string, StoredEntry>();
  for (const each of await accept(groups.flat())) accepted.set(each.entry.entryId, each);
  for (const group of groups) {
    await ring(group.map(({ entryId }) => accepted.get(entryId) ?? expect.fail()));
    await catchUp();
  }
}

async function asRebuilt(): Promise<void> {
  const grown = { views: await views(), answers: await answers() };
  const reference = await rebuilt();
  expectSameViews(grown.views, reference.views);
  expect(grown.answers).toEqual(reference.answers);
}

const marksOf = async ({ subject }: Entry): Promise<unknown> => {
  const { json } = await world.ask('listTransfers', AUDITOR);
  const items = json['items'] as unknown as { transferId: string; marks: string[] }[];
  return items.find(({ transferId }) => transferId === subject)?.marks;
};
const owedBy = async (id: string): Promise<[string, string, string][]> => {
  const query = { dueBefore: '2090-01-01' };
  const { json } = await world.ask('listObligations', agency(id), { query });
  return (json['items'] as unknown as Record<string, string>[]).map((owed) => [
    String(owed['transferId']),
    String(owed['kind']),
    String(owed['dueOn']),
  ]);
};
const next = (opening: Entry, version: number, [kind, body]: readonly [string, object]) =>
  followingEntry(opening, version, kind, { ...body });

describe('what happens to a transfer reaches those that came of it', () => {
  it('a recall makes all of them due', async () => {
    const { root, child, grandchild } = family();
    await inSteps([root, child, grandchild], [next(root, 1, events.recall)]);
    expect(await marksOf(grandchild)).toEqual(['recalled']);
    expect(await owedBy(PROVIDER)).toContainEqual([grandchild.subject, 'destroy', '2026-03-01']);
    await asRebuilt();
  });

  it('a hold holds them, and once it is lifted they are due again', async () => {
    const { root, child, grandchild } = family();
    await inSteps([root, child, grandchild, next(root, 1, events.recall)], [next(root, 2, events.hold)]);
    expect(await marksOf(grandchild)).toEqual(['held', 'recalled']);
    expect((await owedBy(PROVIDER)).map(([, kind]) => kind)).toEqual(['acknowledge']);
    await inSteps([next(root, 3, events.lift)]);
    expect(await marksOf(grandchild)).toEqual(['recalled']);
    expect(await owedBy(PROVIDER)).toContainEqual([grandchild.subject, 'destroy', '2026-03-01']);
    await asRebuilt();
  });

  it('a correction is owed by each, until it confirms or is handed corrected data', async () => {
    const { root, child, grandchild } = family();
    const issued = next(root, 1, events.correction);
    await inSteps([root, child, grandchild], [issued]);
    expect(await marksOf(grandchild)).toEqual(['uncorrected']);
    const confirmed = { occurredOn: '2026-01-09', correctionId: 'c', issuedBy: issued.entryId };
    await inSteps([next(grandchild, 1, ['correction-confirmed', confirmed])]);
    expect([await marksOf(child), await marksOf(grandchild)]).toEqual([['uncorrected'], []]);
    await asRebuilt();
  });

  it('what takes the place of a record passes on instead, also what happens to it later', async () => {
    const { root, child, grandchild, other } = family();
    const superseded = { occurredOn: '2026-01-09', by: other.subject, reason: 'Wrong' };
    await inSteps([root, child, grandchild, other], [next(root, 1, ['record-superseded', superseded])]);
    expect([await marksOf(root), await marksOf(child)]).toEqual([['superseded'], ['outlasts-origin']]);
    await inSteps([next(other, 1, events.recall)]);
    expect(await marksOf(grandchild)).toEqual(['recalled']);
    await asRebuilt();
  });

  it('though it came into the log later than they did', async () => {
    const { root, child, grandchild } = family();
    await inSteps([grandchild], [next(root, 1, events.recall)], [child], [root]);
    expect(await marksOf(grandchild)).toEqual(['recalled']);
    await asRebuilt();
  });

  it('though an event before it came into the log later than it did', async () => {
    const { root, child } = family();
    const acknowledged = { occurredOn: '2026-01-04', storedAt: 'Vault 3' };
    await inSteps(
      [root, child],
      [next(root, 2, events.recall)],
      [next(root, 1, ['transfer-acknowledged', acknowledged])],
    );
    expect(await marksOf(child)).toEqual(['recalled']);
    await asRebuilt();
  });

  it('though whoever told of it was killed, and by the next time there is more', async () => {
    const sooner = { occurredOn: '2026-01-06', dueBy: '2026-02-01', reason: 'Sooner' };
    for (let n = 0, killed = true; killed; n++) {
      await newTables();
      const { root, child, grandchild } = family();
      await inSteps([root, child, grandchild]);
      await ring(await accept([next(root, 1, events.recall)]));
      let writes = 0;
      faults.plan((_, { command }) => (/Write|Put/.test(command) && writes++ === n ? 'dead' : undefined));
      killed = (await outcome(catchUp())) === 'killed';
      faults.revive();
      await leaseRunsOut();
      await inSteps([next(root, 2, ['recall-issued', sooner]), next(child, 1, events.hold)]);
      expect(await marksOf(grandchild)).toEqual(['held', 'recalled']);
      expect(await owedBy(THIRD_PARTY)).not.toContainEqual([child.subject, 'destroy', '2026-03-01']);
      const grown = await views();
      expectSameViews(grown, (await rebuilt()).views);
      if (killed) expect(n).toBeLessThan(20);
      else expect(n).toBeGreaterThan(2);
    }
  });
});
