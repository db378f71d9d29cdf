import { type Entry, type Flag, transferIdOf } from '../model/entry.ts';
import { addDays, type Day, type EntryId, type Instant, type TransferId } from '../model/scalars.ts';
import { retentionEnd, type TransferRecord } from '../model/transfer.ts';

/** When something took place, when the ledger learnt of it, and the entry that says so. */
export interface Told {
  readonly occurredOn: Day;
  readonly recordedAt: Instant;
  readonly entryId: EntryId;
}

export interface Correction {
  readonly correctionId: string;
  readonly issued: Told;
  readonly confirmed?: Told;
}

/** What the history of a transfer adds up to. Folded from its entries, stored only in views. */
export interface TransferState {
  readonly transferId: TransferId;
  readonly recorded: Told;
  readonly record: TransferRecord;
  readonly flags: readonly Flag[];
  /** The version that the next event of this transfer gets. */
  readonly nextVersion: number;
  readonly retentionEnd?: Day;
  readonly acknowledged?: Told & { readonly agrees: boolean };
  readonly disputed?: Told & { readonly reason: string };
  readonly attested?: Told & { readonly held: boolean };
  readonly holds: readonly (Told & { readonly reference: string })[];
  readonly recalled?: Told & { readonly dueBy: Day };
  readonly certified?: Told & { readonly scope: string };
  readonly verified?: Told;
  readonly rejected?: Told & { readonly reason: string };
  readonly corrections: readonly Correction[];
  readonly supersededBy?: TransferId;
}

/** How a transfer stands on a day. */
export const LIFECYCLE = ['recorded', 'acknowledged', 'due', 'overdue', 'certified', 'verified'] as const;
export type Lifecycle = (typeof LIFECYCLE)[number];
/** What can be true of a transfer besides. */
export const MARKS = ['disputed', 'held', 'recalled', 'superseded'] as const;
export type Mark = (typeof MARKS)[number];
export const STATES = [...LIFECYCLE, ...MARKS] as const;
export type StateName = (typeof STATES)[number];

/** A holding is due from so many days before its end. */
export const DUE_DAYS = 30;

export const told = (entry: Entry): Told => ({
  occurredOn: entry.body['occurredOn'] as Day,
  recordedAt: entry.recordedAt,
  entryId: entry.entryId,
});

/** The state that a `transfer-recorded` entry opens. */
export function openTransfer(entry: Entry): TransferState {
  const record = entry.body as unknown as TransferRecord;
  const end = retentionEnd(record);
  return {
    transferId: transferIdOf(entry.entryId),
    recorded: { occurredOn: record.handedOver.latest, recordedAt: entry.recordedAt, entryId: entry.entryId },
    record,
    flags: entry.flags,
    nextVersion: 1,
    ...(end === undefined ? {} : { retentionEnd: end }),
    holds: [],
    corrections: [],
  };
}

/** What of a state decides how it stands on any day; small enough to stand in the index for every transfer. */
export interface Standing {
  /** The furthest of recorded, acknowledged, certified, verified. */
  readonly reached: 'recorded' | 'acknowledged' | 'certified' | 'verified';
  /** The day by which the holding must be gone; none while a hold is on, or where the record lacks it. */
  readonly dueOn?: Day;
  readonly marks: readonly Mark[];
}

export function standingOf(state: TransferState): Standing {
  const held = state.holds.length > 0;
  const ends = [state.retentionEnd, state.recalled?.dueBy].filter((day) => day !== undefined).sort();
  const reached = state.verified
    ? 'verified'
    : state.certified
      ? 'certified'
      : state.acknowledged
        ? 'acknowledged'
        : 'recorded';
  const marks: Mark[] = [];
  if (state.disputed) marks.push('disputed');
  if (held) marks.push('held');
  if (state.recalled) marks.push('recalled');
  if (state.supersededBy) marks.push('superseded');
  return { reached, ...(ends[0] === undefined || held ? {} : { dueOn: ends[0] }), marks };
}

export function lifecycleOn(standing: Standing, today: Day): Lifecycle {
  const { reached, dueOn } = standing;
  if (reached === 'certified' || reached === 'verified' || dueOn === undefined) return reached;
  if (dueOn < today) return 'overdue';
  return dueOn <= addDays(today, DUE_DAYS) ? 'due' : reached;
}

export const isInState = (standing: Standing, wanted: StateName, today: Day): boolean =>
  (MARKS as readonly string[]).includes(wanted)
    ? standing.marks.includes(wanted as Mark)
    : lifecycleOn(standing, today) === wanted;
