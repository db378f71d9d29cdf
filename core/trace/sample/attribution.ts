import * as z from 'zod';
import { STRENGTHS } from '../../attribution/verbal.ts';
import { AgencyId, Day, Sha256, TransferId } from '../../model/scalars.ts';

const Nat = z.int().min(0);
const Share = z.number().min(0).max(1);
/** Three decimals of a share, two of a logarithm: no more is known. */
const ShareInterval = z
  .strictObject({ value: Share, from: Share, to: Share })
  .meta({ id: 'ShareInterval', description: 'A share of the rows, with its 95 % interval' });

/** A likelihood ratio in words. */
export const Verbal = z.strictObject({
  supports: z.enum(['contributed', 'did-not', 'neither']),
  strength: z.enum(STRENGTHS).describe('ENFSI Guideline for Evaluative Reporting, 2015'),
});

export const RankedTransfer = z
  .strictObject({
    transferId: TransferId,
    recipient: AgencyId,
    log10Ratio: z
      .number()
      .describe(
        'The logarithm of how many times more probable the rows are if it contributed than if it did not',
      ),
    verbal: Verbal,
    sentence: z.string(),
    inclusion: Share.describe('Its probability of being among the sources, under the priors of the method'),
    credible: z.boolean().describe('In the credible set'),
    share: ShareInterval.optional().describe('Of the rows, where the best explanation has it'),
    for: z.array(z.string()),
    against: z.array(z.string()),
  })
  .meta({ id: 'RankedTransfer', description: 'What the rows say of one transfer' });
export type RankedTransfer = z.infer<typeof RankedTransfer>;

const Combination = z.strictObject({
  transfers: z
    .array(TransferId)
    .describe('Of several of one extract the first. None: no recorded transfer is among the sources'),
  unrecorded: z.boolean().describe('Together with a copy that nobody recorded'),
  probability: Share,
});

export const EQUALS = {
  'same-extract':
    'They hold the same rows. No sample of their content tells them apart: only formatting variants or planted records that were given to each of them, or where and how the leak was found.',
  'same-rows':
    'Each row of the leak is in both or in neither. More rows of the leak would tell them apart, where they differ.',
  'cut-down':
    'One of them, cut down to a part, holds about what the other does. Rows of the leak beyond that part would tell them apart, or how it was cut.',
  near: 'They differ, and the leak has too few of the rows that tell them apart. More rows of it would.',
} as const;

const EqualTransfers = z.strictObject({
  transfers: z.tuple([TransferId, TransferId]),
  kind: z.enum(Object.keys(EQUALS) as [keyof typeof EQUALS]),
  ratio: z.number().describe('How many times as probable the rows are under the first'),
  differ: Share.optional().describe('Of the rows that either may have given, the share that the other lacks'),
  wouldSeparate: z.string(),
});

const Vintage = z
  .strictObject({
    day: Day.describe('The mean day of the state that leaked, by the shares of its sources'),
    from: Day,
    to: Day,
    after: Day.optional().describe('Some rows came up after this day'),
    before: Day.optional().describe('Some rows were gone by this day'),
    biased: z
      .boolean()
      .describe(
        'Rows were taken by age: then it is the day when they were last known, which may be a year off',
      ),
  })
  .meta({ id: 'LeakVintage', description: 'How old what leaked is, with its 95 % interval' });

/** What the rows say of the transfers of one provider, weighed against each other and against copies nobody recorded. */
export const AttributionAnswer = z
  .strictObject({
    provider: AgencyId,
    method: z.strictObject({
      name: z.literal('attribution-by-mixture'),
      version: z.int().min(1),
      whole: z.string().describe('The fields that a row is judged by together'),
      parts: z.array(z.string()).describe('Those between which rows may have been re-mixed'),
      texts: z.array(z.string()),
      parameters: z.record(z.string(), z.union([z.number(), z.array(z.number())])),
      files: z.array(Sha256).describe('Whose fingerprints were weighed, transfers and reference frames'),
    }),
    rows: z.strictObject({
      weighed: Nat.describe('Rows, to the nearest ten'),
      used: Nat.describe('Of these, evenly spread, those that the likelihood looked at; to the nearest ten'),
    }),
    ranking: z.array(RankedTransfer).describe('The most probable first'),
    ranked: Nat.describe('How many transfers were weighed, of which the ranking has the first'),
    notRecorded: z.strictObject({
      all: Share.describe('The probability that no recorded transfer is among the sources'),
      some: Share.describe('The probability that a copy which nobody recorded is among them'),
      share: ShareInterval.optional(),
    }),
    combinations: z.array(Combination).describe('Sources together, the most probable first'),
    credibleSet: z.array(TransferId).describe('Transfers with at least 1 % of the best one’s inclusion'),
    equals: z.array(EqualTransfers).describe('Pairs that these rows cannot tell apart'),
    vintage: Vintage.optional(),
    mixed: ShareInterval.describe('Rows whose number and id were drawn independently of each other'),
    notWeighed: z
      .array(TransferId)
      .describe('Compared, but of other fields, later than the leak, or more than are weighed at once'),
    summary: z.array(z.string()),
  })
  .meta({
    id: 'TraceAttribution',
    description:
      'Which transfers of one provider the rows could have come from: alone, together, or none of them. It speaks of content: a copy on the provider’s side is of the same.',
  });
export type AttributionAnswer = z.infer<typeof AttributionAnswer>;
