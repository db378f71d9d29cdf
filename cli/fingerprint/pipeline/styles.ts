import type { ID_STYLES } from '../../../core/model/transfer.ts';

export type IdStyle = (typeof ID_STYLES)[number];

/** How an id is spelled, the first that fits; a leaked file that spells them alike may come from this one. */
const STYLES: readonly (readonly ['msisdn' | 'cnic', IdStyle, RegExp])[] = [
  ['msisdn', 'e164', /^\+/],
  ['msisdn', 'international-00', /^00/],
  ['msisdn', 'dashed', /\d-\d/],
  ['msisdn', 'spaced', /\d \d/],
  ['msisdn', 'national', /^0/],
  ['msisdn', 'plain', /^92/],
  ['msisdn', 'numeric', /^3/],
  ['cnic', 'dashed', /^\d{5}-\d{7}-\d$/],
  ['cnic', 'spaced', /\d \d/],
  ['cnic', 'plain', /^\d{13}$/],
  ['cnic', 'numeric', /^\d{1,12}$/],
];

/** The style of an id's cell; undefined for one of none. */
export const styleOf = (field: 'msisdn' | 'cnic', cell: string): IdStyle | undefined =>
  STYLES.find(([of, , pattern]) => of === field && pattern.test(cell.trim()))?.[1];

const PREVAILING_SHARE = 0.95;

/** The style that nearly all ids have, if there is one. */
export function prevailing(counts: Partial<Record<IdStyle, number>>): IdStyle | undefined {
  const styles = Object.entries(counts) as [IdStyle, number][];
  const total = styles.reduce((sum, [, count]) => sum + count, 0);
  return styles.find(([, count]) => count > total * PREVAILING_SHARE)?.[0];
}
