import * as z from 'zod';
import { AgencyId, Day, FrameId, Sha256, TransferId } from '../../model/scalars.ts';
import { AttributionAnswer } from './attribution.ts';

const Nat = z.int().min(0);
const Share = z.number().min(0).max(1);
/** What single persons could be told by is not told: see `rounded`. */
const RoundedCount = Nat.describe('To the nearest ten; 0 stands for fewer than ten');

/** Why the rows of a leak were not compared with a transfer; it is judged by the description alone. */
export const NOT_COMPARED = {
  'no-fingerprint': 'Its record commits to no fingerprint file',
  'file-absent': 'Its fingerprint file was never brought',
  'file-unsound': 'Its fingerprint file is not the one that its record commits to',
  'no-common-fields': 'Its fingerprints are of other fields than were brought',
  'other-key': 'Nothing was brought under the keys of its provider and epoch',
} as const;
export type NotCompared = keyof typeof NOT_COMPARED;

export const Found = z.strictObject({
  set: z.string().describe('The fields that were compared together'),
  tested: RoundedCount.describe('Different values of them in the sample'),
  found: RoundedCount.describe(
    'Of these, how many were handed over, false positives of the filter taken off',
  ),
  share: Share,
  interval: z.strictObject({ from: Share, to: Share }).describe('95 % (Wilson)'),
});
export type Found = z.infer<typeof Found>;

/** Rows by whether their number and their id were handed over, and together: a row of strangers was joined wrongly. */
export const Pairs = z
  .strictObject({
    together: RoundedCount,
    apart: RoundedCount.describe(
      'Both, but never as one row: joined by whoever compiled the leak, or corrupted',
    ),
    numberOnly: RoundedCount,
    idOnly: RoundedCount,
    neither: RoundedCount,
  })
  .meta({
    id: 'TracedPairs',
    description: 'Rows by whether their number and id were handed over, and together',
  });
export type Pairs = z.infer<typeof Pairs>;

const ComparedWith = {
  fileSha256: Sha256,
  epoch: z.string(),
  stateOf: Day.describe('The day whose state the file shows'),
  rows: Nat.describe('Rows of the file'),
  found: z.array(Found).describe('By fields; none of it says by itself that rows came from here'),
  pairs: Pairs.optional(),
};

export const Concerned = z
  .strictObject({
    by: z
      .enum(['cnic', 'msisdn'])
      .describe('Told by their ids, or by their numbers where the file has no ids'),
    atLeast: RoundedCount.describe('Of the rows that leaked'),
    atMost: Nat.describe('Everybody in the file'),
  })
  .meta({
    id: 'PeopleConcerned',
    description:
      'How many people are concerned if the leak came from this transfer; rows that nobody has seen may be more than those that leaked',
  });
export type Concerned = z.infer<typeof Concerned>;

export const ComparedTransfer = z
  .strictObject({
    transferId: TransferId,
    provider: AgencyId,
    recipient: AgencyId,
    ...ComparedWith,
    concerned: Concerned.optional(),
  })
  .meta({
    id: 'ComparedTransfer',
    description: 'A transfer with whose fingerprints the sample was compared',
  });
export type ComparedTransfer = z.infer<typeof ComparedTransfer>;

const ComparedFrame = z
  .strictObject({ frameId: FrameId, holder: AgencyId, ...ComparedWith })
  .meta({ id: 'ComparedFrame', description: 'A reference frame with which the sample was compared' });

/** What the rows themselves say, beside what the description does. */
export const ContentAnswer = z
  .strictObject({
    method: z.strictObject({
      name: z.literal('tracing-by-content'),
      version: z.int().min(1),
      normalisation: z.string(),
      prf: z.string(),
      filter: z.string(),
      falsePositives: z.number(),
      minimumRows: Nat,
      rules: z.array(z.string()),
    }),
    sample: z.strictObject({
      sha256: Sha256,
      rows: RoundedCount,
      keys: z.array(z.strictObject({ provider: AgencyId, epoch: z.string(), keyCheck: z.string() })),
    }),
    transfers: z.array(ComparedTransfer).describe('Those of which most was found first'),
    frames: z.array(ComparedFrame).describe('By the day of their state'),
    notCompared: z
      .array(
        z.strictObject({
          transferId: TransferId,
          code: z.enum(Object.keys(NOT_COMPARED) as [NotCompared]),
          detail: z.string(),
        }),
      )
      .describe('Transfers that are judged by the description alone'),
    framesNotCompared: z.array(
      z.strictObject({
        frameId: FrameId,
        code: z.enum(Object.keys(NOT_COMPARED) as [NotCompared]),
        detail: z.string(),
      }),
    ),
    attributions: z.array(AttributionAnswer).describe('By provider, of which any transfer could be weighed'),
    summary: z.array(z.string()),
  })
  .meta({
    id: 'TraceContent',
    description: 'What the rows of the leak say, beside what its description does',
  });
export type ContentAnswer = z.infer<typeof ContentAnswer>;
