import { createHash } from 'node:crypto';

/** A cell as it is read: runs of blanks, line breaks and control characters are one blank, none at the ends; NFC. */
export const tidy = (cell: string): string =>
  cell
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .normalize('NFC');

/** How names and the keys of value maps are compared: tidy, in any case, in any width. */
export const folded = (value: string): string => tidy(value).normalize('NFKC').toLowerCase();

/** Cut to at most `max` UTF-16 units, the ellipsis that marks the cut among them; never within a character. */
export function shorten(value: string, max: number): string {
  if (value.length <= max) return value;
  const kept = value.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept.trimEnd()}…`;
}

/**
 * A name as an id: lower-case ASCII letters and digits, dashes between words. Accents are dropped, `&` becomes `and`,
 * apostrophes vanish. Empty for a name without a Latin letter or a digit.
 */
export const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('&', ' and ')
    .replace(/['’ʼ`]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

/** {@link slugOf} of at most `max` characters; what does not fit or has no slug is told apart by a digest of the name. */
export function slugWithin(name: string, max: number): string {
  const slug = slugOf(name);
  return slug !== '' && slug.length <= max ? slug : slugWithDigest(name, max);
}

/** A slug that ends in six hex digits of the name's SHA-256, for a name whose plain slug is another's or too long. */
export function slugWithDigest(name: string, max: number): string {
  const digest = createHash('sha256').update(folded(name)).digest('hex').slice(0, 6);
  const start = slugOf(name)
    .slice(0, max - digest.length - 1)
    .replace(/-+$/, '');
  return `${start === '' ? 'x' : start}-${digest}`;
}
