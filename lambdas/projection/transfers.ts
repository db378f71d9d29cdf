import { type Block, blockOf, type Row } from '../../core/index/block.ts';
import { eraOf, type Facet, facetsOf, facetsOfStatus } from '../../core/index/search.ts';
import { stands } from '../../core/lifecycle/transfer.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { SuppressionBasis } from '../../core/model/publication.ts';
import type { AgencyId, Day, EntryId, TransferId } from '../../core/model/scalars.ts';
import { readPlaces } from '../store/batches.ts';
import { readBlocks, writeBlocks } from '../store/blocks.ts';
import { childView, parentsAmong, parentView } from '../store/children.ts';
import type { Item } from '../store/client.ts';
import { type Key, viewKeys } from '../store/keys.ts';
import { addPostings, packed, writeViews } from '../store/views.ts';
import { type Affected, affectedTransfers } from './affected.ts';
import type { Step } from './history.ts';
import { tellChanges } from './notices.ts';
import { type Owing, writeObligations } from './owed.ts';

/**
 * Folds entries about transfers into the views. The blocks are written last: until then a repetition finds them as
 * they were and does the same again, so a crash anywhere leaves nothing half told.
 */
export async function projectTransfers(step: Step): Promise<void> {
  const changed = await affectedTransfers(step);
  if (changed.length === 0) return;
  const rows = changed.map(({ row }) => row);

  const before = await readBlocks([...new Set(rows.map(({ facts }) => blockOf(facts.index)))]);
  const after = new Map([...before].map(([block, old]) => [block, new Map(old)]));
  for (const row of rows) after.get(blockOf(row.facts.index))?.set(row.facts.index, row);

  await addPostings(newPostings(before, rows));
  await writeViews(await newEdges(rows, before));
  const owing = changed.map(owingOf);
  await writeObligations(owing);
  await writeSuppressions(changed);
  await tellChanges(owing, step);
  await writeBlocks(after, before);
}

const owingOf = ({ row: { facts }, overTime }: Affected): Owing => ({
  id: facts.transferId,
  index: facts.index,
  overTime: overTime.map(({ entry, from, status }) => ({ entry, from, owed: status.owed })),
});

/** What stands beneath a transfer for the first time: what names it as an origin, and what it took the place of. */
async function newEdges(rows: readonly Row[], before: ReadonlyMap<number, Block>): Promise<Item[]> {
  const children = new Map<string, Item>();
  const parents = new Set<TransferId>();
  for (const { facts, status } of rows) {
    const known = before.get(blockOf(facts.index))?.get(facts.index);
    const above = [
      ...(known ? [] : (facts.origins ?? [])),
      ...(status.supersededBy && !known?.status.supersededBy ? [status.supersededBy] : []),
    ];
    for (const id of above) {
      const child = { id: facts.transferId, index: facts.index };
      children.set(`${id} ${child.id}`, childView(id, child));
      parents.add(id);
    }
  }
  // A look costs less than a write, and of a transfer that is handed on often only the first time is news.
  const marked = new Set(await parentsAmong([...parents]));
  const unmarked = [...parents].filter((id) => !marked.has(id));
  return [...children.values(), ...unmarked.map(parentView)];
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

const facetsOfRow = ({ facts, status }: Row): Facet[] => [...facetsOf(facts), ...facetsOfStatus(status)];

/** A transfer that the public register does not show, as it stands in the views to be counted. */
export interface SuppressionView {
  readonly provider: AgencyId;
  readonly basis: SuppressionBasis;
  readonly until: Day;
}

/** Only of what stands: a record that is superseded or withdrawn would not be shown anyway. */
async function writeSuppressions(changed: readonly Affected[]): Promise<void> {
  const puts: Item[] = [];
  const deletes: Key[] = [];
  for (const { row, overTime } of changed) {
    const { facts, status } = row;
    const key = viewKeys.list('SUPPRESSION', facts.transferId);
    if (status.suppressed && stands(status)) {
      const view: SuppressionView = { provider: facts.provider, ...status.suppressed };
      puts.push(packed(key, view));
    } else if (overTime.some((each) => each.status.suppressed)) deletes.push(key);
  }
  await writeViews(puts, deletes);
}

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
