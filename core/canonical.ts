import canonicalize from 'canonicalize';

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const encoder = new TextEncoder();

/**
 * The canonical JSON of a value (RFC 8785): one byte string for one meaning, whatever order its keys came in.
 * @throws TypeError for what JSON cannot hold (NaN, a function, a lone surrogate, a cycle).
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return text;
}

/** {@link canonicalJson} as UTF-8 bytes: what is stored and hashed. */
export function canonicalBytes(value: unknown): Uint8Array {
  return encoder.encode(canonicalJson(value));
}
