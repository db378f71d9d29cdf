import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../../core/canonical.ts';
import { Problem } from '../../core/problem.ts';

const MAC_BYTES = 16;

/**
 * A cursor is where the next page begins, with a MAC over that and the whole query it belongs to: base64url of the
 * position and 128 bits of HMAC-SHA-256. With another query, another principal or one bit changed it is refused.
 */
export function sealCursor(key: Uint8Array, query: unknown, position: string): string {
  return Buffer.concat([mac(key, query, position), Buffer.from(position, 'utf8')]).toString('base64url');
}

/** @throws Problem `cursor-refused` */
export function openCursor(key: Uint8Array, query: unknown, cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const position = bytes.subarray(MAC_BYTES).toString('utf8');
  // Base64 has several spellings of the same bytes; only the one that was given out is taken.
  const genuine =
    bytes.length > MAC_BYTES &&
    bytes.toString('base64url') === cursor &&
    timingSafeEqual(bytes.subarray(0, MAC_BYTES), mac(key, query, position));
  if (!genuine) throw new Problem('cursor-refused');
  return position;
}

const mac = (key: Uint8Array, query: unknown, position: string): Buffer =>
  createHmac('sha256', key)
    .update(canonicalJson([query, position]))
    .digest()
    .subarray(0, MAC_BYTES);

/** A position that is a place in the log. */
export const LogPosition = z.coerce.number().pipe(z.int().min(0));
