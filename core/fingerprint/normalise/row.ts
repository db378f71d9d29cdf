import type { FingerprintField } from '../sets.ts';
import { ADDRESS_ABBREVIATIONS, NAME_ABBREVIATIONS, type TextNormaliser, textNormaliser } from './text.ts';

/** The rules by which cells are spelled before they are fingerprinted; see the golden vectors. */
export const NORMALISATION = 'fp-norm/1';

export type TextField = Exclude<FingerprintField, 'msisdn' | 'cnic'>;

const names = textNormaliser(NAME_ABBREVIATIONS);

/** The normaliser of each field that is a text. */
export const TEXT_NORMALISERS: Readonly<Record<TextField, TextNormaliser>> = {
  name: names,
  'father-name': names,
  address: textNormaliser(ADDRESS_ABBREVIATIONS),
};
