import type { Obligation, TransferSummary } from '../api/answers.ts';
import type { TransferDetail } from '../api/transfer-detail.ts';
import type { Row } from '../index/block.ts';
import { type Beneath, withBeneath } from '../lifecycle/downstream.ts';
import type { Moment } from '../lifecycle/moment.ts';
import { type Obliged, why } from '../lifecycle/obligations.ts';
import { lifecycleOn, standingOf, type TransferState } from '../lifecycle/transfer.ts';
import type { Upstream } from '../lifecycle/upstream.ts';
import { type Entry, entryIdWithin } from '../model/entry.ts';
import { type Day, daysBetween } from '../model/scalars.ts';

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
    kind: owed.kind,
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

/** What reaches a transfer from upstream, and what is open beneath it where its own destruction is certified. */
export interface Around {
  readonly upstream: Upstream;
  readonly beneath?: Beneath | undefined;
}

/**
 * A transfer as it stood at a moment.
 * @param opening the entry that recorded it
 */
export function detailOf(
  opening: Entry,
  state: TransferState,
  moment: Moment,
  { upstream, beneath }: Around,
): TransferDetail {
  const standing = withBeneath(standingOf(state, upstream), beneath);
  const { nextVersion: _next, recorded: _recorded, corrections, certified, ...told } = state;
  return {
    ...told,
    entryId: opening.entryId,
    recordedAt: opening.recordedAt,
    principal: opening.principal,
    flags: [...state.flags],
    eventFlags: [...state.eventFlags],
    ...moment,
    state: lifecycleOn(standing, moment.validAt),
    marks: [...standing.marks],
    holds: [...state.holds],
    ...(certified && { certified: { ...certified, remains: [...certified.remains] } }),
    corrections: corrections.map((each) => ({ ...each, fields: [...each.fields] })),
    confirmed: [...state.confirmed],
    ...(state.record.originTransferIds && { upstream: upstreamAnswer(upstream) }),
    ...(beneath && { downstream: { open: [...beneath.open], more: beneath.more } }),
  };
}

const upstreamAnswer = ({ holds, recall, corrections }: Upstream) => ({
  holds: [...holds],
  ...(recall && { recall }),
  corrections: corrections.map((each) => ({ ...each, fields: [...each.fields] })),
});
