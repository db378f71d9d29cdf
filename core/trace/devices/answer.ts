import * as z from 'zod';
import { AgencyId, Sha256, TransferId } from '../../model/scalars.ts';
import { CanonicalField } from '../../model/vocabulary.ts';
import { BEARINGS } from '../codes.ts';
import { Verbal } from '../sample/attribution.ts';

const Nat = z.int().min(0);
const Log10Lr = z
  .number()
  .describe(
    'log10 of how many times more probable the finding is if rows come from this copy than if none do',
  );

const OF_TRANSFER = {
  transferId: TransferId,
  provider: AgencyId,
  recipient: AgencyId,
  log10Lr: Log10Lr,
  // Answers that were kept before ratios were put into words have neither, and are read all the same.
  verbal: Verbal.optional(),
  sentence: z.string().optional(),
  bearing: z.enum(BEARINGS),
  detail: z.string(),
};

const FoundCanaries = z
  .strictObject({
    ...OF_TRANSFER,
    sha256: Sha256.describe('What the record commits to'),
    planted: Nat,
    found: Nat,
    inRows: Nat,
    expected: z.number().min(0).describe('Rows with one, if all rows of the leak were drawn from this copy'),
  })
  .meta({ id: 'FoundCanaries', description: 'Planted records of a transfer in a leak' });

const ScoredMarks = z
  .strictObject({
    ...OF_TRANSFER,
    label: z.string(),
    fields: z.array(z.strictObject({ field: CanonicalField, read: Nat, agreeing: Nat, log10Lr: z.number() })),
    omission: z.strictObject({ rows: Nat, contradicting: Nat, log10Lr: z.number() }).optional(),
  })
  .meta({ id: 'ScoredMarks', description: 'How far the spelling of a leak is that of a marked copy' });

/** What planted records and marked spellings say, by transfer; counted where the keys are, and weighed here. */
export const DevicesAnswer = z
  .strictObject({
    method: z.strictObject({
      name: z.literal('tracing-by-devices'),
      version: z.int().min(1),
      rules: z.array(z.string()),
    }),
    fileSha256: Sha256,
    rows: Nat,
    canaries: z.array(FoundCanaries).describe('The strongest first'),
    marks: z.array(ScoredMarks).describe('The strongest first'),
    unknown: z
      .strictObject({ canaries: Nat, marks: Nat })
      .describe('Lists and labels that no recorded transfer has'),
    notSought: z
      .strictObject({ canaries: Nat, marks: Nat })
      .describe('Transfers with planted records, and with marks, that nobody looked for'),
    summary: z.array(z.string()),
  })
  .meta({ id: 'TraceDevices', description: 'What planted records and marked spellings say' });
export type DevicesAnswer = z.infer<typeof DevicesAnswer>;
