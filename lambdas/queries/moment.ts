import type { AsOf } from '../../core/api/queries.ts';
import { type Row, statusOf } from '../../core/index/block.ts';
import { withBeneath } from '../../core/lifecycle/downstream.ts';
import { endOf, type Moment, transferAt } from '../../core/lifecycle/moment.ts';
import { isEnded } from '../../core/lifecycle/transfer.ts';
import { upstreamOf } from '../../core/lifecycle/upstream.ts';
import type { Instant, TransferId } from '../../core/model/scalars.ts';
import { inParallel } from '../store/client.ts';
import { readTransferHistories, type StoredEntry } from '../store/entries.ts';
import { readUpstream, upTo } from '../store/line.ts';
import { lookAt, openBeneath } from './beneath.ts';
import { today } from './clock.ts';

/** Clocks differ: what is not limited in time takes in also what seems to come from the future. */
const LAST_MOMENT = '9999-12-31T23:59:59.999Z' as Instant;

/** The moment that a query asks of; none where it asks how things stand, which the views tell. */
export function momentOf({ validAt, knownAt }: AsOf): Moment | undefined {
  if (validAt === undefined && knownAt === undefined) return undefined;
  return {
    validAt: validAt ?? today(),
    knownAt: knownAt === undefined ? LAST_MOMENT : endOf(knownAt),
  };
}

/** The rows as they stood at a moment, by the first `size` entries of the log; those that were not known are left out. */
export async function rowsAt(rows: readonly Row[], moment: Moment, size: number): Promise<Row[]> {
  const read = new Map(await readTransferHistories(rows.map(({ facts }) => facts.transferId)));
  await readUpstream(read);
  const histories = await upTo(read, size);
  const stood = new Map<TransferId, Row>();
  await inParallel(rows, 8, async ({ facts }) => {
    const row = rowAt(facts, histories, moment);
    if (!row) return;
    const { transferId } = facts;
    const beneath = isEnded(row.status)
      ? await openBeneath(transferId, lookAt(moment, size), { size, most: 0 })
      : undefined;
    stood.set(transferId, { facts, status: withBeneath(row.status, beneath) });
  });
  return rows.flatMap(({ facts }) => stood.get(facts.transferId) ?? []);
}

function rowAt(
  facts: Row['facts'],
  histories: ReadonlyMap<TransferId, readonly StoredEntry[]>,
  moment: Moment,
): Row | undefined {
  const stateOf = (id: TransferId) => transferAt(histories.get(id) ?? [], moment);
  const state = stateOf(facts.transferId);
  return state && { facts, status: statusOf(state, upstreamOf(state, stateOf)) };
}
