import * as z from 'zod';
import { REQUEST_STATES } from '../lifecycle/data-request.ts';
import { OBLIGATION_KINDS } from '../lifecycle/obligations.ts';
import { FLAG_CODES } from '../model/entry.ts';
import {
  AgencyId,
  DatasetId,
  Day,
  IncidentId,
  Instant,
  RequestId,
  TransferId,
  text,
} from '../model/scalars.ts';
import { Area, CanonicalField, Purpose } from '../model/vocabulary.ts';
import { StateFilter } from './answers.ts';

/** The query parameters of the operations that take several. */
const limit = z.coerce
  .number<number>()
  .int()
  .min(1)
  .max(200)
  .default(50)
  .describe('The most items of a page');
const cursor = z
  .string()
  .max(2000)
  .optional()
  .describe('`nextCursor` of the page before, with the same query');
export const page = { limit, cursor };
export const asOf = {
  validAt: Day.optional().describe('What was so on this day'),
  knownAt: z
    .union([Day, Instant])
    .optional()
    .describe('What the ledger had recorded by then; a day counts whole'),
};
export const AsOf = z.strictObject(asOf);
export type AsOf = z.infer<typeof AsOf>;
export const PageAsOf = z.strictObject({ ...asOf, ...page });

export const TransferQuery = z.strictObject({
  recipient: AgencyId.optional().describe('Who got the data'),
  provider: AgencyId.optional().describe('Who gave it'),
  dataset: DatasetId.optional().describe('Of which dataset'),
  request: RequestId.optional().describe('The request that they answer'),
  field: z
    .array(CanonicalField)
    .min(1)
    .max(20)
    .optional()
    .describe('What the data held; may be repeated, or given once with commas'),
  match: z.enum(['all', 'any']).default('all').describe('Whether every field, or any of them, must be held'),
  purpose: Purpose.optional().describe('One of the purposes of the hand-over'),
  area: Area.optional().describe('Transfers that cover any of this area; a country stands for its provinces'),
  snapshotFrom: Day.optional().describe('The snapshot ends on this day or later'),
  snapshotTo: Day.optional().describe('The snapshot begins on this day or earlier'),
  state: StateFilter.optional().describe('How it stands, on the day that is asked'),
  flag: z
    .array(z.enum(FLAG_CODES))
    .min(1)
    .max(FLAG_CODES.length)
    .optional()
    .describe(
      'What was remarked on its record or on its events that stand; any of several, repeated or with commas',
    ),
  q: text(100)
    .refine((words) => /[\p{L}\p{N}]/u.test(words), 'must hold a word')
    .optional()
    .describe('Words that must all occur in dataset, purpose text, agreement or evidence'),
  ...asOf,
  ...page,
});
export type TransferQuery = z.infer<typeof TransferQuery>;

export const DataRequestQuery = z.strictObject({
  agency: AgencyId.optional().describe('Who asks or is asked; an agency is only told of its own'),
  state: z.enum(REQUEST_STATES).optional().describe('How it stands; pages may be short of others'),
  ...asOf,
  ...page,
});
export type DataRequestQuery = z.infer<typeof DataRequestQuery>;

export const ObligationQuery = z.strictObject({
  dueBefore: Day.optional().describe('Due before this day; the day that is asked when left out'),
  agency: AgencyId.optional().describe('Who owes it; an agency is only told what it owes itself'),
  kind: z
    .array(z.enum(OBLIGATION_KINDS))
    .min(1)
    .max(OBLIGATION_KINDS.length)
    .optional()
    .describe('What is owed; any of several, repeated or with commas'),
  ...asOf,
  ...page,
});

export const AccessQuery = z.strictObject({
  incidentId: IncidentId.optional().describe('Under which incident it was asked, or which was read'),
  sub: text(120).optional().describe('Who asked, by the subject of the token'),
  agency: AgencyId.optional().describe('For which agency'),
  operation: z
    .string()
    .regex(/^[A-Za-z]{1,60}$/)
    .optional()
    .describe('What was called, by its `operationId`'),
  transferId: TransferId.optional().describe('Which transfer was read by its id'),
  state: z
    .enum(['logged', 'waiting'])
    .optional()
    .describe('Only reads that are in an entry, or only those that wait for one'),
  from: z.union([Day, Instant]).optional().describe('At this time or later'),
  to: z.union([Day, Instant]).optional().describe('Before this time; a day counts whole'),
  ...page,
});
export type AccessQuery = z.infer<typeof AccessQuery>;

export const LineageQuery = z.strictObject({
  direction: z
    .enum(['upstream', 'downstream'])
    .default('downstream')
    .describe('To where the data came from, or to where it went'),
  ...asOf,
});
