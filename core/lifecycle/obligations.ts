import {
  type AgencyId,
  addDays,
  addDuration,
  type Day,
  dayOf,
  daysBetween,
  type EntryId,
} from '../model/scalars.ts';
import {
  DUE_DAYS,
  isDestroyed,
  isVoid,
  type Standing,
  standingOf,
  type Told,
  type TransferState,
  uncorrected,
} from './transfer.ts';
import type { Upstream } from './upstream.ts';

/** What a hand-over makes somebody owe. */
export const TRANSFER_OBLIGATIONS = [
  'acknowledge',
  'resolve-dispute',
  'attest',
  'confirm-correction',
  'answer-recall',
  'review-retention',
  'destroy',
  'destroy-remainder',
  'verify-destruction',
] as const;
/** What is owed at all: under a transfer, or upon a request for data. */
export const OBLIGATION_KINDS = [...TRANSFER_OBLIGATIONS, 'answer-request'] as const;
export type ObligationKind = (typeof OBLIGATION_KINDS)[number];
export type TransferObligation = (typeof TRANSFER_OBLIGATIONS)[number];

const REASONS = {
  'not-acknowledged': 'The recipient has not acknowledged what it received.',
  'dispute-answered':
    'The provider has answered the dispute, and the recipient has neither acknowledged the transfer nor disputed it again.',
  disputed: 'The recipient disputes the transfer, and the provider has not answered.',
  'attestation-due': 'The recipient has to attest that it still holds the data.',
  corrected: 'The data was wrong, and the recipient has not confirmed that it corrected its copy.',
  'corrected-upstream':
    'The data that this came from was wrong, and the recipient has not confirmed that it corrected its copy.',
  recalled: 'The data is recalled.',
  'recalled-upstream': 'The data that this came from is recalled.',
  'review-due': 'The day must be known by now from which the retention counts.',
  'retention-ends': 'The retention ends, and no destruction is certified.',
  'destruction-partial': 'The certificate of destruction leaves backups or derived data.',
  'destruction-certified': 'The destruction is certified, and the provider has not verified it.',
  requested: 'The data was asked for, and the provider has neither granted nor refused the request.',
} as const;
type Reason = keyof typeof REASONS;
export const why = (because: Reason): string => REASONS[because];

export interface Obliged<Kind extends ObligationKind = ObligationKind> {
  readonly kind: Kind;
  readonly obliged: AgencyId;
  readonly dueOn: Day;
  /** The day that gave rise to it. */
  readonly since: Day;
  readonly because: Reason;
  /** The entry that gave rise to it: of a request, of a transfer, perhaps of another one. */
  readonly cause: EntryId;
}

/** What is owed under a transfer. */
type Owed = Obliged<TransferObligation>;

/** Days in which an answer to a request, an acknowledgement, an answer to a dispute, a correction or a check of a destruction is expected. */
export const ANSWER_DAYS = 30;

/**
 * What is still owed under a transfer, whatever the day. A record that was superseded or withdrawn obliges nobody.
 * No two of them have the same kind and cause.
 */
export function obligationsOf(state: TransferState, upstream: Upstream): Owed[] {
  if (isVoid(state)) return [];
  return [...receipt(state), ...care(state, upstream), ...disposal(state, upstream)];
}

const within = (told: Pick<Told, 'occurredOn' | 'entryId'>) => ({
  since: told.occurredOn,
  dueOn: addDays(told.occurredOn, ANSWER_DAYS),
  cause: told.entryId,
});

function receipt({ record, recorded, disputed, acknowledged, certified }: TransferState): Owed[] {
  const provider = record.provider.agencyId;
  const recipient = record.recipient.agencyId;
  if (disputed && !disputed.answered)
    return [{ kind: 'resolve-dispute', obliged: provider, because: 'disputed', ...within(disputed) }];
  if (certified) return [];
  const acknowledge = { kind: 'acknowledge', obliged: recipient } as const;
  if (disputed?.answered)
    return [{ ...acknowledge, because: 'dispute-answered', ...within(disputed.answered) }];
  // Nobody can acknowledge what is not recorded yet.
  const from = { ...recorded, occurredOn: dayOf(recorded.recordedAt) };
  return acknowledged ? [] : [{ ...acknowledge, because: 'not-acknowledged', ...within(from) }];
}

