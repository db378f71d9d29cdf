import { createPublicKey, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { SignatureError } from '../http-signature/error.ts';
import { parseSignatureInput } from '../http-signature/input.ts';
import { checkProfile, KEY_ID } from '../signing/profile.ts';
import { chosenName, KeptIdempotencyKey } from './scalars.ts';

export const KeyId = z
  .string()
  .regex(KEY_ID, 'must be a JWK thumbprint in base64url')
  .brand('KeyId')
  .meta({
    id: 'KeyId',
    description: 'The thumbprint of a public key (RFC 7638, SHA-256)',
    examples: ['poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U'],
  });
export type KeyId = z.infer<typeof KeyId>;

/** 32 bytes in base64url. */
const Coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url');

/** A public key that an agency signs with: Ed25519 (RFC 8037) or P-256 (RFC 7518), and no private part. */
export const PublicKey = z
  .discriminatedUnion('kty', [
    z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: Coordinate }),
    z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: Coordinate, y: Coordinate }),
  ])
  .superRefine((jwk, context) => {
    if (!isSound(jwk)) context.addIssue({ code: 'custom', message: 'is no sound public key' });
  })
  .meta({
    id: 'PublicKey',
    description: 'A public key as a JWK (RFC 7517): Ed25519 or P-256, without a private part',
  });
export type PublicKey = z.infer<typeof PublicKey>;

/** @throws Error when it is no point of its curve */
export const keyObjectOf = (jwk: PublicKey): KeyObject => createPublicKey({ format: 'jwk', key: jwk });

/**
 * The points of small order of Ed25519 in all their spellings, but for the sign. Under such a key anybody can make
 * signatures that many libraries take, and its owner could say of each that somebody did.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

function isSound(jwk: PublicKey): boolean {
  const point = Buffer.from(jwk.x, 'base64url');
  // A thumbprint is over the text, so a second spelling of a key would be a second key.
  if (point.toString('base64url') !== jwk.x) return false;
  if (jwk.kty === 'EC' && Buffer.from(jwk.y, 'base64url').toString('base64url') !== jwk.y) return false;
  if (jwk.kty === 'OKP') {
    point[31] = (point[31] ?? 0) & 0x7f;
    if (SMALL_ORDER.has(point.toString('hex'))) return false;
  }
  try {
    keyObjectOf(jwk);
    return true;
  } catch {
    return false;
  }
}

/** The 64 bytes of an Ed25519 or P-256 signature. */
export const SignatureValue = z
  .string()
  .regex(/^[A-Za-z0-9+/]{85}[AQgw]==$/, 'must be the 64 bytes of a signature in base64')
  .meta({ id: 'SignatureValue', description: 'An Ed25519 or P-256 signature: 64 bytes in base64' });

/** The value of `@signature-params`: nothing in it is of the signer's free choice. */
export const SignatureInputText = z
  .string()
  .max(400, { abort: true })
  .superRefine((input, context) => {
    try {
      checkProfile(parseSignatureInput(input));
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  })
  .meta({
    id: 'SignatureInput',
    description: 'What a signature covers and its parameters: a member of `Signature-Input` (RFC 9421)',
    examples: [
      '("@method" "@authority" "@path" "content-digest" "idempotency-key");created=1790000000;keyid="poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";alg="ed25519";tag="amanat-append"',
    ],
  });

/**
 * What an agency signed an append with, and what of the request the entry would otherwise not tell. With the entry and
 * the agency's public key, the request that was signed can be written down again, byte for byte.
 */
export const EntrySignature = z
  .strictObject({
    input: SignatureInputText,
    value: SignatureValue,
    api: chosenName(
      300,
      /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/,
      'must be a host in lower case, and the path under which the API stands',
    ).describe('The authority, and the path before that of the route, at which the API was addressed'),
    idempotencyKey: KeptIdempotencyKey,
  })
  .meta({ id: 'EntrySignature', description: 'How the agency signed the append (RFC 9421)' });
export type EntrySignature = z.infer<typeof EntrySignature>;
