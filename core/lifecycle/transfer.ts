import { type Entry, type Flag, transferIdOf } from '../model/entry.ts';
import type { Suppression } from '../model/publication.ts';
import {
  type AgencyId,
  addDays,
  type Day,
  type EntryId,
  type Instant,
  type TransferId,
} from '../model/scalars.ts';
import { retentionEnd, type TransferRecord } from '../model/transfer.ts';
import type { CanonicalField } from '../model/vocabulary.ts';
import type { Upstream } from './upstream.ts';

/** When something took place, when the ledger learnt of it, and the entry that says so. */
export interface Told {
  readonly occurredOn: Day;
  readonly recordedAt: Instant;
  readonly entryId: EntryId;
}

export interface Hold extends Told {
  readonly reference: string;
  /** Who set it, and alone may lift it. */
  readonly by?: AgencyId;
  /** Whether it concerns the copies that were handed on, too. */
  readonly downstream: boolean;
}

export interface Recall extends Told {
  readonly dueBy: Day;
  readonly answered?: Told & { readonly answer: string };
}

export interface Correction {
  readonly correctionId: string;
  readonly fields: readonly CanonicalField[];
  readonly issued: Told;
  readonly confirmed?: Told;
}

/** What a certificate of destruction may leave behind. */
export const REMAINDERS = ['backups', 'derivatives'] as const;
export type Remainder = (typeof REMAINDERS)[number];

export interface Certificate extends Told {
  readonly scope: string;
  readonly remains: readonly Remainder[];
  readonly backupsExpireOn?: Day;
}

/** What the history of a transfer adds up to. Folded from its entries, stored only in views. */
export interface TransferState {
  readonly transferId: TransferId;
  readonly recorded: Told;
  readonly record: TransferRecord;
  readonly flags: readonly Flag[];
  /** What was remarked on later events: of each kind, on the last. */
  readonly eventFlags: readonly (Flag & { readonly kind: string })[];
  /** The version that the next event of this transfer gets. */
  readonly nextVersion: number;
  readonly retentionEnd?: Day;
  /** What last moved the end of the retention. */
  readonly retentionChanged?: Told;
  /** When the event took place from which the retention counts. */
  readonly reviewed?: Told & { readonly triggeredOn: Day };
  readonly acknowledged?: Told & { readonly agrees: boolean };
  readonly disputed?: Told & {
    readonly reason: string;
    readonly answered?: Told & { readonly answer: string };
  };
  readonly attested?: Told & { readonly held: boolean };
  readonly holds: readonly Hold[];
  readonly recalled?: Recall;
  readonly certified?: Certificate;
  readonly verified?: Told;
  readonly rejected?: Told & { readonly reason: string };
  readonly corrections: readonly Correction[];
  /** Corrections issued further up that this recipient carried out, by the entry that issued them. */
  readonly confirmed: readonly (Told & { readonly issuedBy: EntryId })[];
  readonly supersededBy?: TransferId;
  readonly withdrawn?: Told;
  /** Why the public register does not show it, and until when. */
  readonly suppressed?: Told & Suppression;
}

/** How a transfer stands on a day. */
export const LIFECYCLE = ['recorded', 'acknowledged', 'due', 'overdue', 'certified', 'verified'] as const;
export type Lifecycle = (typeof LIFECYCLE)[number];
/** What can be true of a transfer besides. */
export const MARKS = [
  'disputed',
  'held',
  'recalled',
  'uncorrected',
  'outlasts-origin',
  'incomplete',
  'superseded',
  'withdrawn',
] as const;
export type Mark = (typeof MARKS)[number];
/** `unacknowledged`: neither acknowledged nor destroyed, whether or not it is due by now. */
export const STATES = [...LIFECYCLE, 'unacknowledged', ...MARKS] as const;
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
  const recorded = {
    occurredOn: record.handedOver.latest,
    recordedAt: entry.recordedAt,
    entryId: entry.entryId,
  };
  return {
    transferId: transferIdOf(entry.entryId),
    recorded,
    record,
    flags: entry.flags,
    eventFlags: [],
    nextVersion: 1,
    ...(end === undefined ? {} : { retentionEnd: end }),
    ...(record.suppression && { suppressed: { ...recorded, ...record.suppression } }),
    holds: [],
    corrections: [],
    confirmed: [],
  };
}

