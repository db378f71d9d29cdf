import * as z from 'zod';
import { AgencyId, AgreementId, DatasetId, Day, distinct, text } from './scalars.ts';
import { TransferRecord } from './transfer.ts';
import { Area, CanonicalField, LegalBasis, Purpose } from './vocabulary.ts';

const occurredOn = Day.describe('The day on which it took place; not after the day on which it is recorded');
const reason = text(500);
const fields = distinct(CanonicalField, 60);
const areas = distinct(Area, 40);

/** One agency asks another for data: what `POST /v1/requests` takes. */
export const DataRequest = z
  .strictObject({
    provider: AgencyId.describe('Who is asked'),
    recipient: AgencyId.describe('Who asks, and would receive the data'),
    requestedOn: Day,
    answerBy: Day.optional().describe(
      'By when an answer is asked for; thirty days after the request when left out',
    ),
    reference: text(200).optional().describe('Of the letter or form by which it was asked'),
    title: text(200).describe('What is asked for'),
    dataset: DatasetId.optional().describe('Which dataset, where the provider has a name for it'),
    agreement: z
      .strictObject({ id: AgreementId, version: z.int().min(1) })
      .optional()
      .describe('What the request rests on'),
    purposes: distinct(Purpose, 20),
    legalBases: distinct(LegalBasis, 10),
    purposeText: text(500).optional().describe('The purpose in words of its own'),
    fields: fields.describe('What the data is to hold'),
    areas: areas.describe('Where the people in it live'),
    subjects: text(200).optional().describe('Whom the data is to be about, as a class'),
    access: TransferRecord.shape.access,
    keepUntil: Day.optional().describe('The last day on which it would be kept'),
  })
  .superRefine(({ provider, recipient, requestedOn, answerBy, keepUntil }, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (provider === recipient) fault('recipient', 'must not be the provider');
    if (answerBy && answerBy < requestedOn) fault('answerBy', 'must not be before requestedOn');
    if (keepUntil && keepUntil < requestedOn) fault('keepUntil', 'must not be before requestedOn');
  })
  .meta({
    id: 'DataRequest',
    outputId: 'RequestedData',
    description: 'One agency asks another for data, before anything is handed over',
  });
export type DataRequest = z.infer<typeof DataRequest>;

/** Why a provider hands nothing over. */
export const REFUSAL_GROUNDS = [
  'no-legal-basis',
  'purpose-incompatible',
  'excessive',
  'no-agreement',
  'safeguards-insufficient',
  'not-held',
  'restricted-by-law',
  'other',
] as const;

/** The bodies of the events that follow a request. */
export const DATA_REQUEST_EVENTS = {
  'request-granted': z
    .strictObject({
      occurredOn,
      until: Day.describe('The last day on which data may be handed over upon it'),
      fields: fields.optional().describe('Which of the fields asked for; all when left out'),
      areas: areas.optional().describe('Which of the areas asked for; all when left out'),
      approver: text(120),
      conditions: text(500).optional(),
    })
    .superRefine(({ occurredOn: from, until }, context) => {
      if (until < from)
        context.addIssue({ code: 'custom', path: ['until'], message: 'must not be before occurredOn' });
    })
    .describe('The provider will hand the data over, all of it or a part'),
  'request-refused': z
    .strictObject({ occurredOn, ground: z.enum(REFUSAL_GROUNDS), reason })
    .describe('The provider will not hand the data over'),
  'request-withdrawn': z.strictObject({ occurredOn, reason }).describe('The data is not asked for any more'),
  'grant-revoked': z
    .strictObject({ occurredOn, reason })
    .describe('Nothing more may be handed over upon the request; what was, stays subject to its own terms'),
} as const;
export type DataRequestEventKind = keyof typeof DATA_REQUEST_EVENTS;
export type DataRequestEventBody<K extends DataRequestEventKind> = z.infer<(typeof DATA_REQUEST_EVENTS)[K]>;
