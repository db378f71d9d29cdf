import type { TransferState } from '../lifecycle/transfer.ts';
import { evolveTransfer, isTransferEvent, TRANSFER_EVENTS } from '../lifecycle/transfer-events.ts';
import { upstreamOf } from '../lifecycle/upstream.ts';
import type { Entry } from '../model/entry.ts';
import type { TransferId } from '../model/scalars.ts';
import { type Status, statusOf } from './block.ts';

/** An entry, and where it stands in the log. */
export interface Placed {
  readonly entry: Entry;
  readonly index: number;
}
/** The histories of transfers by id, oldest first, as far as the log tells them without a gap. */
export type Histories = ReadonlyMap<TransferId, readonly Placed[]>;

/** Whether an entry may change how the transfers stand that came of its own. */
export const spreads = ({ entry: { kind } }: Placed): boolean =>
  !isTransferEvent(kind) || TRANSFER_EVENTS[kind].spreads === true;

/** How a transfer stood after an entry. */
export interface StatusAfter {
  readonly entry: Entry;
  /** The place in the log with which the entry, and all before it in its history, were there. */
  readonly from: number;
  readonly status: Status;
}

/**
 * How a transfer stood as the log grew, the last being how it stands: once for each entry of its own history, and for
 * each entry that may have reached it from upstream. Whoever folds the log in steps, wherever those end, comes by no
 * other statuses than these.
 * @param histories its own and those of everything that was ever upstream of it
 */
export function statusesOverTime(id: TransferId, histories: Histories): StatusAfter[] {
  const states = new Map<TransferId, TransferState>();
  const statuses: StatusAfter[] = [];
  for (const { of, placed, from } of inOrder(histories)) {
    states.set(of, evolveTransfer(states.get(of), placed.entry));
    const state = states.get(id);
    if (!state || (of !== id && !spreads(placed))) continue;
    const upstream = upstreamOf(state, (each) => states.get(each));
    statuses.push({ entry: placed.entry, from, status: statusOf(state, upstream) });
  }
  return statuses;
}

/** The entries in the order in which they became known: each once it and all before it in its history were in the log. */
function inOrder(histories: Histories) {
  const entries = [...histories].flatMap(([of, history]) => {
    let from = 0;
    return history.map((placed) => {
      from = Math.max(from, placed.index);
      return { of, placed, from };
    });
  });
  return entries.sort((a, b) => a.from - b.from);
}

/** Everything that was ever named as an origin, or to take the place of the record, in a history. */
export const everAbove = (history: readonly { readonly entry: Entry }[]): TransferId[] =>
  history.flatMap(({ entry: { kind, body } }) => {
    if (kind === 'transfer-recorded') return (body['originTransferIds'] ?? []) as TransferId[];
    return kind === 'record-superseded' ? [body['by'] as TransferId] : [];
  });
