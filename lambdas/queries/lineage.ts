import type { Lineage } from '../../core/api/answers.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import type { Row } from '../../core/index/block.ts';
import type { AgencyId, TransferId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { summaryOf } from '../../core/views/transfers.ts';
import type { Request } from '../http/request.ts';
import { transferIndexes } from '../projection/transfers.ts';
import { readRowsAt } from '../store/blocks.ts';
import { viewKeys } from '../store/keys.ts';
import { fromViews } from '../store/reading.ts';
import { listViews } from '../store/views.ts';
import { today } from './clock.ts';
import { search } from './search.ts';
import { limitedTo, visibleHistory } from './transfers.ts';

const MOST_NODES = 500;
const MOST_CHILDREN = 500;
const MOST_UNDECLARED = 50;

/** What came of a transfer, or where it came from. */
export async function getLineage({
  principal,
  params,
  query,
}: Request<(typeof ROUTES)['getLineage']>): Promise<Lineage> {
  await visibleHistory(principal, params.transferId);
  return fromViews(({ size }) => walk(params.transferId, query.direction, size, limitedTo(principal)));
}

/** Walks from a transfer to its origins, or to what came of it, breadth first. */
async function walk(
  transferId: TransferId,
  direction: Lineage['direction'],
  size: number,
  agency: AgencyId | undefined,
): Promise<Lineage> {
  const day = today();
  const items: Lineage['items'] = [];
  const seen = new Set<TransferId>([transferId]);
  let truncated = false;
  let level: TransferId[] = [transferId];
  for (let depth = 0; level.length > 0; depth++) {
    const following: TransferId[] = [];
    for (const row of await rowsOf(level, size, agency)) {
      const next = await neighbours(row, direction, size);
      items.push({ transfer: summaryOf(row, day), next, depth });
      for (const id of next) {
        if (seen.has(id)) continue;
        if (seen.size >= MOST_NODES) truncated = true;
        else {
          seen.add(id);
          following.push(id);
        }
      }
    }
    level = following;
  }
  if (items.length === 0)
    throw new Problem('try-again', 'the transfer is recorded, and not in the views yet');
  const undeclared = direction === 'downstream' ? await undeclaredFrom(transferId, size, agency) : [];
  return {
    transferId,
    direction,
    items: agency === undefined ? items : betweenShown(items),
    truncated,
    undeclared,
    reflects: { size },
  };
}

/** Steps to transfers that are not shown tell of their being, so an agency is not shown them either. */
function betweenShown(items: Lineage['items']): Lineage['items'] {
  const shown = new Set(items.map(({ transfer }) => transfer.transferId));
  return items.map((item) => ({ ...item, next: item.next.filter((id) => shown.has(id)) }));
}

/** The transfers as the views have them, in the order asked; an agency sees only those it is party to. */
async function rowsOf(
  ids: readonly TransferId[],
  size: number,
  agency: AgencyId | undefined,
): Promise<Row[]> {
  const indexes = await transferIndexes(ids);
  const rows = await readRowsAt([...indexes.values()], size);
  return ids.flatMap((id) => {
    const row = rows.get(indexes.get(id) ?? -1);
    const visible =
      row && (agency === undefined || [row.facts.provider, row.facts.recipient].includes(agency));
    return visible ? [row] : [];
  });
}

async function neighbours(row: Row, direction: Lineage['direction'], size: number): Promise<TransferId[]> {
  if (direction === 'upstream') return [...(row.facts.origins ?? [])];
  const children = await listViews(viewKeys.children(row.facts.transferId), { limit: MOST_CHILDREN });
  const ids = children.map((item) => item['sk']?.S as TransferId);
  const indexes = await transferIndexes(ids);
  return ids.filter((id) => (indexes.get(id) ?? size) < size);
}

/** What the recipient handed on afterwards of the same dataset, or of the same fields, naming no origin. */
async function undeclaredFrom(id: TransferId, size: number, agency: AgencyId | undefined) {
  const [row] = await rowsOf([id], size, agency);
  if (!row) return [];
  const { facts } = row;
  const day = today();
  const { rows } = await search(
    { provider: facts.recipient, party: agency },
    { size, below: size, limit: 1_000, today: day },
  );
  return rows
    .filter(({ facts: later }) => {
      const sameData =
        later.dataset.id === facts.dataset.id ||
        (later.fields !== undefined && facts.fields !== undefined && isSubset(later.fields, facts.fields));
      return !later.origins && later.handedOver.latest >= facts.handedOver.earliest && sameData;
    })
    .slice(0, MOST_UNDECLARED)
    .map((each) => summaryOf(each, day));
}

const isSubset = <T>(some: readonly T[], all: readonly T[]) => some.every((one) => all.includes(one));
