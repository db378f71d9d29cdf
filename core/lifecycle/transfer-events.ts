import type { Entry, Flag } from '../model/entry.ts';
import type { Day } from '../model/scalars.ts';
import { type Circumstances, conflict, invalid } from './events/definition.ts';
import { DESTRUCTION_EVENTS } from './events/destruction.ts';
import { PUBLICATION_EVENTS } from './events/publication.ts';
import { RECEIPT_EVENTS } from './events/receipt.ts';
import { RECORD_EVENTS } from './events/record.ts';
import { RETENTION_EVENTS } from './events/retention.ts';
import { openTransfer, type TransferState } from './transfer.ts';

export type { Circumstances, Party } from './events/definition.ts';

/**
 * Every event of a transfer's life, each described where it stands: its body, when it may be recorded, and what it
 * changes. To add an event, add it to one of these tables, and who may record it to `core/api/permissions.ts`.
 */
export const TRANSFER_EVENTS = {
  ...RECEIPT_EVENTS,
  ...RETENTION_EVENTS,
  ...DESTRUCTION_EVENTS,
  ...RECORD_EVENTS,
  ...PUBLICATION_EVENTS,
} as const;

export type TransferEventKind = keyof typeof TRANSFER_EVENTS;
export const TRANSFER_EVENT_KINDS = Object.keys(TRANSFER_EVENTS) as TransferEventKind[];

export const isTransferEvent = (kind: string): kind is TransferEventKind =>
  Object.hasOwn(TRANSFER_EVENTS, kind);

/**
 * Whether an event may be recorded on a transfer, and what is to be flagged about it.
 * @throws Problem `conflict` when the state does not allow it, `invalid-record` when the body breaks a rule
 */
export function decideTransferEvent(
  kind: TransferEventKind,
  state: TransferState,
  body: object,
  circumstances: Circumstances,
): readonly Flag[] {
  if ((body as { occurredOn: Day }).occurredOn < state.record.handedOver.earliest)
    invalid('/occurredOn', 'must not be before the hand-over');
  if (state.supersededBy) conflict('this record is superseded: what happens is recorded of the other one');
  if (state.withdrawn) conflict('this record is withdrawn: nothing was handed over');
  return TRANSFER_EVENTS[kind].decide(state, body, circumstances);
}

/** The state after one more entry of a transfer's history. */
export function evolveTransfer(state: TransferState | undefined, entry: Entry): TransferState {
  if (state === undefined) return openTransfer(entry);
  const { kind } = entry;
  if (!isTransferEvent(kind)) throw new TypeError(`no event of a transfer: ${kind}`);
  return {
    ...TRANSFER_EVENTS[kind].evolve(state, entry.body, entry),
    eventFlags: [
      ...state.eventFlags.filter((flag) => flag.kind !== kind),
      ...entry.flags.map((flag) => ({ ...flag, kind })),
    ],
    nextVersion: entry.version + 1,
  };
}
