import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AgencyId, addDays, Day, daysBetween, EntryId, RequestId, TransferId } from '../model/scalars.ts';
import { type Obliged, TRANSFER_OBLIGATIONS, why } from './obligations.ts';

/**
 * What an agency is told of an obligation: that it has arisen, that it will be due soon, that it is due, that it is
 * overdue, once more each {@link REMIND_DAYS}, and that it is owed no longer, for whatever reason.
 */
export const NOTICE_STAGES = ['arisen', 'soon', 'due', 'overdue', 'ended'] as const;
export type NoticeStage = (typeof NOTICE_STAGES)[number];

/** An obligation is due soon from so many days before. */
export const SOON_DAYS = 7;
/** Who owes something for longer is told again after so many days. */
export const REMIND_DAYS = 30;

const told = {
  noticeId: z
    .string()
    .regex(/^nt-[0-9a-f]{32}$/)
    .describe('The same however often it is delivered, and by which channel'),
  obliged: AgencyId,
  dueOn: Day,
  since: Day.describe('The day that gave rise to the obligation'),
  why: z.string(),
  cause: EntryId.describe('The entry that gave rise to it, perhaps one of another transfer'),
};

/** What is owed under a transfer, or upon a request. */
const underTransfer = { ...told, transferId: TransferId, kind: z.enum(TRANSFER_OBLIGATIONS) };
const uponRequest = { ...told, requestId: RequestId, kind: z.literal('answer-request') };

const ofChange = {
  stage: z.enum(['arisen', 'ended']),
  by: EntryId.describe('The entry with which it arose or ended'),
};
const ofDay = {
  stage: z.enum(['soon', 'due', 'overdue']),
  on: Day.describe('From when on this stage counts'),
};

/** A notice as every channel carries it: ids, kinds and days, and nothing about a person. */
export const Notice = z.union([
  z.strictObject({ ...underTransfer, ...ofChange }),
  z.strictObject({ ...underTransfer, ...ofDay }),
  z.strictObject({ ...uponRequest, ...ofChange }),
  z.strictObject({ ...uponRequest, ...ofDay }),
]);
export type Notice = z.infer<typeof Notice>;

/** What something is owed under: a transfer, or a request for data. */
export type OwedUnder = TransferId | RequestId;

export const owedUnder = (
  owed: { readonly transferId: TransferId } | { readonly requestId: RequestId },
): OwedUnder => ('requestId' in owed ? owed.requestId : owed.transferId);

/** How much was owed under a transfer or request after an entry. */
export interface OwedAfter {
  readonly by: EntryId;
  readonly owed: readonly Obliged[];
}

/** What an entry changed in what is owed under a transfer or request. One that is owed by another day now ended, and arose anew. */
export function noticesOfChange(
  id: OwedUnder,
  before: readonly Obliged[],
  { by, owed }: OwedAfter,
): Notice[] {
  const lacking = (from: readonly Obliged[]) => {
    const keys = new Set(from.map(keyOf));
    return (each: Obliged) => !keys.has(keyOf(each));
  };
  return [
    ...before.filter(lacking(owed)).map((each) => eventNotice(id, each, 'ended', by)),
    ...owed.filter(lacking(before)).map((each) => eventNotice(id, each, 'arisen', by)),
  ];
}

/**
 * What is to be told of an obligation on a day; nothing while it is far from due. Whoever was not told of an earlier
 * stage in its time, since nobody looked that day or the obligation is older than its record, is told of this one only.
 */
export function noticeOn(today: Day, id: OwedUnder, owed: Obliged): Notice | undefined {
  const days = daysBetween(today, owed.dueOn);
  if (days > SOON_DAYS) return undefined;
  if (days > 0) return dayNotice(id, owed, 'soon', addDays(owed.dueOn, -SOON_DAYS));
  if (days === 0) return dayNotice(id, owed, 'due', owed.dueOn);
  const reminders = Math.floor((-days - 1) / REMIND_DAYS);
  return dayNotice(id, owed, 'overdue', addDays(owed.dueOn, 1 + reminders * REMIND_DAYS));
}

const eventNotice = (id: OwedUnder, owed: Obliged, stage: 'arisen' | 'ended', by: EntryId): Notice => ({
  ...toldOf(id, owed, stage, by),
  stage,
  by,
});

const dayNotice = (id: OwedUnder, owed: Obliged, stage: 'soon' | 'due' | 'overdue', on: Day): Notice => ({
  ...toldOf(id, owed, stage, on),
  stage,
  on,
});

function toldOf(id: OwedUnder, owed: Obliged, stage: NoticeStage, occasion: EntryId | Day) {
  const { kind, obliged, dueOn, since, because, cause } = owed;
  const noticeId = noticeIdOf(id, owed, stage, occasion);
  const common = { noticeId, obliged, dueOn, since, why: why(because), cause };
  return kind === 'answer-request'
    ? { ...common, requestId: id as RequestId, kind }
    : { ...common, transferId: id as TransferId, kind };
}

/** Follows from what is told and on which occasion, so that whoever finds it out again finds the same notice. */
function noticeIdOf(id: OwedUnder, owed: Obliged, stage: NoticeStage, occasion: EntryId | Day): string {
  const text = ['amanat/notice/v1', id, keyOf(owed), stage, occasion].join('\n');
  return `nt-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

const keyOf = ({ dueOn, kind, cause, obliged }: Obliged): string => [dueOn, kind, cause, obliged].join(' ');
