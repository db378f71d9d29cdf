import type { KeyObject } from 'node:crypto';
import { type AppendKindName, pathOfAppend } from '../api/appends.ts';
import { canonicalBytes } from '../canonical.ts';
import { contentDigest } from '../http-signature/digest.ts';
import { type ComponentValue, signMessage } from '../http-signature/message.ts';
import type { EntrySignature } from '../model/signing.ts';
import { APPEND_TAG, COVERED } from './profile.ts';

/** What an agency asks to have appended, as far as it signs it. */
export interface SignedAppend {
  readonly kind: AppendKindName;
  /** What it goes on with; `undefined` where it opens something. */
  readonly subject: string | undefined;
  /** As the entry has it, defaults and all. */
  readonly body: unknown;
  readonly idempotencyKey: string;
  /** {@link EntrySignature}.api */
  readonly api: string;
}

/** The request by which something is appended alone, whether it was sent so or as a line among others. */
export interface SignedRequest {
  /** The canonical JSON (RFC 8785) that is its body. */
  readonly body: Uint8Array;
  readonly digest: string;
  readonly components: ComponentValue;
}

export function signedRequest({ kind, subject, body, idempotencyKey, api }: SignedAppend): SignedRequest {
  const sent = canonicalBytes(subject === undefined ? body : { kind, body });
  const digest = contentDigest(sent);
  const [authority = '', ...prefix] = api.split('/');
  const values = new Map<string, string>([
    ['@method', 'POST'],
    ['@authority', authority],
    ['@path', `${prefix.map((part) => `/${part}`).join('')}${pathOfAppend(kind, subject)}`],
    ['content-digest', digest],
    ['idempotency-key', idempotencyKey],
  ]);
  return { body: sent, digest, components: (name) => values.get(name) };
}

/** Where an API stands, of its URL: {@link EntrySignature}.api. */
export function apiAt(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname.replace(/\/+$/, '')}`;
}

/** Signs an append. @param now in milliseconds since 1970 */
export function signAppend(
  key: KeyObject,
  append: SignedAppend,
  now: number,
): Pick<EntrySignature, 'input' | 'value'> {
  const { components } = signedRequest(append);
  const { input, signature } = signMessage(key, { components: COVERED, now, tag: APPEND_TAG }, components);
  return { input: input.text, value: Buffer.from(signature).toString('base64') };
}
