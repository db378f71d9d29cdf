import { type AgencyId, addDays, type Day, dayOf } from '../model/scalars.ts';
import { standingOf, type TransferState } from './transfer.ts';

/** What a hand-over makes somebody owe. */
export const OBLIGATION_KINDS = ['acknowledge', 'resolve-dispute', 'destroy', 'verify-destruction'] as const;
export type ObligationKind = (typeof OBLIGATION_KINDS)[number];

export interface Obliged {
  readonly kind: ObligationKind;
  readonly obliged: AgencyId;
  readonly dueOn: Day;
  /** The day that gave rise to it. */
  readonly since: Day;
}

/** Days in which an acknowledgement, an answer to a dispute or a check of a destruction is expected. */
export const ANSWER_DAYS = 30;

/** What is still owed under a transfer, whatever the day. A superseded record obliges nobody. */
export function obligationsOf(state: TransferState): Obliged[] {
  if (state.supersededBy) return [];
  const { record, recorded, disputed, acknowledged, certified, verified } = state;
  const provider = record.provider.agencyId;
  const recipient = record.recipient.agencyId;
  const owed: Obliged[] = [];
  const expect = (kind: ObligationKind, obliged: AgencyId, since: Day) =>
    owed.push({ kind, obliged, since, dueOn: addDays(since, ANSWER_DAYS) });

  if (disputed) expect('resolve-dispute', provider, disputed.occurredOn);
  else if (!acknowledged && !certified) expect('acknowledge', recipient, dayOf(recorded.recordedAt));
  if (certified && !verified) expect('verify-destruction', provider, certified.occurredOn);
  const { dueOn } = standingOf(state);
  if (!certified && dueOn)
    owed.push({ kind: 'destroy', obliged: recipient, since: recorded.occurredOn, dueOn });
  return owed;
}

const WHY: Record<ObligationKind, string> = {
  acknowledge: 'The recipient has not acknowledged what it received.',
  'resolve-dispute': 'The recipient disputes the transfer, and the provider has not resolved it.',
  destroy: 'The retention ends, and no destruction is certified.',
  'verify-destruction': 'The destruction is certified, and the provider has not verified it.',
};
export const why = (kind: ObligationKind): string => WHY[kind];