/** What is owed for as long as the data is held. */
function care(state: TransferState, upstream: Upstream): Owed[] {
  const { record, recorded, attested, certified } = state;
  const obliged = record.recipient.agencyId;
  const owed: Owed[] = [];
  if (record.attestEvery && !certified && attested?.held !== false) {
    const last = attested ?? recorded;
    const dueOn = addDuration(last.occurredOn, record.attestEvery);
    owed.push({ kind: 'attest', obliged, because: 'attestation-due', ...within(last), dueOn });
  }
  const { own, inherited } = uncorrected(state, upstream);
  for (const { issued } of own)
    owed.push({ kind: 'confirm-correction', obliged, because: 'corrected', ...within(issued) });
  for (const { issued } of inherited)
    owed.push({ kind: 'confirm-correction', obliged, because: 'corrected-upstream', ...within(issued) });
  return owed;
}

function disposal(state: TransferState, upstream: Upstream): Owed[] {
  const { record, recalled, certified, verified } = state;
  const obliged = record.recipient.agencyId;
  const standing = standingOf(state, upstream);
  const owed: Owed[] = [];
  if (recalled && !recalled.answered && !certified) {
    const asked = within(recalled);
    const dueOn = recalled.dueBy < asked.dueOn ? recalled.dueBy : asked.dueOn;
    owed.push({ kind: 'answer-recall', obliged, because: 'recalled', ...asked, dueOn });
  }
  if (!certified) owed.push(...end(state, upstream, standing));
  if (certified && !isDestroyed(state) && !standing.marks.includes('held')) {
    const onlyBackups = certified.remains.every((part) => part === 'backups');
    const dueOn = (onlyBackups && certified.backupsExpireOn) || within(certified).dueOn;
    const because = 'destruction-partial';
    owed.push({ kind: 'destroy-remainder', obliged, because, ...within(certified), dueOn });
  }
  if (certified && !verified) {
    const provider = record.provider.agencyId;
    const because = 'destruction-certified';
    owed.push({ kind: 'verify-destruction', obliged: provider, because, ...within(certified) });
  }
  return owed;
}

/** The end of the holding, for whichever reason it comes first. */
function end(state: TransferState, upstream: Upstream, { dueOn }: Standing): Owed[] {
  if (dueOn === undefined) return [];
  const { record, recorded, recalled, retentionChanged, reviewed } = state;
  const owed = { kind: 'destroy', obliged: record.recipient.agencyId, dueOn } as const;
  if (recalled?.dueBy === dueOn)
    return [{ ...owed, because: 'recalled', since: recalled.occurredOn, cause: recalled.entryId }];
  if (upstream.recall?.dueBy === dueOn) {
    const { occurredOn, entryId } = upstream.recall;
    return [{ ...owed, because: 'recalled-upstream', since: occurredOn, cause: entryId }];
  }
  const cause = (retentionChanged ?? recorded).entryId;
  const since = recorded.occurredOn;
  // Until the event has taken place from which it counts, the end of the retention is the day of its review.
  const counted = record.retention && 'period' in record.retention;
  return counted && !reviewed
    ? [{ ...owed, kind: 'review-retention', because: 'review-due', since, cause }]
    : [{ ...owed, because: 'retention-ends', since, cause }];
}

export interface Due<O> {
  readonly obligation: O;
  readonly standing: 'coming' | 'today' | 'overdue';
  /** Days until it is due; negative when it is overdue. */
  readonly days: number;
}

/** Those of the obligations that are due on a day, have been since before, or will be within {@link DUE_DAYS}, the longest overdue first. */
export const due = <O extends { readonly dueOn: Day }>(obligations: readonly O[], today: Day): Due<O>[] =>
  obligations
    .map((obligation): Due<O> => {
      const days = daysBetween(today, obligation.dueOn);
      return { obligation, days, standing: days < 0 ? 'overdue' : days === 0 ? 'today' : 'coming' };
    })
    .filter(({ days }) => days <= DUE_DAYS)
    .sort((a, b) => a.days - b.days);
