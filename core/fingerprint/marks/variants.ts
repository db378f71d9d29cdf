import type { FingerprintField } from '../sets.ts';

/** The rules of this file; other rules are another scheme. */
export const MARK_SCHEME = 'variants/1';

export type Bit = 0 | 1;

/**
 * Two spellings of a cell that mean the same, by `fp-norm/1` too: a marked row has the same fingerprints.
 *
 * `spell` gives the cell that says `bit`, undefined where the cell has no second spelling. `read` gives the bit that a
 * cell says, undefined where it says neither: because it never was marked, or because somebody spelled it anew.
 */
export interface Variants {
  spell(cell: string, bit: Bit): string | undefined;
  read(cell: string): Bit | undefined;
}

/** Digits with a separator that tells nothing, or without. */
const digits = (plain: RegExp, parted: RegExp, part: (plain: string) => string): Variants => ({
  spell: (cell, bit) => {
    if (!plain.test(cell) && !parted.test(cell)) return undefined;
    const bare = cell.replaceAll('-', '');
    return bit === 0 ? bare : part(bare);
  },
  read: (cell) => (parted.test(cell) ? 1 : plain.test(cell) ? 0 : undefined),
});

/** `03001234567` or `0300-1234567`, whatever its prefix. */
const number = digits(
  /^\+?\d{10,14}$/,
  /^\+?\d{3,7}-\d{7}$/,
  (bare) => `${bare.slice(0, -7)}-${bare.slice(-7)}`,
);

/** `3520212345671` or `35202-1234567-1`. */
const id = digits(
  /^\d{13}$/,
  /^\d{5}-\d{7}-\d$/,
  (bare) => `${bare.slice(0, 5)}-${bare.slice(5, 12)}-${bare.slice(12)}`,
);

/** `Ali Raza` or `ALI RAZA`: Latin letters that have lower and upper case, and are as many in both. */
const name: Variants = {
  spell: (cell, bit) => {
    if (!/[A-Za-z]{2}/.test(cell) || !/^[ -~]*$/.test(cell)) return undefined;
    if (bit === 1) return cell.toUpperCase();
    // Who wrote some letters small meant it so: McArthur.
    return /[a-z]/.test(cell) ? cell : capitalised(cell);
  },
  read: (cell) => {
    if (!/[A-Za-z]{2}/.test(cell) || !/^[ -~]*$/.test(cell)) return undefined;
    return /[a-z]/.test(cell) ? 0 : 1;
  },
};

const capitalised = (cell: string) =>
  cell.replace(/[A-Z]+/g, (word) => word.charAt(0) + word.slice(1).toLowerCase());

/** Words of addresses that everybody writes short too. Only ever shortened: `St` may be a saint. */
const SHORT: Readonly<Record<string, string>> = {
  apartment: 'Apt',
  avenue: 'Ave',
  block: 'Blk',
  building: 'Bldg',
  colony: 'Col',
  district: 'Distt',
  floor: 'Fl',
  house: 'H',
  mohalla: 'Moh',
  road: 'Rd',
  sector: 'Sec',
  street: 'St',
  tehsil: 'Teh',
  village: 'Vill',
};
const LONG_WORD = new RegExp(
  `(?<![A-Za-z0-9.'\`])(?:${Object.keys(SHORT).join('|')})(?![A-Za-z0-9.'\`])`,
  'gi',
);
const SHORT_WORD = new RegExp(
  `(?<![A-Za-z0-9.'\`])(?:${Object.values(SHORT).join('|')})(?![A-Za-z0-9'\`])`,
  'i',
);

/** `House 7, Mall Road` or `H 7, Mall Rd`. */
const address: Variants = {
  spell: (cell, bit) => {
    if (!/^[ -~]*$/.test(cell) || cell.search(LONG_WORD) < 0) return undefined;
    return bit === 0 ? cell : cell.replace(LONG_WORD, shortened);
  },
  read: (cell) => {
    if (!/^[ -~]*$/.test(cell)) return undefined;
    if (cell.search(LONG_WORD) >= 0) return 0;
    return SHORT_WORD.test(cell) ? 1 : undefined;
  },
};

/** In the case of the word. */
function shortened(word: string): string {
  const short = SHORT[word.toLowerCase()] ?? word;
  if (word === word.toUpperCase()) return short.toUpperCase();
  return word === word.toLowerCase() ? short.toLowerCase() : short;
}

export const VARIANTS: Readonly<Record<FingerprintField, Variants>> = {
  msisdn: number,
  cnic: id,
  name,
  'father-name': name,
  address,
};
