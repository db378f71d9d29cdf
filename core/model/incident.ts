import * as z from 'zod';
import { Count, Day, distinct, IncidentId, Sha256, TransferId, text } from './scalars.ts';
import { FileFormat } from './transfer.ts';
import { Area, CanonicalField } from './vocabulary.ts';

/** A leak under investigation: what `POST /v1/incidents` takes. */
export const IncidentRecord = z
  .strictObject({
    caseReference: text(120).describe('The reference of the authority under which the ledger is asked'),
    title: text(200),
    authority: text(200),
    discoveredOn: Day,
    summary: text(500).optional(),
    follows: IncidentId.optional().describe(
      'The closed incident that this one goes on with: none is opened again',
    ),
  })
  .meta({ id: 'IncidentRecord', description: 'A leak under investigation' });
export type IncidentRecord = z.infer<typeof IncidentRecord>;

/** The bodies of the events that follow an opened incident and that a person sends; `trace-run` is the ledger's own. */
export const INCIDENT_EVENTS = {
  'finding-recorded': z
    .strictObject({
      occurredOn: Day,
      finding: text(500),
      transferIds: distinct(TransferId, 50).optional(),
    })
    .describe('What the investigation found'),
  'trace-approved': z
    .strictObject({
      occurredOn: Day,
      sampleSha256: Sha256,
      reason: text(500).describe('Why these rows may be compared with what was handed over'),
    })
    .describe('A second person approves that a sample of the leak is compared with all hand-overs'),
  'incident-closed': z
    .strictObject({ occurredOn: Day, outcome: text(500) })
    .describe('The investigation ended; no trace can be run under it any more'),
} as const;

/** The most lists or marked copies that a trace is told of: an entry of the ledger has to hold them. */
export const MOST_DEVICES = 80;

/**
 * What whoever has the keys found of planted records and marked spellings in a leak: counts, which another expert with
 * list and key finds again in the same file.
 */
export const LeakDevices = z
  .strictObject({
    fileSha256: Sha256.describe('The file in which was looked'),
    rows: z.int().min(1).describe('Rows of it that could be read'),
    canaries: z
      .array(
        z.strictObject({
          sha256: Sha256.describe('Commits to the list, as the record of its transfer does'),
          planted: z.int().min(1),
          among: z.int().min(1).describe('Rows of the dataset that was handed over, planted ones included'),
          found: Count.describe('Different planted records'),
          inRows: Count.describe('Rows in which they stand'),
        }),
      )
      .max(MOST_DEVICES)
      .optional(),
    marks: z
      .array(
        z.strictObject({
          label: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits'),
          fields: z
            .array(z.strictObject({ field: CanonicalField, read: Count, agreeing: Count }))
            .max(10)
            .describe('Cells whose spelling says a bit, and how many say that of this copy'),
          omission: z
            .strictObject({ rows: Count, contradicting: Count })
            .optional()
            .describe('Rows with an id, and those of them that this copy left out'),
        }),
      )
      .max(MOST_DEVICES)
      .optional()
      .describe('By the label of the marking in the record of its transfer'),
  })
  .superRefine(({ canaries = [], marks = [], rows }, context) => {
    const fault = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    canaries.forEach(({ planted, among, found, inRows }, at) => {
      if (planted > among)
        fault(['canaries', at, 'planted'], 'must not be more than the rows of the dataset');
      if (found > planted) fault(['canaries', at, 'found'], 'must not be more than were planted');
      if (inRows < found || inRows > rows) fault(['canaries', at, 'inRows'], 'must be from found to rows');
    });
    marks.forEach(({ fields, omission }, at) => {
      fields.forEach(({ read, agreeing }, field) => {
        if (agreeing > read || read > rows)
          fault(['marks', at, 'fields', field], 'must not be more than the rows that were read');
      });
      if (omission && (omission.contradicting > omission.rows || omission.rows > rows))
        fault(['marks', at, 'omission'], 'must not be more than the rows that were read');
    });
  })
  .meta({ id: 'LeakDevices', description: 'Planted records and marked spellings that were found in a leak' });
export type LeakDevices = z.infer<typeof LeakDevices>;

/** What is known of a leak without its rows: what `POST /v1/incidents/{incidentId}/traces` takes. */
export const LeakDescription = z
  .strictObject({
    fields: distinct(CanonicalField, 60).describe('What the leaked records hold'),
    areas: distinct(Area, 40).optional().describe('Where the people in it live; left out when not known'),
    vintage: z
      .strictObject({ from: Day.optional(), to: Day.optional() })
      .optional()
      .describe('The newest fact seen is from this day or later, and facts after the last day are absent'),
    seenOn: Day.describe('The day on which the leak was first seen'),
    rows: z
      .strictObject({ count: Count, exact: z.boolean() })
      .optional()
      .describe('How many records it holds'),
    files: z
      .array(z.strictObject({ sha256: Sha256, rows: Count.optional() }))
      .min(1)
      .max(100)
      .optional()
      .describe('Files of the leak, by digest'),
    format: FileFormat.optional(),
    sample: z
      .strictObject({ sha256: Sha256 })
      .optional()
      .describe('Keyed values of leaked rows, uploaded before and approved by a second auditor'),
    devices: LeakDevices.optional(),
    note: text(500).optional(),
  })
  .superRefine((leak, context) => {
    const { vintage, seenOn } = leak;
    if (vintage?.from && vintage.to && vintage.from > vintage.to)
      context.addIssue({ code: 'custom', path: ['vintage', 'to'], message: 'must not be before from' });
    if (vintage?.from && vintage.from > seenOn)
      context.addIssue({ code: 'custom', path: ['vintage', 'from'], message: 'must not be after seenOn' });
  })
  .meta({ id: 'LeakDescription', description: 'What is known of a leak, without its rows' });
export type LeakDescription = z.infer<typeof LeakDescription>;
