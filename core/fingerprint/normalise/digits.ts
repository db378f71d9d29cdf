import { REJECTED } from './reasons.ts';

/** The digits of a cell: how many, how many of them zeros ahead of the first other, and their value. */
export interface Digits {
  count: number;
  leadingZeros: number;
  value: number;
  /** Whether all of them are the same. */
  repeated: boolean;
}

/** More would not fit a number exactly, and no number or id has as many. */
const MOST_DIGITS = 15;
const HIGH_DIGITS = 8;
const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7];

const ZERO = 0x30;
/** As far from the digit 0 as these characters are. */
const BLANK = 0x20 - ZERO;
const DASH = 0x2d - ZERO;
const PLUS = 0x2b - ZERO;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Reads a cell of digits, UTF-8 from `from` to `to`, into `into`. Answers 0 or a code of {@link REJECTED}.
 *
 * Plain digits with blanks and dashes, which is nearly all that there is, are read as they stand. Anything else
 * is spelled plainly first: {@link plainly}.
 */
export function readDigits(bytes: Uint8Array, from: number, to: number, into: Digits): number {
  // Two integers of up to eight digits: a double takes twice as long to grow.
  let [count, zeros, high, low, first, others] = [0, 0, 0, 0, -1, 0];
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (first < 0) first = digit;
      others |= digit ^ first;
      if (count < HIGH_DIGITS) high = Math.imul(high, 10) + digit;
      else low = (Math.imul(low, 10) + digit) | 0;
      if ((high | low) === 0) zeros++;
      // Counted even where it is too long by far: such a cell is refused below.
      count++;
    } else if (digit !== BLANK && digit !== DASH && !(digit === PLUS && count === 0)) {
      return readPlainly(decoder.decode(bytes.subarray(from, to)), into);
    }
  }
  if (count === 0) return REJECTED.empty;
  if (count > MOST_DIGITS) return REJECTED.length;
  into.count = count;
  into.leadingZeros = zeros;
  into.value = count <= HIGH_DIGITS ? high : high * (POWERS[count - HIGH_DIGITS] as number) + low;
  into.repeated = others === 0;
  return 0;
}

function readPlainly(text: string, into: Digits): number {
  const plain = plainly(text);
  if (typeof plain === 'number') return plain;
  const bytes = encoder.encode(plain);
  return readDigits(bytes, 0, bytes.length, into);
}

/** What people and programs write around and between digits, beyond blanks and dashes. */
const BETWEEN = /[\s\p{Cf}\p{Pd}\u2212().,/\\_'’`"=:|]/gu;

/**
 * Digits alone, from any script and spelling: Arabic-Indic digits, brackets, dots, marks that cannot be seen, the
 * `="…"` of spreadsheets, a fraction of zeros (`923001234567.0`). Answers a code where there is something else.
 */
function plainly(text: string): string | number {
  const ascii = text
    .normalize('NFKC')
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
  const trimmed = ascii.trim();
  if (/^[-+]?\d+(?:[.,]\d*)?E[-+]?\d+$/i.test(trimmed)) return REJECTED.spreadsheet;
  const whole = trimmed.replace(/^(\+?\d+)\.0{1,2}$/, '$1');
  const digits = whole.replace(BETWEEN, '').replace(/^\+/, '');
  return /^\d*$/.test(digits) ? digits : REJECTED.malformed;
}
