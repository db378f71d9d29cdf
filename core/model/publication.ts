import * as z from 'zod';
import { Day, text } from './scalars.ts';

/**
 * Why the law lets a hand-over be kept out of the public register. A deployment whose law knows another adds it here;
 * entries already recorded keep their words, so a word is never taken away.
 */
export const SUPPRESSION_BASES = [
  'criminal-investigation',
  'national-security',
  'legal-proceedings',
  'protection-of-persons',
] as const;
export type SuppressionBasis = (typeof SUPPRESSION_BASES)[number];

/** The longest that a hand-over is kept out without somebody saying anew that it must be. */
export const MOST_SUPPRESSED = 'P2Y';

export const suppression = {
  basis: z.enum(SUPPRESSION_BASES).describe('Counted in the public register'),
  authority: text(200).describe('The provision or order that allows it; not published'),
  until: Day.describe(
    'The last day on which it is not shown, at most two years ahead; then it is shown again',
  ),
};

export const Suppression = z.strictObject(suppression).meta({
  id: 'Suppression',
  description: 'Why the public register does not show a hand-over, and until when',
});
export type Suppression = z.infer<typeof Suppression>;
