import { SignatureError } from '../http-signature/error.ts';
import type { SignatureInput } from '../http-signature/input.ts';

/** What the signature of an append covers: all of it that can be told from its entry ever after, and nothing else. */
export const COVERED = ['@method', '@authority', '@path', 'content-digest', 'idempotency-key'] as const;

/** The `tag` by which the signature of an append is told from any other that a request may bear. */
export const APPEND_TAG = 'amanat-append';

/** How far `created` may be from the ledger's clock when an append is accepted, in seconds. */
export const WINDOW_SECONDS = 300;

/**
 * For so long after something was forbidden the ledger may go on with what it knew before, in milliseconds: its functions
 * keep that for some seconds, and their clocks differ.
 */
export const GRACE_MS = 60_000;

/** A JWK thumbprint (RFC 7638) with SHA-256, in base64url. */
export const KEY_ID = /^[A-Za-z0-9_-]{43}$/;

/**
 * Checks that a signature is made as an append's is: over {@link COVERED} in any order, with `created`, `keyid`, the
 * tag and maybe `alg`. What else it might say would be kept for good, and nobody would check it.
 * @throws SignatureError
 */
export function checkProfile({ components, parameters }: SignatureInput): void {
  const refuse = (detail: string): never => {
    throw new SignatureError('Signature-Input', detail);
  };
  const covers = new Set(components);
  if (components.length !== COVERED.length || !COVERED.every((component) => covers.has(component)))
    refuse(`must cover just ${COVERED.join(', ')}`);
  if (parameters.tag !== APPEND_TAG) refuse(`must have the tag ${APPEND_TAG}`);
  if (parameters.expires !== undefined || parameters.nonce !== undefined)
    refuse('must not have expires or nonce: created and the Idempotency-Key do their work');
  if (!KEY_ID.test(parameters.keyid)) refuse('keyid must be the thumbprint of a key');
}
