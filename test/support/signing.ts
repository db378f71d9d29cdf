import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { keyIdOf } from '../../core/http-signature/keys.ts';
import type { AgencyId } from '../../core/model/scalars.ts';
import { PublicKey } from '../../core/model/signing.ts';
import { provePossession } from '../../core/signing/proof.ts';
import { type SignedAppend, signAppend, signedRequest } from '../../core/signing/request.ts';

export const newKey = (kind: 'Ed25519' | 'P-256' = 'Ed25519'): KeyObject =>
  (kind === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' }))
    .privateKey;

export const publicKeyOf = (key: KeyObject): PublicKey =>
  PublicKey.parse(createPublicKey(key).export({ format: 'jwk' }));

/** The body of `agency-key-registered`. */
export const keyRegistration = (agencyId: string, key: KeyObject) => ({
  occurredOn: '2026-01-10',
  key: publicKeyOf(key),
  proof: provePossession(agencyId as AgencyId, key),
});

export const keyRevocation = (key: KeyObject) => ({
  occurredOn: '2026-01-12',
  keyId: keyIdOf(key),
  reason: 'Replaced',
});

/** The body of a request that is signed, and its headers. */
export function signed(key: KeyObject, append: SignedAppend, now = Date.now()) {
  const { input, value } = signAppend(key, append, now);
  const { body, digest } = signedRequest(append);
  return {
    body: Buffer.from(body).toString(),
    headers: {
      'idempotency-key': append.idempotencyKey,
      'content-digest': digest,
      'signature-input': `sig=${input}`,
      signature: `sig=:${value}:`,
    },
  };
}
