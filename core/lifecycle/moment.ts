import type { Entry } from '../model/entry.ts';
import { type Day, dayOf, type Instant } from '../model/scalars.ts';
import { fold } from './fold.ts';
import type { TransferState } from './transfer.ts';
import { evolveTransfer } from './transfer-events.ts';

/** What was so on a day, by what the ledger had recorded at a moment. */
export interface Moment {
  readonly validAt: Day;
  readonly knownAt: Instant;
}

/** Oldest first. */
export type History = readonly { readonly entry: Entry }[];

/** The last moment that a day or an instant takes in: a day counts to its end. */
export const endOf = (moment: Day | Instant): Instant =>
  (moment.length === 10 ? `${moment}T23:59:59.999Z` : moment) as Instant;

/**
 * Since when an entry holds: since the day on which it took place; new terms, from the day on which they are in force;
 * what says neither, since it was recorded.
 */
const validFrom = ({ body, recordedAt }: Entry): Day =>
  (body['occurredOn'] ?? body['validFrom'] ?? dayOf(recordedAt)) as Day;

/**
 * The entries of a history that count at a moment. What opened it counts on whatever day: a thing may be registered
 * long after it began to be.
 */
export const entriesAt = <Stored extends { readonly entry: Entry }>(
  history: readonly Stored[],
  { validAt, knownAt }: Moment,
): Stored[] => {
  const known = history.filter(
    ({ entry }) => entry.recordedAt <= knownAt && (entry.version === 0 || validFrom(entry) <= validAt),
  );
  return known[0]?.entry.version === 0 ? known : [];
};

/**
 * How a transfer stood at a moment. `undefined` where by then nothing was known of it, or before the hand-over, when
 * there was nothing to know.
 */
export function transferAt(history: History, moment: Moment): TransferState | undefined {
  const state = fold(entriesAt(history, moment), evolveTransfer);
  return state && state.record.handedOver.earliest <= moment.validAt ? state : undefined;
}
