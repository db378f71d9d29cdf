import type { Row } from '../../core/index/block.ts';
import { type Beneath, Descent, type Node, nodeOf, withBeneath } from '../../core/lifecycle/downstream.ts';
import { type Moment, transferAt } from '../../core/lifecycle/moment.ts';
import { isEnded, isOpen } from '../../core/lifecycle/transfer.ts';
import type { AgencyId, TransferId } from '../../core/model/scalars.ts';
import { readRowsAt } from '../store/blocks.ts';
import { type Child, childrenOf } from '../store/children.ts';
import { inParallel } from '../store/client.ts';
import { readTransferHistories } from '../store/entries.ts';
import { upTo } from '../store/line.ts';

/** The nodes of children, those left out that are not known. */
export type Look = (children: readonly Child[]) => Promise<readonly Node[]>;

/** What of that which came of a transfer is still open: see {@link Descent}. */
export async function openBeneath(
  id: TransferId,
  look: Look,
  { size, ...told }: { size: number; most: number; agency?: AgencyId | undefined },
): Promise<Beneath> {
  const descent = new Descent(id, told);
  while (descent.level.length > 0) {
    const edges = await childrenOf(descent.level, size);
    const distinct = new Map([...edges.values()].flat().map((child) => [child.id, child]));
    const nodes = new Map((await look([...distinct.values()])).map((node) => [node.id, node]));
    descent.take(
      new Map(
        [...edges].map(([parent, children]) => [parent, children.flatMap((c) => nodes.get(c.id) ?? [])]),
      ),
    );
  }
  return descent.answer;
}

/** As the views have them. */
export const lookAtRows =
  (size: number): Look =>
  async (children) => {
    const rows = await readRowsAt(
      children.map(({ index }) => index),
      size,
    );
    return [...rows.values()].filter(({ status }) => !status.marks.includes('withdrawn')).map(nodeOfRow);
  };

const nodeOfRow = ({ facts, status }: Row): Node => ({
  id: facts.transferId,
  origins: facts.origins ?? [],
  supersededBy: status.supersededBy,
  open: isOpen(status),
  parties: [facts.provider, facts.recipient],
});

/** As they stood at a moment, by the first `size` entries of the log where that is limited. */
export const lookAt =
  (moment: Moment, size = Number.POSITIVE_INFINITY): Look =>
  async (children) => {
    const read = await readTransferHistories(children.map(({ id }) => id));
    const histories = size < Number.POSITIVE_INFINITY ? await upTo(read, size) : read;
    return [...histories.values()].flatMap((history) => {
      const state = transferAt(history, moment);
      return (state && nodeOf(state)) ?? [];
    });
  };

/**
 * The rows, with the mark on those of which the destruction is certified and something downstream is still open. A
 * destruction that is incomplete by its own certificate bears it already.
 */
export async function completed(rows: readonly Row[], size: number): Promise<Row[]> {
  const inDoubt = rows.filter(({ status }) => isEnded(status) && !status.marks.includes('incomplete'));
  const marked = new Map<TransferId, Row>();
  await inParallel(inDoubt, 8, async (row) => {
    const { transferId } = row.facts;
    const beneath = await openBeneath(transferId, lookAtRows(size), { size, most: 0 });
    marked.set(transferId, { ...row, status: withBeneath(row.status, beneath) });
  });
  return rows.map((row) => marked.get(row.facts.transferId) ?? row);
}