/** Whether the record stands for nothing any more: another took its place, or nothing was handed over. */
export const isVoid = ({ supersededBy, withdrawn }: TransferState): boolean =>
  supersededBy !== undefined || withdrawn !== undefined;

/** Whether a certificate says that nothing of this holding is left. Copies that were handed on are another matter. */
export const isDestroyed = ({ certified }: TransferState): boolean =>
  certified !== undefined && certified.remains.length === 0;

/** The corrections that the recipient has still to carry out. */
export function uncorrected(state: TransferState, upstream: Upstream) {
  if (isDestroyed(state)) return { own: [], inherited: [] };
  const done = new Set(state.confirmed.map(({ issuedBy }) => issuedBy));
  return {
    own: state.corrections.filter(({ confirmed }) => !confirmed),
    inherited: upstream.corrections.filter(({ issued }) => !done.has(issued.entryId)),
  };
}

/** What of a state decides how it stands on any day; small enough to stand in the index for every transfer. */
export interface Standing {
  /** The furthest of recorded, acknowledged, certified, verified. */
  readonly reached: 'recorded' | 'acknowledged' | 'certified' | 'verified';
  /** The day by which the holding must be gone; none while a hold is on, or where the record lacks it. */
  readonly dueOn?: Day;
  /** All but whether copies that were handed on are still there: that is not to be told from one history. */
  readonly marks: readonly Mark[];
}

/** How a transfer stands, by its own history and what reaches it from upstream. */
export function standingOf(state: TransferState, upstream: Upstream): Standing {
  const held = state.holds.length > 0 || upstream.holds.length > 0;
  const recalls = [state.recalled, upstream.recall].flatMap((recall) => recall?.dueBy ?? []);
  const ends = [...recalls, ...(state.retentionEnd ? [state.retentionEnd] : [])].sort();
  const reached = state.verified
    ? 'verified'
    : state.certified
      ? 'certified'
      : state.acknowledged
        ? 'acknowledged'
        : 'recorded';
  const is: Record<Mark, boolean> = {
    disputed: state.disputed !== undefined,
    held,
    recalled: recalls.length > 0,
    uncorrected: Object.values(uncorrected(state, upstream)).flat().length > 0,
    'outlasts-origin': outlasts(state.retentionEnd, upstream.retentionEnd) && !state.certified,
    incomplete: state.certified !== undefined && !isDestroyed(state),
    superseded: state.supersededBy !== undefined,
    withdrawn: state.withdrawn !== undefined,
  };
  const marks = MARKS.filter((mark) => is[mark] && (!isVoid(state) || HISTORICAL.has(mark)));
  return { reached, ...(ends[0] && !held && !isVoid(state) ? { dueOn: ends[0] } : {}), marks };
}

/** What stays to be told of a record that stands for nothing any more. */
const HISTORICAL: ReadonlySet<Mark> = new Set(['disputed', 'held', 'recalled', 'superseded', 'withdrawn']);

/** Whether a retention ends later than that of the origin, as far as both are known. */
export const outlasts = (end: Day | undefined, originEnd: Day | undefined): boolean =>
  end !== undefined && originEnd !== undefined && end > originEnd;

export function lifecycleOn(standing: Standing, today: Day): Lifecycle {
  const { reached, dueOn } = standing;
  if (reached === 'certified' || reached === 'verified' || dueOn === undefined) return reached;
  if (dueOn < today) return 'overdue';
  return dueOn <= addDays(today, DUE_DAYS) ? 'due' : reached;
}

/** Whether the record stands for a hand-over. */
export const stands = ({ marks }: Standing): boolean =>
  !marks.includes('superseded') && !marks.includes('withdrawn');

/** Whether the recipient's own copy, or a part of it, may still be there. */
export const isOpen = (standing: Standing): boolean =>
  stands(standing) && (!isEnded(standing) || standing.marks.includes('incomplete'));

/** Whether the recipient certified that it destroyed its copy; what came of that may still be there. */
export const isEnded = (standing: Standing): boolean =>
  stands(standing) && (standing.reached === 'certified' || standing.reached === 'verified');

export function isInState(standing: Standing, wanted: StateName, today: Day): boolean {
  const { reached, marks } = standing;
  if (wanted === 'unacknowledged') return reached === 'recorded' && stands(standing);
  return (MARKS as readonly string[]).includes(wanted)
    ? marks.includes(wanted as Mark)
    : lifecycleOn(standing, today) === wanted;
}
