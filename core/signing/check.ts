import { APPEND_KINDS, type AppendKindName } from '../api/appends.ts';
import { SignatureError } from '../http-signature/error.ts';
import { parseSignatureInput } from '../http-signature/input.ts';
import { keyIdOf } from '../http-signature/keys.ts';
import { isSignedBy } from '../http-signature/message.ts';
import { type Entry, entryIdOf } from '../model/entry.ts';
import { submitterOf } from '../model/principal.ts';
import type { AgencyId, Instant } from '../model/scalars.ts';
import { type EntrySignature, type KeyId, keyObjectOf, type PublicKey } from '../model/signing.ts';
import { checkProfile, WINDOW_SECONDS } from './profile.ts';
import { type SignedAppend, signedRequest } from './request.ts';

/** The key that a signature names. @throws SignatureError when it is not made as an append's is */
export function keyNamedBy({ input }: Pick<EntrySignature, 'input'>): KeyId {
  const read = parseSignatureInput(input);
  checkProfile(read);
  return read.parameters.keyid as KeyId;
}

/**
 * Checks that an append was signed with a key, and when it says so.
 * @param at when the ledger accepted it
 * @throws SignatureError
 */
export function checkSignature(
  key: PublicKey,
  signature: Pick<EntrySignature, 'input' | 'value'>,
  append: SignedAppend,
  at: Instant,
): void {
  const input = parseSignatureInput(signature.input);
  checkProfile(input);
  const object = keyObjectOf(key);
  if (input.parameters.keyid !== keyIdOf(object))
    throw new SignatureError('Signature-Input', 'names another key');
  if (Math.abs(input.parameters.created - Date.parse(at) / 1000) > WINDOW_SECONDS)
    throw new SignatureError(
      'Signature-Input',
      `was not created within ${WINDOW_SECONDS} seconds of being taken`,
    );
  const made = { input, signature: Uint8Array.from(Buffer.from(signature.value, 'base64')) };
  if (!isSignedBy(object, made, signedRequest(append).components))
    throw new SignatureError('Signature', 'does not verify');
}

/** A signed entry, and the append that was signed. */
export interface SignedEntry {
  readonly agency: AgencyId;
  readonly signature: EntrySignature;
  readonly append: SignedAppend;
}

/**
 * What was signed, by what the entry says; `undefined` for an entry that nobody signed. Whether the signature is good
 * is another matter.
 * @throws SignatureError when the entry is none that could have been signed so: of a kind that is the ledger's own, or
 *   with an idempotency key from which its id does not follow
 */
export function signedEntry({
  entryId,
  kind,
  subject,
  principal,
  body,
  signature,
}: Entry): SignedEntry | undefined {
  if (!signature) return undefined;
  const { agency } = principal;
  if (agency === undefined || !isAppended(kind))
    throw new SignatureError('Signature', 'stands in an entry that no agency can have signed');
  const { api, idempotencyKey } = signature;
  if (entryIdOf(submitterOf(principal), idempotencyKey) !== entryId)
    throw new SignatureError(
      'Signature',
      'is of another entry: the id does not follow from the key that was signed',
    );
  const { opens } = APPEND_KINDS[kind];
  return {
    agency,
    signature,
    append: { kind, subject: opens ? undefined : subject, body, idempotencyKey, api },
  };
}

/** Whether entries of this kind are appended on a client's word. */
export const isAppended = (kind: string): kind is AppendKindName => Object.hasOwn(APPEND_KINDS, kind);
