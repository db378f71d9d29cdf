import * as z from 'zod';
import { personalDataIn } from './pii.ts';

/** The length is checked first, so that nobody can keep the patterns busy with a long text. */
const guarded = (plain: z.ZodString) =>
  plain
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')
    .superRefine((value, context) => {
      const kinds = personalDataIn(value);
      if (kinds.length > 0)
        context.addIssue({
          code: 'custom',
          message: `seems to hold personal data (${kinds.join(', ')})`,
          params: { personalData: kinds },
        });
    });

/**
 * Free text within the ledger. Refused when it seems to hold a person's identifier: the issue carries
 * `params.personalData`, its kinds, and never the value.
 */
export const text = (max: number) =>
  guarded(
    z
      .string()
      .min(1)
      .max(max, { abort: true })
      .regex(
        /^[^\s\p{Cc}](?:[^\p{Cc}]*[^\s\p{Cc}])?$/u,
        'must have no control characters, and no blank at either end',
      ),
  );

/** A name that people choose for something, of characters that need no escaping where it is used. */
export const chosenName = (max: number, pattern: RegExp, message: string) =>
  guarded(z.string().max(max, { abort: true }).regex(pattern, message));

const slug = (max: number) =>
  chosenName(
    max,
    /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/,
    'must be lower-case letters, digits, and dots and dashes between them',
  );

export const AgencyId = slug(40)
  .brand('AgencyId')
  .meta({
    id: 'AgencyId',
    description: 'The id under which an agency is registered',
    examples: ['hill-it-board'],
  });
export type AgencyId = z.infer<typeof AgencyId>;

export const AgreementId = slug(60)
  .brand('AgreementId')
  .meta({
    id: 'AgreementId',
    description: 'The id under which an agreement is registered, whatever its version',
    examples: ['agr-2024-03'],
  });
export type AgreementId = z.infer<typeof AgreementId>;

export const DatasetId = chosenName(
  80,
  /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/,
  'must be letters and digits, and . _ / - between them',
)
  .brand('DatasetId')
  .meta({
    id: 'DatasetId',
    description: "The provider's name of a dataset, the same for each extract of it",
    examples: ['subscriber-register'],
  });
export type DatasetId = z.infer<typeof DatasetId>;

const ENTRY = '6f1d2a9c04be4f7783d5e0a1b2c3d4e5';

/** 128 bits of SHA-256 over who submitted and under which idempotency key: see `entryIdOf`. */
export const EntryId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits')
  .brand('EntryId')
  .meta({
    id: 'EntryId',
    description: 'An entry of the ledger; follows from who submitted it under which Idempotency-Key',
    examples: [ENTRY],
  });
export type EntryId = z.infer<typeof EntryId>;

export const TransferId = z
  .string()
  .regex(/^tr-[0-9a-f]{32}$/, 'must be tr- and 32 lower-case hex digits')
  .brand('TransferId')
  .meta({
    id: 'TransferId',
    description: 'A transfer: the id of its first entry',
    examples: [`tr-${ENTRY}`],
  });
export type TransferId = z.infer<typeof TransferId>;

export const RequestId = z
  .string()
  .regex(/^rq-[0-9a-f]{32}$/, 'must be rq- and 32 lower-case hex digits')
  .brand('RequestId')
  .meta({
    id: 'RequestId',
    description: 'A request for data: the id of its first entry',
    examples: [`rq-${ENTRY}`],
  });
export type RequestId = z.infer<typeof RequestId>;

export const IncidentId = z
  .string()
  .regex(/^in-[0-9a-f]{32}$/, 'must be in- and 32 lower-case hex digits')
  .brand('IncidentId')
  .meta({
    id: 'IncidentId',
    description: 'An incident: the id of its first entry',
    examples: [`in-${ENTRY}`],
  });
export type IncidentId = z.infer<typeof IncidentId>;

export const TraceId = z
  .string()
  .regex(/^tc-[0-9a-f]{32}$/, 'must be tc- and 32 lower-case hex digits')
  .brand('TraceId')
  .meta({ id: 'TraceId', description: 'A trace: the id of its entry', examples: [`tc-${ENTRY}`] });
export type TraceId = z.infer<typeof TraceId>;

export const FrameId = z
  .string()
  .regex(/^fr-[0-9a-f]{32}$/, 'must be fr- and 32 lower-case hex digits')
  .brand('FrameId')
  .meta({ id: 'FrameId', description: 'A reference frame: the id of its entry', examples: [`fr-${ENTRY}`] });
export type FrameId = z.infer<typeof FrameId>;

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;
const AN_IDEMPOTENCY_KEY = 'must be 1 to 200 printable ASCII characters without blanks';

