import type { Obligation, TransferSummary } from '../../core/api/answers.ts';
import type { Row } from '../../core/index/block.ts';
import { type ObligationKind, why } from '../../core/lifecycle/obligations.ts';
import { lifecycleOn } from '../../core/lifecycle/transfer.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import { type Day, dayOf, daysBetween, type Instant } from '../../core/model/scalars.ts';

export const now = (): Instant => new Date().toISOString() as Instant;
export const today = (): Day => dayOf(now());

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
    flags: [...facts.flags],
  };
}

/** What is owed under a transfer by a day, as it stands today; nothing when it is no longer owed, or by another day. */
export function obligationOf(
  row: Row,
  { kind, dueOn }: { kind: ObligationKind; dueOn: Day },
  day: Day,
): Obligation | undefined {
  const owed = row.status.owed.find((each) => each.kind === kind && each.dueOn === dueOn);
  if (!owed) return undefined;
  return {
    transferId: row.facts.transferId,
    kind,
    obliged: owed.obliged,
    dueOn: owed.dueOn,
    daysOverdue: Math.max(0, daysBetween(owed.dueOn, day)),
    since: owed.since,
    why: why(kind),
    ...(row.status.attested && { lastAttested: row.status.attested }),
    transfer: summaryOf(row, day),
  };
}
