import { createHash, createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalBytes } from '../canonical.ts';

/** Signature algorithms (IANA, HTTP Signature Algorithms) that are used here. */
export const ALGORITHMS = ['ed25519', 'ecdsa-p256-sha256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const isAlgorithm = (name: string): name is Algorithm =>
  (ALGORITHMS as readonly string[]).includes(name);

/** The algorithm that a key is for; `undefined` for a key of another kind. */
export function algorithmOf(key: KeyObject): Algorithm | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return isP256 ? 'ecdsa-p256-sha256' : undefined;
}

/**
 * The id of a public key: its JWK thumbprint with SHA-256 (RFC 7638, RFC 8037), in base64url. It follows from the key,
 * so nobody can give two keys one id.
 */
export function keyIdOf(key: KeyObject): string {
  const jwk: JsonWebKey = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  const { crv, kty, x, y } = jwk;
  return createHash('sha256')
    .update(canonicalBytes({ crv, kty, x, ...(y !== undefined && { y }) }))
    .digest('base64url');
}

/** RFC 9421 §3.3: for P-256 the two numbers side by side, not in DER. */
const P256 = { dsaEncoding: 'ieee-p1363' } as const;

/** The signature of some bytes by a private key. @throws TypeError when the key is for no {@link Algorithm} */
export function signBytes(key: KeyObject, bytes: Uint8Array): Uint8Array {
  switch (algorithmOf(key)) {
    case 'ed25519':
      return sign(null, bytes, key);
    case 'ecdsa-p256-sha256':
      return sign('sha256', bytes, { key, ...P256 });
    case undefined:
      throw new TypeError('the key is neither Ed25519 nor P-256');
  }
}

/** Whether this is the key's signature of the bytes. All but the key may be hostile. */
export function verifyBytes(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  switch (algorithmOf(key)) {
    case 'ed25519':
      return verify(null, bytes, key, signature);
    case 'ecdsa-p256-sha256':
      return verify('sha256', bytes, { key, ...P256 }, signature);
    case undefined:
      return false;
  }
}
