import type { Obligation, TransferDetail, TransferSummary } from '../api/answers.ts';
import type { Row } from '../index/block.ts';
import { fold } from '../lifecycle/fold.ts';
import { type Obliged, why } from '../lifecycle/obligations.ts';
import { lifecycleOn, standingOf } from '../lifecycle/transfer.ts';
import { evolveTransfer } from '../lifecycle/transfer-events.ts';
import { NOTHING_UPSTREAM } from '../lifecycle/upstream.ts';
import { type Entry, entryIdWithin } from '../model/entry.ts';
import { type Day, daysBetween, type Instant } from '../model/scalars.ts';

/** A transfer as lists show it, as it stands on a day. */
export function summaryOf({ facts, status }: Row, day: Day): TransferSummary {
  const { transferId, index, recordedAt, provider, recipient, dataset, handedOver, assertion } = facts;
  return {
    transferId,
    entryId: entryIdWithin(transferId),
    sequence: index,
    recordedAt,
    provider,
    recipient,
    ...(facts.agreement && { agreement: facts.agreement }),
    dataset,
    ...(facts.fields && { fields: [...facts.fields] }),
    ...(facts.purposes && { purposes: [...facts.purposes] }),
    ...(facts.areas && { areas: [...facts.areas] }),
    ...(facts.snapshot && { snapshot: facts.snapshot }),
    handedOver,
    ...(facts.rows !== undefined && { rows: facts.rows }),
    ...(status.retentionEnd && { retentionEnd: status.retentionEnd }),
    assertion,
    state: lifecycleOn(status, day),
    marks: [...status.marks],
    flags: [...new Set([...facts.flags, ...(status.flags ?? [])])],
    ...(facts.marking && { marking: facts.marking }),
    ...(facts.canaries && { canaries: facts.canaries }),
  };
}

/** What is owed under a transfer by a day, as it stands today; nothing when it is no longer owed, or by another day. */
export function obligationOf(
  row: Row,
  { kind, dueOn, cause }: Pick<Obliged, 'kind' | 'dueOn' | 'cause'>,
  day: Day,
): Obligation | undefined {
  const owed = row.status.owed.find(
    (each) => each.kind === kind && each.dueOn === dueOn && each.cause === cause,
  );
  if (!owed) return undefined;
  return {
    transferId: row.facts.transferId,
    kind,
    obliged: owed.obliged,
    dueOn: owed.dueOn,
    daysOverdue: Math.max(0, daysBetween(owed.dueOn, day)),
    since: owed.since,
    why: why(owed.because),
    cause,
    ...(row.status.attested && { lastAttested: row.status.attested }),
    transfer: summaryOf(row, day),
  };
}

/**
 * A transfer as it stood on the day `validAt`, by what was known at `knownAt`. `undefined` where by then nothing was
 * known of it, or before the hand-over, when there was nothing to know.
 * @param history oldest first
 */
export function detailOf(
  history: readonly { readonly entry: Entry }[],
  { validAt, knownAt }: { readonly validAt: Day; readonly knownAt: Instant },
): TransferDetail | undefined {
  const known = history.filter(
    ({ entry }) => entry.recordedAt <= knownAt && (entry.version === 0 || occurredOn(entry) <= validAt),
  );
  const opening = known[0]?.entry;
  const state = opening?.version === 0 ? fold(known, evolveTransfer) : undefined;
  if (!state || !opening || state.record.handedOver.earliest > validAt) return undefined;
  const { nextVersion: _next, recorded: _recorded, corrections, certified, ...told } = state;
  const standing = standingOf(state, NOTHING_UPSTREAM);
  return {
    ...told,
    entryId: opening.entryId,
    recordedAt: opening.recordedAt,
    principal: opening.principal,
    flags: [...state.flags],
    eventFlags: [...state.eventFlags],
    validAt,
    knownAt,
    state: lifecycleOn(standing, validAt),
    marks: [...standing.marks],
    holds: [...state.holds],
    ...(certified && { certified: { ...certified, remains: [...certified.remains] } }),
    corrections: corrections.map((each) => ({ ...each, fields: [...each.fields] })),
    confirmed: [...state.confirmed],
  };
}

const occurredOn = (entry: Entry) => entry.body['occurredOn'] as Day;

/** The last moment that a day or an instant takes in: a day counts to its end. */
export const endOf = (moment: Day | Instant): Instant =>
  (moment.length === 10 ? `${moment}T23:59:59.999Z` : moment) as Instant;
