import * as z from 'zod';
import {
  AgencyId,
  AgreementId,
  Count,
  DatasetId,
  Day,
  distinct,
  Sha256,
  TransferId,
  text,
} from './scalars.ts';
import { Area, CanonicalField, DataCategory, LegalBasis, Purpose } from './vocabulary.ts';

const Party = z.strictObject({ agencyId: AgencyId, unit: text(120).optional() }).meta({ id: 'Party' });

const Custodian = z
  .strictObject({
    role: z.enum(['approver', 'sender', 'receiver', 'custodian', 'processor', 'data-protection-officer']),
    staffRef: text(60).describe('A staff reference of the agency; never a national id or a phone number'),
  })
  .meta({ id: 'Custodian' });

/** One column handed over: its own name, what it is, and what was done to it on the way out. */
export const TransferField = z
  .strictObject({
    name: text(80),
    canonical: CanonicalField,
    category: DataCategory.optional(),
    sensitivity: z.enum(['public', 'internal', 'personal', 'special']),
    transform: z.enum(['identity', 'masked', 'tokenised', 'derived', 'aggregated']),
  })
  .meta({ id: 'TransferField' });
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
    headers: z.array(text(80)).min(1).max(200).optional(),
    delimiter: z.enum([',', ';', '\t', '|', 'fixed-width', 'none']).optional(),
    encoding: z
      .enum(['utf-8', 'utf-8-bom', 'utf-16', 'windows-1252', 'windows-1256', 'iso-8859-1'])
      .optional(),
    idStyle: z.partialRecord(CanonicalField, z.enum(ID_STYLES)).optional(),
  })
  .meta({ id: 'FileFormat' });
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
  .meta({ id: 'ManifestFile' });

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
    subjects: text(200).describe('Whom the data is about, as a class: "prepaid subscribers"'),
    recordsFrom: Day.optional(),
    recordsTo: Day.optional(),
  })
  .meta({ id: 'Coverage' });

const Retention = z
  .union([
    z.strictObject({ until: Day }),
    z.strictObject({
      period: z.iso.duration().describe('ISO 8601, counted from the trigger'),
      trigger: text(200),
      reviewBy: Day.describe('The day by which the end must be known: retention is never endless'),
    }),
  ])
  .meta({ id: 'Retention' });

const Evidence = z
  .strictObject({
    kind: z.enum(['register', 'letter', 'email', 'log', 'file', 'contract', 'interview', 'other']),
    description: text(500),
    reference: text(200).optional(),
    sha256: Sha256.optional(),
  })
  .meta({ id: 'Evidence' });

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
      .optional(),
    exception: z
      .strictObject({ reason: text(500), approver: text(120) })
      .optional()
      .describe('Why data was handed over outside its agreement, and who allowed it'),
    purposes: distinct(Purpose, 20).optional(),
    legalBases: distinct(LegalBasis, 10).optional(),
    purposeText: text(500).optional(),
    dataset: z.strictObject({
      id: DatasetId,
      version: text(40).optional(),
      title: text(200),
      sourceSystem: text(120).optional(),
    }),
    originTransferIds: distinct(TransferId, 20).optional(),
    fields: distinct(TransferField, 200).optional(),
    coverage: Coverage.optional(),
    snapshot: z
      .strictObject({ from: Day, to: Day })
      .optional()
      .describe('The days whose state of the source the data shows'),
    volume: z
      .strictObject({ rows: Count, subjects: Count.optional(), bytes: Count.optional(), exact: z.boolean() })
      .optional(),
    manifest: z.array(ManifestFile).min(1).max(100).optional(),
    format: FileFormat.optional(),
    handedOver: z.strictObject({ earliest: Day, latest: Day }),
    method: z
      .enum(['sftp', 'https', 'email', 'physical-media', 'api', 'database-link', 'portal', 'x-road', 'other'])
      .optional(),
    encryption: z.enum(['none', 'transport', 'at-rest', 'transport-and-at-rest', 'end-to-end']).optional(),
    access: z.enum(['bulk', 'api-query', 'standing-access', 'view']).optional(),
    retention: Retention.optional(),
    disposal: z.enum(['delete', 'erase', 'destruct', 'return']).optional(),
    onward: z
      .strictObject({ allowed: z.boolean(), conditions: text(500).optional() })
      .default({ allowed: false }),
    assertion: z.enum(['contemporaneous', 'retrospective', 'recipient-declared', 'inferred']),
    confidence: z.enum(['low', 'moderate', 'high']).optional(),
    evidence: z.array(Evidence).min(1).max(20).optional(),
    lacking: lacking.optional(),
    fingerprint: z
      .strictObject({
        sha256: Sha256,
        rows: Count,
        fieldSets: distinct(text(80), 40),
        epoch: text(20),
      })
      .optional(),
    canaries: z.strictObject({ count: z.int().min(1), sha256: Sha256 }).optional(),
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
  .meta({ id: 'TransferRecord' });
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
