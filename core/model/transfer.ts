import * as z from 'zod';
import { Suppression } from './publication.ts';
import {
  AgencyId,
  AgreementId,
  Count,
  DatasetId,
  Day,
  Duration,
  distinct,
  Interval,
  RequestId,
  Sha256,
  TransferId,
  text,
} from './scalars.ts';
import { Area, CanonicalField, DataCategory, LegalBasis, Purpose } from './vocabulary.ts';

const Party = z
  .strictObject({
    agencyId: AgencyId,
    unit: text(120).optional().describe('The part of the agency that gave or took the data'),
  })
  .meta({ id: 'Party', description: 'One side of a hand-over' });

const Custodian = z
  .strictObject({
    role: z.enum(['approver', 'sender', 'receiver', 'custodian', 'processor', 'data-protection-officer']),
    staffRef: text(60).describe('A staff reference of the agency; never a national id or a phone number'),
  })
  .meta({ id: 'Custodian', description: 'Who answered for the data, by a staff reference' });

/** One column handed over: its own name, what it is, and what was done to it on the way out. */
export const TransferField = z
  .strictObject({
    name: text(80).describe("The column's own name"),
    canonical: CanonicalField,
    category: DataCategory.optional(),
    sensitivity: z.enum(['public', 'internal', 'personal', 'special']),
    transform: z
      .enum(['identity', 'masked', 'tokenised', 'derived', 'aggregated'])
      .describe('What was done to it on the way out; `identity`: nothing'),
  })
  .meta({ id: 'TransferField', description: 'One column handed over' });
export type TransferField = z.infer<typeof TransferField>;

/** How an id is spelled in a file; two spellings of one id tell two extracts apart. */
export const ID_STYLES = [
  'plain',
  'dashed',
  'spaced',
  'e164',
  'international-00',
  'national',
  'numeric',
] as const;

/** How a file looks, as far as a leaked copy of it would still show. */
export const FileFormat = z
  .strictObject({
    headers: z
      .array(text(80))
      .min(1)
      .max(200)
      .optional()
      .describe('The column names as they stand in the file'),
    delimiter: z.enum([',', ';', '\t', '|', 'fixed-width', 'none']).optional(),
    encoding: z
      .enum(['utf-8', 'utf-8-bom', 'utf-16', 'windows-1252', 'windows-1256', 'iso-8859-1'])
      .optional(),
    idStyle: z
      .partialRecord(CanonicalField, z.enum(ID_STYLES))
      .optional()
      .describe('How the ids of a field are spelled; two spellings tell two extracts apart'),
  })
  .meta({
    id: 'FileFormat',
    description: 'How a file looks, as far as a leaked copy of it would still show',
  });
export type FileFormat = z.infer<typeof FileFormat>;

const ManifestFile = z
  .strictObject({
    file: text(200),
    rows: Count.optional(),
    bytes: Count.optional(),
    sha256: Sha256.optional(),
    digestUnknown: text(300).optional().describe('Why there is no digest'),
  })
  .refine((file) => (file.sha256 === undefined) !== (file.digestUnknown === undefined), {
    path: ['sha256'],
    message: 'needs either a digest or the reason why it is unknown',
  })
  .meta({
    id: 'ManifestFile',
    description: 'A file handed over, with its digest or the reason why that is unknown',
  });

/** The parts of a record that may be unknown when it is made after the fact; each gap is stated, never filled in. */
export const LACKABLE = [
  'agreement',
  'custodians',
  'purposes',
  'legalBases',
  'fields',
  'coverage',
  'snapshot',
  'volume',
  'manifest',
  'method',
  'encryption',
  'access',
  'retention',
  'disposal',
] as const;
export type LackablePart = (typeof LACKABLE)[number];

const Coverage = z
  .strictObject({
    areas: distinct(Area, 40),
    subjects: text(200).describe(
      'Whom the data is about, as a class: "prepaid subscribers"; the public register shows it',
    ),
    recordsFrom: Day.optional().describe('The day of the oldest record'),
    recordsTo: Day.optional().describe('The day of the newest record'),
  })
  .meta({ id: 'Coverage', description: 'Where and whom the data is about' });

const Retention = z
  .union([
    z.strictObject({ until: Day.describe('The last day of keeping') }).meta({ title: 'until a day' }),
    z
      .strictObject({
        period: Duration.meta({
          description: 'An ISO 8601 duration in years, months, weeks or days, counted from the trigger',
          examples: ['P5Y'],
        }),
        trigger: text(200).describe('What starts the period: "closure of the case"'),
        reviewBy: Day.describe('The day by which the end must be known: retention is never endless'),
      })
      .meta({ title: 'for a period' }),
  ])
  .meta({ id: 'Retention', description: 'How long the recipient may keep the data' });

