/**
 * Why a cell has no normal form. Normalisers answer with the code, a negative number, so that a row costs no object:
 *
 * - `empty`: nothing in it, or nothing but punctuation
 * - `malformed`: a number or id with something else than digits and what people write between them
 * - `spreadsheet`: `9.23E+11`, the digits of which are lost
 * - `length`: too few or too many digits
 * - `not-mobile`: the digits of a number that is no mobile one of the country
 * - `repeated`: one digit throughout, which is nobody's
 */
export const REJECTED = {
  empty: -1,
  malformed: -2,
  spreadsheet: -3,
  length: -4,
  'not-mobile': -5,
  repeated: -6,
} as const;

export type RejectReason = keyof typeof REJECTED;
export const REJECT_REASONS = Object.keys(REJECTED) as RejectReason[];

/** The name of a code; undefined for what is none. */
export const reasonOf = (code: number): RejectReason | undefined => REJECT_REASONS[-code - 1];
