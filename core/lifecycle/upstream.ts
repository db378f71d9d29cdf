import type { Day, TransferId } from '../model/scalars.ts';
import { canonicalFields } from '../model/transfer.ts';
import type { CanonicalField } from '../model/vocabulary.ts';
import { type Correction, isVoid, type Recall, type Told, type TransferState } from './transfer.ts';

/** What reaches a transfer from those that its data came from, however far up. */
export interface Upstream {
  /** Legal holds that concern the copies handed on, too. */
  readonly holds: readonly Told[];
  /** The recall that falls due soonest. */
  readonly recall?: Told & { readonly dueBy: Day };
  /** The first day on which an origin's own retention ends; none where no origin is known to end. */
  readonly retentionEnd?: Day;
  /** Corrections of fields that this transfer holds, made after it or not carried out before it was handed over. */
  readonly corrections: readonly Omit<Correction, 'confirmed'>[];
}

export const NOTHING_UPSTREAM: Upstream = { holds: [], corrections: [] };

/** The state of a transfer at the time in question; none when it was not known then. */
export type StateOf = (id: TransferId) => TransferState | undefined;

/**
 * What reaches a transfer. Follows its origins upwards; where a record was superseded, what took its place counts
 * instead, but for corrections, which are made to data and not to records. It does not matter in which order the
 * line is walked: all that it collects are unions and minima.
 */
export function upstreamOf(state: TransferState, stateOf: StateOf): Upstream {
  if (!state.record.originTransferIds) return NOTHING_UPSTREAM;
  const line = [...lineOf(state, stateOf).values()];
  const standing = line.filter((each) => !isVoid(each));
  const recall = standing.flatMap(({ recalled }) => recalled ?? []).sort(bySoonest)[0];
  const end = directOrigins(state, stateOf)
    .flatMap(({ retentionEnd }) => retentionEnd ?? [])
    .sort()[0];
  const holds = standing.flatMap((each) => each.holds.filter(({ downstream }) => downstream));
  const corrections = line.flatMap((each) =>
    each.corrections.filter((one) => reaches(state, each.transferId, one, stateOf)),
  );
  return {
    holds: holds.map(plain).sort(byEntry),
    ...(recall && { recall: { ...plain(recall), dueBy: recall.dueBy } }),
    ...(end && { retentionEnd: end }),
    corrections: corrections
      .map(({ confirmed: _byOthers, ...correction }) => correction)
      .sort((a, b) => byEntry(a.issued, b.issued)),
  };
}

/** Downstream it is known that there is a hold or a recall; whose, and why, is told to those whom it was set on. */
const plain = ({ occurredOn, recordedAt, entryId }: Told): Told => ({ occurredOn, recordedAt, entryId });

const byEntry = (a: Told, b: Told) => (a.entryId < b.entryId ? -1 : 1);
const bySoonest = (a: Recall, b: Recall) =>
  a.dueBy === b.dueBy ? byEntry(a, b) : a.dueBy < b.dueBy ? -1 : 1;

/** The next records up from one: what took its place, or else what it names as origins. */
const above = ({ supersededBy, withdrawn, record }: TransferState): readonly TransferId[] => {
  if (supersededBy) return [supersededBy];
  return withdrawn ? [] : (record.originTransferIds ?? []);
};

/** Everything above a transfer, records that were superseded included. */
function lineOf(state: TransferState, stateOf: StateOf): ReadonlyMap<TransferId, TransferState> {
  const line = new Map<TransferId, TransferState>();
  const next = [...(state.record.originTransferIds ?? [])];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    const found = line.has(id) || id === state.transferId ? undefined : stateOf(id);
    if (!found) continue;
    line.set(id, found);
    next.push(...above(found));
  }
  return line;
}

/** The records in force of the transfers that one names as its origins. */
function directOrigins(state: TransferState, stateOf: StateOf): TransferState[] {
  return (state.record.originTransferIds ?? []).flatMap((id) => inForce(id, stateOf) ?? []);
}

/** The record that stands for a transfer: itself, or what took its place. None when it was withdrawn. */
export function inForce(id: TransferId, stateOf: StateOf): TransferState | undefined {
  const seen = new Set<TransferId>();
  let state = stateOf(id);
  while (state?.supersededBy && !seen.has(state.transferId)) {
    seen.add(state.transferId);
    state = stateOf(state.supersededBy);
  }
  return state && !isVoid(state) ? state : undefined;
}

/**
 * Whether a correction that was issued on one transfer concerns another below it: by some way down, everybody holds
 * one of its fields, and nobody had corrected its copy before handing it on.
 */
function reaches(state: TransferState, issuedOn: TransferId, correction: Correction, stateOf: StateOf) {
  if (!holdsAny(state, correction.fields)) return false;
  const seen = new Set<string>();
  const next = (state.record.originTransferIds ?? []).map((id) => ({ id, on: handedOver(state) }));
  for (let step = next.pop(); step !== undefined; step = next.pop()) {
    const { id, on } = step;
    const found = seen.has(`${id} ${on}`) ? undefined : stateOf(id);
    seen.add(`${id} ${on}`);
    if (!found || !holdsAny(found, correction.fields) || correctedBy(found, correction, on)) continue;
    if (id === issuedOn) return true;
    // A record and what took its place tell of one hand-over.
    const day = found.supersededBy ? on : handedOver(found);
    next.push(...above(found).map((each) => ({ id: each, on: day })));
  }
  return false;
}

const handedOver = ({ record }: TransferState): Day => record.handedOver.earliest;

/** Fields that are not known could be any. */
const holdsAny = ({ record }: TransferState, fields: readonly CanonicalField[]): boolean =>
  !record.fields || canonicalFields(record).some((field) => fields.includes(field));

function correctedBy(state: TransferState, { issued }: Correction, day: Day): boolean {
  const own = state.corrections.find((each) => each.issued.entryId === issued.entryId)?.confirmed;
  const confirmed = own ?? state.confirmed.find(({ issuedBy }) => issuedBy === issued.entryId);
  return confirmed !== undefined && confirmed.occurredOn <= day;
}