const Evidence = z
  .strictObject({
    kind: z.enum(['register', 'letter', 'email', 'log', 'file', 'contract', 'interview', 'other']),
    description: text(500),
    reference: text(200).optional().describe('Where it is filed'),
    sha256: Sha256.optional(),
  })
  .meta({ id: 'Evidence', description: 'What a statement made after the fact rests on' });

/** Nothing of it is secret: which spelling a row has follows from the provider's key, which stays there. */
export const Marking = z
  .strictObject({
    scheme: z.literal('variants/1').describe('Which spellings are taken for equivalent'),
    label: z
      .string()
      .regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits')
      .describe('Tells this marking from others under the same key'),
    by: z.enum(['cnic', 'msisdn']).describe('Which id of a row decides, with the key, how it is spelled'),
    epoch: text(20),
    keyCheck: z
      .string()
      .regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits')
      .describe('Tells whether a key is the one that was used, and nothing else of it'),
    fields: distinct(CanonicalField, 10).describe('Fields whose spelling carries the mark'),
    omitted: z
      .number()
      .gt(0)
      .max(0.05)
      .optional()
      .describe('The share of rows that were left out, chosen by the key'),
  })
  .meta({
    id: 'Marking',
    description: 'How the copy handed over differs, in spelling only, from copies given to others',
  });
export type Marking = z.infer<typeof Marking>;

export const Canaries = z
  .strictObject({ count: z.int().min(1), sha256: Sha256 })
  .meta({ id: 'Canaries', description: 'How many invented records were planted, and a commitment to them' });
export type Canaries = z.infer<typeof Canaries>;

const lacking = z
  .array(z.strictObject({ part: z.enum(LACKABLE), reason: text(300) }))
  .min(1)
  .max(LACKABLE.length);

/**
 * One hand-over of a dataset from one agency to another: what `POST /v1/transfers` takes. What only the server
 * knows (id, sequence, recorded-at, principal, flags) is not part of it and cannot be sent.
 */
