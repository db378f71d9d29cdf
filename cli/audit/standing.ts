import type { TransferDetail } from '../../core/api/transfer-detail.ts';
import { type Row, statusOf } from '../../core/index/block.ts';
import { factsOf } from '../../core/index/facts.ts';
import {
  type Beneath,
  Descent,
  MOST_OPEN,
  type Node,
  nodeOf,
  withBeneath,
} from '../../core/lifecycle/downstream.ts';
import { fold } from '../../core/lifecycle/fold.ts';
import { type Moment, transferAt } from '../../core/lifecycle/moment.ts';
import { isEnded, standingOf } from '../../core/lifecycle/transfer.ts';
import { evolveTransfer } from '../../core/lifecycle/transfer-events.ts';
import { type StateOf, upstreamOf } from '../../core/lifecycle/upstream.ts';
import type { TransferId } from '../../core/model/scalars.ts';
import { detailOf } from '../../core/views/transfers.ts';
import type { Histories } from './histories.ts';

/**
 * A transfer as lists had it when the log had the size `from`, and as it became since with each entry of its own, of what
 * lies upstream, and of what came of it; `undefined` before it was there.
 */
export const rowsSince = (histories: Histories, id: TransferId, from: number): (Row | undefined)[] =>
  sizesAbout(histories, id, from).map((size) => rowAt(histories, id, size));

function rowAt(histories: Histories, id: TransferId, size: number): Row | undefined {
  const stateOf = remembered((each) => fold(histories.at(each, size), evolveTransfer));
  const [first] = histories.at(id, size);
  const state = stateOf(id);
  if (!first || !state) return undefined;
  const status = statusOf(state, upstreamOf(state, stateOf));
  const beneath = isEnded(status) ? openBeneath(histories, id, stateOf, 0) : undefined;
  return { facts: factsOf(first.entry, first.index), status: withBeneath(status, beneath) };
}

/** As {@link rowsSince}, one transfer as it is told by itself, as of a moment. */
export const detailsSince = (
  histories: Histories,
  id: TransferId,
  from: number,
  moment: Moment,
): (TransferDetail | undefined)[] =>
  sizesAbout(histories, id, from).map((size) => detailAt(histories, id, size, moment));

function detailAt(histories: Histories, id: TransferId, size: number, moment: Moment) {
  const stateOf = remembered((each) => transferAt(histories.at(each, size), moment));
  const [first] = histories.at(id, size);
  const state = stateOf(id);
  if (!first || !state) return undefined;
  const upstream = upstreamOf(state, stateOf);
  const ended = isEnded(standingOf(state, upstream));
  const beneath = ended ? openBeneath(histories, id, stateOf, MOST_OPEN) : undefined;
  return detailOf(first.entry, state, moment, { upstream, beneath });
}

/** The sizes of the log at which there may be another answer about a transfer than before. */
const sizesAbout = (histories: Histories, id: TransferId, from: number): number[] =>
  histories.sizesSince([...histories.upstreamOf(id), ...histories.downstreamOf(id)], from);

function openBeneath(histories: Histories, id: TransferId, stateOf: StateOf, most: number): Beneath {
  const nodeAt = (child: TransferId): Node | [] => {
    const state = stateOf(child);
    return (state && nodeOf(state)) ?? [];
  };
  const descent = new Descent(id, { most });
  while (descent.level.length > 0)
    descent.take(new Map(descent.level.map((each) => [each, histories.childrenOf(each).flatMap(nodeAt)])));
  return descent.answer;
}

function remembered(stateOf: StateOf): StateOf {
  const known = new Map<TransferId, ReturnType<StateOf>>();
  return (id) => {
    if (!known.has(id)) known.set(id, stateOf(id));
    return known.get(id);
  };
}
