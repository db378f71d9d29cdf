import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto';
import { publicKeyOfSpki, type SignatureType, verifierKey } from '../../../core/log/key.ts';
import type { Signer } from '../../../core/log/note.ts';

/** What precedes the 32 bytes of seed in an Ed25519 PKCS #8 key (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer whose key follows from its seed: 32 bytes, or a word to hash. */
export function signerOf(
  name: string,
  type: SignatureType = 'note',
  seed: Uint8Array | string = name,
): Signer {
  const secret = typeof seed === 'string' ? hash('sha256', seed, 'buffer') : seed;
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, secret]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = publicKeyOfSpki(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
  return {
    key: verifierKey(name, type, publicKey),
    sign: (message) => Promise.resolve(sign(null, message, privateKey)),
  };
}