export const TransferRecord = z
  .strictObject({
    provider: Party,
    recipient: Party,
    custodians: z.array(Custodian).min(1).max(20).optional(),
    agreement: z
      .strictObject({ id: AgreementId, version: z.int().min(1), clause: text(60).optional() })
      .optional()
      .describe('What the hand-over rests on; outside its terms, an exception is needed'),
    exception: z
      .strictObject({ reason: text(500), approver: text(120) })
      .optional()
      .describe('Why data was handed over outside its agreement or grant, and who allowed it'),
    requestId: RequestId.optional().describe(
      'The request that it answers; beyond what was granted, an exception is needed',
    ),
    purposes: distinct(Purpose, 20).optional(),
    legalBases: distinct(LegalBasis, 10).optional(),
    purposeText: text(500).optional().describe('The purpose in words of its own'),
    dataset: z.strictObject({
      id: DatasetId,
      version: text(40).optional(),
      title: text(200).describe('What the data is; the public register shows it'),
      sourceSystem: text(120).optional(),
    }),
    originTransferIds: distinct(TransferId, 20)
      .optional()
      .describe('By which transfers the provider itself received this data: onward sharing'),
    fields: distinct(TransferField, 200).optional(),
    coverage: Coverage.optional(),
    snapshot: z
      .strictObject({ from: Day, to: Day })
      .optional()
      .describe('The days whose state of the source the data shows'),
    volume: z
      .strictObject({
        rows: Count,
        subjects: Count.optional().describe('How many people it is about'),
        bytes: Count.optional(),
        exact: z.boolean().describe('Whether these were counted, not estimated'),
      })
      .optional(),
    manifest: z.array(ManifestFile).min(1).max(100).optional(),
    format: FileFormat.optional(),
    handedOver: z
      .strictObject({ earliest: Day, latest: Day })
      .describe('The days between which it took place; one day twice where that is known'),
    method: z
      .enum(['sftp', 'https', 'email', 'physical-media', 'api', 'database-link', 'portal', 'x-road', 'other'])
      .optional(),
    encryption: z.enum(['none', 'transport', 'at-rest', 'transport-and-at-rest', 'end-to-end']).optional(),
    access: z
      .enum(['bulk', 'api-query', 'standing-access', 'view'])
      .optional()
      .describe('Whether a copy was handed over, or the recipient could ask for single records'),
    retention: Retention.optional(),
    disposal: z.enum(['delete', 'erase', 'destruct', 'return']).optional(),
    attestEvery: Interval.optional().meta({
      description:
        'How often the recipient has to attest that it still holds the data: an ISO 8601 duration from the hand-over, and then from the last attestation',
      examples: ['P6M'],
    }),
    onward: z
      .strictObject({ allowed: z.boolean(), conditions: text(500).optional() })
      .default({ allowed: false })
      .describe('Whether the recipient may hand the data on'),
    assertion: z
      .enum(['contemporaneous', 'retrospective', 'recipient-declared', 'inferred'])
      .describe('How the ledger came to know; anything but `contemporaneous` needs confidence and evidence'),
    confidence: z.enum(['low', 'moderate', 'high']).optional(),
    evidence: z.array(Evidence).min(1).max(20).optional(),
    suppression: Suppression.optional().describe(
      'Keeps it out of the public register from the first: why, and until when',
    ),
    lacking: lacking
      .optional()
      .describe('The required parts that are not known, and why; only in a record made after the fact'),
    fingerprint: z
      .strictObject({
        sha256: Sha256,
        rows: Count,
        fieldSets: distinct(text(80), 40),
        epoch: text(20),
      })
      .optional()
      .describe('Commits to the fingerprint file of this hand-over, which is kept beside the ledger'),
    marking: Marking.optional(),
    canaries: Canaries.optional().describe(
      'Commits to the invented records planted in this hand-over, which are kept beside the ledger',
    ),
  })
  .superRefine((record, context) => {
    const fault = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });

    if (record.provider.agencyId === record.recipient.agencyId)
      fault(['recipient', 'agencyId'], 'must not be the provider');

    const { handedOver, snapshot, coverage, retention } = record;
    if (handedOver.earliest > handedOver.latest)
      fault(['handedOver', 'latest'], 'must not be before earliest');
    if (snapshot && snapshot.from > snapshot.to) fault(['snapshot', 'to'], 'must not be before from');
    if (snapshot && snapshot.to > handedOver.latest)
      fault(['snapshot', 'to'], 'must not be after the last day of hand-over');
    if (coverage?.recordsFrom && coverage.recordsTo && coverage.recordsFrom > coverage.recordsTo)
      fault(['coverage', 'recordsTo'], 'must not be before recordsFrom');
    if (retention && 'until' in retention && retention.until < handedOver.earliest)
      fault(['retention', 'until'], 'must not be before the hand-over');
    if (retention && 'reviewBy' in retention && retention.reviewBy < handedOver.earliest)
      fault(['retention', 'reviewBy'], 'must not be before the hand-over');

    const contemporaneous = record.assertion === 'contemporaneous';
    if (!contemporaneous && !record.evidence)
      fault(['evidence'], 'is needed for anything but a contemporaneous record');
    if (!contemporaneous && !record.confidence)
      fault(['confidence'], 'is needed for anything but a contemporaneous record');

    const lackingParts = new Set(record.lacking?.map(({ part }) => part));
    if (contemporaneous && record.lacking) fault(['lacking'], 'has no place in a contemporaneous record');
    for (const part of LACKABLE) {
      const present = record[part] !== undefined;
      // An agreement may also be absent because an exception stands in for it.
      if (part === 'agreement' && !present && record.exception) continue;
      if (present && lackingParts.has(part)) fault([part], 'is given, and also said to be lacking');
      if (!present && !lackingParts.has(part))
        fault(
          [part],
          contemporaneous ? 'is required' : 'is required, or must be named in lacking with a reason',
        );
    }
    if (lackingParts.size !== (record.lacking?.length ?? 0)) fault(['lacking'], 'names a part twice');
  })
  .meta({
    id: 'TransferRecord',
    outputId: 'RecordedTransfer',
    description:
      'One hand-over of a dataset from one agency to another. A contemporaneous record has every part from `custodians` to `disposal`; a later one names what it lacks.',
  });
export type TransferRecord = z.infer<typeof TransferRecord>;

/** The day on which the recipient's holding falls due, before any extension; unknown when the record lacks it. */
export function retentionEnd(record: TransferRecord): Day | undefined {
  const { retention } = record;
  if (!retention) return undefined;
  return 'until' in retention ? retention.until : retention.reviewBy;
}

/** The distinct canonical fields handed over, in the order of the record. */
export const canonicalFields = (record: TransferRecord): CanonicalField[] => [
  ...new Set(record.fields?.map((field) => field.canonical)),
];
