import type { FingerprintField } from '../sets.ts';
import type { Canary } from './list.ts';

/**
 * The cell of an invented record, spelled as a real row of the file spells its own: digits in the same groups and with
 * the same prefix, names in the same case.
 * @param like the cell of a real row; its text goes nowhere, only its form
 */
export function respelled(field: FingerprintField, canary: Canary, like: string): string {
  const text = canary[field] ?? '';
  if (field === 'msisdn') return withDigits(like, text.slice(2)) ?? `0${text.slice(2)}`;
  if (field === 'cnic') return withDigits(like, text) ?? text;
  return like !== '' && like === like.toUpperCase() && /[A-Z]/.test(like) ? text.toUpperCase() : text;
}

/** Puts digits in place of the last ones of the form; undefined when it has fewer, or something else among them. */
function withDigits(form: string, digits: string): string | undefined {
  if (!/^\+?[\d -]+$/.test(form)) return undefined;
  const characters = [...form];
  let left = digits.length;
  for (let at = characters.length - 1; at >= 0 && left > 0; at--)
    if (/\d/.test(characters[at] ?? '')) characters[at] = digits[--left] ?? '';
  return left === 0 ? characters.join('') : undefined;
}
