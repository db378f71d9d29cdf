import type { Lineage } from '../../core/api/answers.ts';
import { limitedTo } from '../../core/api/permissions.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import type { Row } from '../../core/index/block.ts';
import { type Moment, transferAt } from '../../core/lifecycle/moment.ts';
import type { AgencyId, TransferId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { summaryOf } from '../../core/views/transfers.ts';
import type { Request } from '../http/request.ts';
import { transferIndexes } from '../projection/transfers.ts';
import { readRowsAt } from '../store/blocks.ts';
import { type Child, childrenOf } from '../store/children.ts';
import { fromViews } from '../store/reading.ts';
import { completed } from './beneath.ts';
import { today } from './clock.ts';
import { momentOf, rowsAt } from './moment.ts';
import { search } from './search.ts';
import { visibleHistory } from './transfers.ts';

const MOST_NODES = 500;
const MOST_CHILDREN = 500;
const MOST_UNDECLARED = 50;

/** How a lineage is looked at, wherever in it. */
interface View {
  readonly size: number;
  /** Whose transfers alone are shown. */
  readonly agency: AgencyId | undefined;
  readonly moment: Moment | undefined;
  readonly day: Moment['validAt'];
}

/** What came of a transfer, or where it came from. */
export async function getLineage({
  principal,
  params: { transferId },
  query,
}: Request<(typeof ROUTES)['getLineage']>): Promise<Lineage> {
  const { direction } = query;
  const history = await visibleHistory('getLineage', principal, transferId);
  const moment = momentOf(query);
  if (moment && !transferAt(history, moment)) throw new Problem('not-found');
  return fromViews(async ({ size }) => {
    const view = {
      size,
      agency: limitedTo('getLineage', principal),
      moment,
      day: moment?.validAt ?? today(),
    };
    const { rows, edges, truncated } = await gather(transferId, direction, view);
    if (!rows.has(transferId))
      throw new Problem('try-again', 'the transfer is recorded, and not in the views yet');
    return {
      transferId,
      direction,
      items: inOrder(transferId, rows, edges, view),
      truncated,
      undeclared: direction === 'downstream' ? await undeclaredFrom(rows.get(transferId), view) : [],
      reflects: { size },
    };
  });
}

type Edges = Map<TransferId, readonly TransferId[]>;

/** The transfers from one on in a direction, breadth first, and the steps between them. */
async function gather(from: TransferId, direction: Lineage['direction'], view: View) {
  const rows = new Map<TransferId, Row>();
  const edges: Edges = new Map();
  const seen = new Set([from]);
  let truncated = false;
  for (let level = [from]; level.length > 0; ) {
    const children = direction === 'downstream' ? await childrenOf(level, view.size) : undefined;
    const following: TransferId[] = [];
    for (const row of await rowsOf(level, view)) {
      const { transferId } = row.facts;
      const next = children ? childrenIn(children, row) : above(row);
      rows.set(transferId, row);
      edges.set(transferId, next);
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
  return { rows, edges, truncated };
}

/**
 * What was gathered, as far as steps lead there that were taken by the moment in question. To an auditor, now, a step
 * may also lead to what is not shown any more; else it would tell of the being of what is not to be seen.
 */
function inOrder(
  from: TransferId,
  rows: ReadonlyMap<TransferId, Row>,
  edges: Edges,
  view: View,
): Lineage['items'] {
  const items: Lineage['items'] = [];
  const seen = new Set([from]);
  let level = [from];
  for (let depth = 0; level.length > 0; depth++) {
    const following: TransferId[] = [];
    for (const row of level.flatMap((id) => rows.get(id) ?? [])) {
      const next = (edges.get(row.facts.transferId) ?? []).filter((id) => {
        const to = rows.get(id);
        return to ? isStep(row, to) : view.agency === undefined && view.moment === undefined;
      });
      items.push({ transfer: summaryOf(row, view.day), next, depth });
      for (const id of next) {
        if (seen.has(id)) continue;
        seen.add(id);
        following.push(id);
      }
    }
    level = following;
  }
  return items;
}

/** Whether one of two transfers names the other as an origin, or took its place, as they stand or stood. */
const isStep = (one: Row, other: Row): boolean =>
  above(one).includes(other.facts.transferId) || above(other).includes(one.facts.transferId);

/** The transfers as they stand or stood, in the order asked; an agency sees only those it is party to. */
async function rowsOf(ids: readonly TransferId[], { size, agency, moment }: View): Promise<Row[]> {
  const indexes = await transferIndexes(ids);
  const rows = await readRowsAt([...indexes.values()], size);
  const visible = ids.flatMap((id) => {
    const row = rows.get(indexes.get(id) ?? -1);
    const { provider, recipient } = row?.facts ?? {};
    return row && (agency === undefined || agency === provider || agency === recipient) ? [row] : [];
  });
  return moment ? rowsAt(visible, moment, size) : completed(visible, size);
}

const childrenIn = (children: ReadonlyMap<TransferId, Child[]>, { facts }: Row): TransferId[] =>
  (children.get(facts.transferId) ?? []).slice(0, MOST_CHILDREN).map(({ id }) => id);

/** What it came from, and what took the place of its record. */
const above = ({ facts, status }: Row): TransferId[] => [
  ...(facts.origins ?? []),
  ...(status.supersededBy ? [status.supersededBy] : []),
];

/** What the recipient handed on afterwards of the same dataset, or of the same fields, naming no origin. */
async function undeclaredFrom(row: Row | undefined, { size, agency, moment, day }: View) {
  if (!row) return [];
  const { facts } = row;
  const { rows } = await search(
    { provider: facts.recipient, party: agency },
    { size, below: size, limit: 1_000, moment },
  );
  const found = rows
    .filter(({ facts: later }) => {
      const sameData =
        later.dataset.id === facts.dataset.id ||
        (later.fields !== undefined && facts.fields !== undefined && isSubset(later.fields, facts.fields));
      return !later.origins && later.handedOver.latest >= facts.handedOver.earliest && sameData;
    })
    .slice(0, MOST_UNDECLARED);
  return (moment ? found : await completed(found, size)).map((each) => summaryOf(each, day));
}

const isSubset = <T>(some: readonly T[], all: readonly T[]) => some.every((one) => all.includes(one));
