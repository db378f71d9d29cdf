import { type Block, blockOf, type Row, statusOf } from '../../core/index/block.ts';
import { factsOf } from '../../core/index/facts.ts';
import { eraOf, type Facet, facetsOf, facetsOfStanding } from '../../core/index/search.ts';
import { type Obliged, obligationsOf } from '../../core/lifecycle/obligations.ts';
import { evolveTransfer } from '../../core/lifecycle/transfer-events.ts';
import { NOTHING_UPSTREAM } from '../../core/lifecycle/upstream.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { Day, EntryId, TransferId } from '../../core/model/scalars.ts';
import { readPlaces } from '../store/batches.ts';
import { readBlocks, writeBlocks } from '../store/blocks.ts';
import { inParallel } from '../store/client.ts';
import { type Key, ledgerKeys, viewKeys } from '../store/keys.ts';
import { getMany } from '../store/ledger.ts';
import { addPostings, packed, writeViews } from '../store/views.ts';
import { historyUpTo, type Placed, type Step } from './history.ts';

/** An obligation as it stands in the views, under its date. */
export interface OwedView {
  readonly transferId: TransferId;
  /** Where the transfer stands in the log, and so in the index. */
  readonly index: number;
  readonly kind: Obliged['kind'];
  readonly dueOn: Day;
  readonly cause: EntryId;
}

/** A transfer that changed, and what was owed under it at any time before. */
interface Changed {
  readonly row: Row;
  readonly onceOwed: readonly Obliged[];
}

/**
 * Folds entries about transfers into the views. The blocks are written last: until then a repetition finds them as
 * they were and does the same again, so a crash anywhere leaves nothing half told.
 */
export async function projectTransfers(step: Step): Promise<void> {
  const changed = await changedTransfers(step);
  if (changed.length === 0) return;
  const rows = changed.map(({ row }) => row);

  const before = await readBlocks([...new Set(rows.map(({ facts }) => blockOf(facts.index)))]);
  const after = new Map([...before].map(([block, old]) => [block, new Map(old)]));
  for (const row of rows) after.get(blockOf(row.facts.index))?.set(row.facts.index, row);

  const opened = rows.filter(({ facts }) => !before.get(blockOf(facts.index))?.has(facts.index));
  await addPostings(newPostings(before, rows));
  await writeViews(
    opened.flatMap(({ facts }) =>
      (facts.origins ?? []).map((origin) =>
        packed(viewKeys.child(origin, facts.transferId), { index: facts.index }),
      ),
    ),
  );
  await writeObligations(changed);
  await writeBlocks(after, before);
}

/** The transfers that the entries of a step opened or went on with, each as of its end. */
async function changedTransfers(step: Step): Promise<Changed[]> {
  const placed = step.placed.filter(({ entry }) => entry.stream === 'transfer');
  const opened = new Map(
    placed.filter(({ entry }) => entry.version === 0).map((each) => [each.entry.subject, each]),
  );
  const goneOn = new Set(placed.filter(({ entry }) => entry.version > 0).map(({ entry }) => entry.subject));
  // An event may have come into the log before its transfer, when the transfer's doorbell was lost.
  const firstEvents = await getMany([...opened.keys()].map((id) => ledgerKeys.version('transfer', id, 1)));
  for (const item of firstEvents) goneOn.add(item['pk']?.S?.split('#')[2] ?? '');

  const changed: Changed[] = [];
  for (const [subject, placedEntry] of opened)
    if (!goneOn.has(subject)) changed.push(changedBy(placedEntry, []));
  await inParallel([...goneOn], 8, async (subject) => {
    const history = await historyUpTo('transfer', subject, entryIdWithin(subject as TransferId), step);
    const [first, ...rest] = history;
    if (first) changed.push(changedBy(first, rest));
  });
  return changed.sort((a, b) => a.row.facts.index - b.row.facts.index);
}

function changedBy(first: Placed, rest: readonly Placed[]): Changed {
  let state = evolveTransfer(undefined, first.entry);
  const onceOwed: Obliged[] = [];
  for (const { entry } of rest) {
    onceOwed.push(...obligationsOf(state, NOTHING_UPSTREAM));
    state = evolveTransfer(state, entry);
  }
  return {
    row: { facts: factsOf(first.entry, first.index), status: statusOf(state, NOTHING_UPSTREAM) },
    onceOwed,
  };
}

/** The lists that blocks have to be added to: those of facets that nothing in the block had before. */
function newPostings(before: ReadonlyMap<number, Block>, rows: readonly Row[]) {
  const known = new Map<number, Set<Facet>>();
  const postings = new Map<string, { facet: Facet; era: number; blocks: number[] }>();
  for (const row of rows) {
    const block = blockOf(row.facts.index);
    let seen = known.get(block);
    if (!seen) {
      seen = new Set([...(before.get(block)?.values() ?? [])].flatMap(facetsOfRow));
      known.set(block, seen);
    }
    for (const facet of facetsOfRow(row)) {
      if (seen.has(facet)) continue;
      seen.add(facet);
      const era = eraOf(block);
      const posting = postings.get(`${era} ${facet}`);
      if (posting) posting.blocks.push(block);
      else postings.set(`${era} ${facet}`, { facet, era, blocks: [block] });
    }
  }
  return postings.values();
}

const facetsOfRow = ({ facts, status }: Row): Facet[] => [...facetsOf(facts), ...facetsOfStanding(status)];

/**
 * Writes what is owed now, and takes away what was owed at any time before, whether or not the views show that: an
 * earlier run may have been killed after it wrote obligations that in the meantime are none.
 */
async function writeObligations(changed: readonly Changed[]): Promise<void> {
  const puts = new Map<string, ReturnType<typeof packed>>();
  const deletes = new Map<string, Key>();
  for (const { row, onceOwed } of changed) {
    const { transferId, index } = row.facts;
    for (const key of onceOwed.flatMap((owed) => obligationKeys(owed, transferId)))
      deletes.set(`${key.pk} ${key.sk}`, key);
    for (const owed of row.status.owed)
      for (const key of obligationKeys(owed, transferId)) {
        const view: OwedView = { transferId, index, kind: owed.kind, dueOn: owed.dueOn, cause: owed.cause };
        puts.set(`${key.pk} ${key.sk}`, packed(key, view));
        deletes.delete(`${key.pk} ${key.sk}`);
      }
  }
  await writeViews([...puts.values()], [...deletes.values()]);
}

/** Each obligation stands twice: among all, and among those of who is obliged. */
const obligationKeys = (owed: Obliged, id: TransferId): Key[] => [
  viewKeys.obligation(undefined, owed, id),
  viewKeys.obligation(owed.obliged, owed, id),
];

/** Where transfers stand in the log, for those that are sequenced. */
export async function transferIndexes(ids: readonly TransferId[]): Promise<Map<TransferId, number>> {
  const indexes = await readPlaces(ids.map(entryIdWithin));
  return new Map(
    ids.flatMap((id) => {
      const index = indexes.get(entryIdWithin(id) as EntryId);
      return index === undefined ? [] : [[id, index] as const];
    }),
  );
}
