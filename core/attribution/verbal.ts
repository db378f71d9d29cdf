/**
 * How a likelihood ratio is put into words: the scale of the ENFSI Guideline for Evaluative Reporting in Forensic
 * Science (2015). Each step from its ratio on; below 1 the same words speak for the other side.
 */
export const STRENGTH_STEPS = [
  { from: 1e6, strength: 'extremely strong' },
  { from: 1e4, strength: 'very strong' },
  { from: 1e3, strength: 'strong' },
  { from: 1e2, strength: 'moderately strong' },
  { from: 10, strength: 'moderate' },
  { from: 2, strength: 'weak' },
] as const;

export const STRENGTHS = ['none', ...STRENGTH_STEPS.map(({ strength }) => strength).reverse()] as const;
export type Strength = (typeof STRENGTHS)[number];

export interface Verbal {
  /** What the findings support: that the transfer contributed, that it did not, or neither. */
  readonly supports: 'contributed' | 'did-not' | 'neither';
  readonly strength: Strength;
}

/** @param log10Ratio of how much more probable the findings are if the transfer contributed than if it did not */
export function verbalOf(log10Ratio: number): Verbal {
  const step = STRENGTH_STEPS.find(({ from }) => Math.abs(log10Ratio) >= Math.log10(from));
  if (!step) return { supports: 'neither', strength: 'none' };
  return { supports: log10Ratio > 0 ? 'contributed' : 'did-not', strength: step.strength };
}

/** How many times, of its logarithm to base 10. Two digits at most: no more is known. */
export function timesOf(log10: number): string {
  const exponent = Math.floor(log10);
  if (exponent >= 6) return `10^${exponent}`;
  const digits = 10 ** Math.max(0, exponent - 1);
  return (Math.round(10 ** log10 / digits) * digits).toLocaleString('en');
}
