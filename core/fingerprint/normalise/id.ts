import { type Digits, readDigits } from './digits.ts';
import { REJECTED } from './reasons.ts';

const DIGITS = 13;
/** Of a column of numbers; more leading zeros than this were never lost. */
const MOST_LOST_ZEROS = 2;

const digits: Digits = { count: 0, leadingZeros: 0, value: 0, repeated: false };

/**
 * A national id as the number that its 13 digits are. There is no checksum to test. A code of {@link REJECTED} for
 * what is none.
 * @param numeric whether the column is known to hold numbers, which lose their leading zeros
 */
export function normaliseId(bytes: Uint8Array, from: number, to: number, numeric: boolean): number {
  const code = readDigits(bytes, from, to, digits);
  if (code < 0) return code;
  const { count, value, repeated } = digits;
  if (count > DIGITS || count < DIGITS - (numeric ? MOST_LOST_ZEROS : 0)) return REJECTED.length;
  return repeated ? REJECTED.repeated : value;
}

/** The first of the 13 digits: the province that issued it. */
export const firstDigit = (id: number): number => Math.floor(id / 1e12);