/** 1 to 200 printable ASCII characters, not stored (only its hash is) but where the append is signed. */
export const IdempotencyKey = z
  .string()
  .regex(IDEMPOTENCY_KEY, AN_IDEMPOTENCY_KEY)
  .meta({
    id: 'IdempotencyKey',
    description: 'Chosen by the client, once for each thing it wants recorded',
    examples: ['2024-03-10/despatch-117'],
  });
/** An {@link IdempotencyKey} that is stored, and so must not hold personal data. */
export const KeptIdempotencyKey = chosenName(200, IDEMPOTENCY_KEY, AN_IDEMPOTENCY_KEY);

/** A calendar day, `YYYY-MM-DD`, that exists. Days order as strings do. */
export const Day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a day, YYYY-MM-DD', abort: true })
  .refine((day) => z.regexes.date.test(day), 'is no day of the calendar')
  .brand('Day')
  .meta({
    id: 'Day',
    description: 'A calendar day that exists',
    format: 'date',
    examples: ['2022-03-31'],
  });
export type Day = z.infer<typeof Day>;

const MOMENT = z.regexes.datetime({ precision: 3 });

/** A moment in UTC with milliseconds, `YYYY-MM-DDThh:mm:ss.sssZ`. Moments order as strings do. */
export const Instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/, {
    error: 'must be a moment in UTC, YYYY-MM-DDThh:mm:ss.sssZ',
    abort: true,
  })
  .refine((instant) => MOMENT.test(instant), 'is no moment of the calendar')
  .brand('Instant')
  .meta({
    id: 'Instant',
    description: 'A moment in UTC, with milliseconds',
    format: 'date-time',
    examples: ['2026-01-31T09:30:00.000Z'],
  });
export type Instant = z.infer<typeof Instant>;

export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
  .brand('Sha256')
  .meta({
    id: 'Sha256',
    description: 'A SHA-256 digest in lower-case hex',
    examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  });
export type Sha256 = z.infer<typeof Sha256>;

export const Count = z.int().min(0).meta({ id: 'Count', description: 'How many' });

/** The day of a moment, in UTC. */
export const dayOf = (instant: Instant): Day => instant.slice(0, 10) as Day;

const FIRST_DAY = '0000-01-01' as Day;
const LAST_DAY = '9999-12-31' as Day;
/** More than there are; dates of more do not exist. */
const MOST_DAYS = 4_000_000;

/** The day `days` after `day` (before, when negative), as far as days have four digits for the year. */
export function addDays(day: Day, days: number): Day {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  const text = date.toISOString();
  // Years beyond are written with a sign.
  if (text.startsWith('+')) return LAST_DAY;
  return text.startsWith('-') ? FIRST_DAY : (text.slice(0, 10) as Day);
}

const duration = (pattern: RegExp, error: string) => z.string().max(20).regex(pattern, error);

/** An ISO 8601 duration in years, months, weeks or days. */
export const Duration = duration(
  /^P(?:\d+W|\d+Y(?:\d+M)?(?:\d+D)?|\d+M(?:\d+D)?|\d+D)$/,
  'must be an ISO 8601 duration in years, months, weeks or days',
);
/** A {@link Duration} of a day or more: of how often something takes place. */
export const Interval = duration(
  /^P(?=.*[1-9])(?:\d+W|\d+Y(?:\d+M)?(?:\d+D)?|\d+M(?:\d+D)?|\d+D)$/,
  'must be an ISO 8601 duration in years, months, weeks or days, of a day at least',
);

/** The day a {@link Duration} after `day`; a month that lacks the day ends with its last. */
export function addDuration(day: Day, duration: string): Day {
  const count = (unit: string) => Number(new RegExp(`(\\d+)${unit}`).exec(duration)?.[1] ?? 0);
  const months = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + count('Y') * 12 + count('M');
  if (months >= 10_000 * 12) return LAST_DAY;
  const lastOfMonth = new Date(0);
  lastOfMonth.setUTCFullYear(Math.floor(months / 12), (months % 12) + 1, 0);
  const inMonth = Math.min(Number(day.slice(8)), lastOfMonth.getUTCDate());
  const shifted = `${lastOfMonth.toISOString().slice(0, 8)}${String(inMonth).padStart(2, '0')}` as Day;
  return addDays(shifted, Math.min(count('W') * 7 + count('D'), MOST_DAYS));
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export const daysBetween = (from: Day, to: Day): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

/** An array whose members differ from each other (by their canonical form where they are objects). */
export const distinct = <T extends z.ZodType>(member: T, max: number) =>
  z
    .array(member)
    .min(1)
    .max(max)
    .superRefine((members, context) => {
      const seen = new Set<string>();
      members.forEach((value, i) => {
        const key = JSON.stringify(value);
        if (seen.has(key)) context.addIssue({ code: 'custom', path: [i], message: 'stands twice' });
        seen.add(key);
      });
    });
