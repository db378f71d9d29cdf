import { type Digits, readDigits } from './digits.ts';
import { REJECTED } from './reasons.ts';

/** The country code, ahead of ten digits. */
const COUNTRY = 92e10;
const SUBSCRIBERS = 1e10;

const digits: Digits = { count: 0, leadingZeros: 0, value: 0, repeated: false };

/**
 * A mobile number as E.164 digits, `92` and ten: from `+92…`, `0092…`, `92…`, `0…`, bare `3…`, and `+92 (0)…`, in any
 * spelling that {@link readDigits} takes. A code of {@link REJECTED} for what is none.
 */
export function normaliseNumber(bytes: Uint8Array, from: number, to: number): number {
  const code = readDigits(bytes, from, to, digits);
  if (code < 0) return code;
  const subscriber = subscriberOf(digits);
  if (subscriber < 0) return subscriber;
  return Math.floor(subscriber / 1e9) === 3 ? COUNTRY + subscriber : REJECTED['not-mobile'];
}

/** The ten digits after country code or trunk prefix. */
function subscriberOf({ count, leadingZeros, value }: Digits): number {
  // Without the zeros of the international prefix.
  const international = leadingZeros === 2 ? count - 2 : leadingZeros === 0 ? count : 0;
  if (international === 12 && Math.floor(value / SUBSCRIBERS) === 92) return value - COUNTRY;
  if (international === 13 && Math.floor(value / SUBSCRIBERS) === 920) return value - 10 * COUNTRY;
  if ((count === 11 && leadingZeros === 1) || (count === 10 && leadingZeros === 0)) return value;
  return international === 12 ? REJECTED['not-mobile'] : REJECTED.length;
}
