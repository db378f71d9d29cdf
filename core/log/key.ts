import { createPublicKey, hash, verify } from 'node:crypto';
import { LogError } from './error.ts';
import { readBase64, writeBase64 } from './strict.ts';

/** Signature types of the signed note that are understood here; both are Ed25519. */
export const SIGNATURE_TYPES = {
  /** Over the note's text: what a log makes. */
  note: 0x01,
  /** Over the text and a time: what a witness makes. */
  cosignature: 0x04,
} as const;

export type SignatureType = keyof typeof SIGNATURE_TYPES;

/** A public key that notes are verified with. `keyId` follows from the rest. */
export interface VerifierKey {
  readonly name: string;
  readonly type: SignatureType;
  /** 32 bits. A hint to find the key by, not a fingerprint to trust. */
  readonly keyId: number;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
}

const PUBLIC_KEY_BYTES = 32;

/** What precedes the 32 bytes in an Ed25519 SubjectPublicKeyInfo (RFC 8410 §4): its DER has just this one form. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A verifier key from its parts. */
export function verifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  checkKeyName(name, 'bad-key');
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new LogError(
      'bad-key',
      `an Ed25519 public key has ${PUBLIC_KEY_BYTES} bytes, not ${publicKey.length}`,
    );
  }
  return { name, type, keyId: keyIdOf(name, type, publicKey), publicKey };
}

/** Reads `<name>+<key id, hex>+<base64(type ‖ public key)>`. */
export function parseVerifierKey(text: string): VerifierKey {
  // Two splits only: base64 has plus signs of its own.
  const [, name = '', keyId = '', encoded = ''] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text) ?? [];
  const [typeByte, ...rest] = readBase64(encoded, 'bad-key');
  const type = typeOf(typeByte);
  const key = verifierKey(name, type, Uint8Array.from(rest));
  if (keyId !== hexKeyId(key))
    throw new LogError('bad-key', 'the key ID does not belong to the name and key');
  return key;
}

export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${hexKeyId(key)}+${writeBase64(Buffer.of(SIGNATURE_TYPES[key.type], ...key.publicKey))}`;
}

/** The raw Ed25519 key in a SubjectPublicKeyInfo (DER), such as KMS gives out. Any other kind of key is refused. */
export function publicKeyOfSpki(spki: Uint8Array): Uint8Array {
  const prefix = spki.subarray(0, SPKI_PREFIX.length);
  if (!SPKI_PREFIX.equals(prefix) || spki.length !== SPKI_PREFIX.length + PUBLIC_KEY_BYTES) {
    throw new LogError('bad-key', 'not the SubjectPublicKeyInfo of an Ed25519 key');
  }
  return spki.slice(SPKI_PREFIX.length);
}

/** Whether this is the key's Ed25519 signature of the message. Signature and message may be hostile. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
}

/** Whether it can name a key: not empty, no Unicode space, no plus. Go's `sumdb/note` draws the same line. */
export function checkKeyName(name: string, code: 'bad-key' | 'bad-note' | 'bad-checkpoint'): void {
  if (name === '' || /[\p{White_Space}+]/u.test(name) || !name.isWellFormed()) {
    throw new LogError(code, 'a key name is not empty and has no space and no plus');
  }
}

/** The first 32 bits of `SHA-256(name ‖ newline ‖ type ‖ public key)`. */
function keyIdOf(name: string, type: SignatureType, publicKey: Uint8Array): number {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(SIGNATURE_TYPES[type]), publicKey]);
  return hash('sha256', input, 'buffer').readUInt32BE();
}

function hexKeyId({ keyId }: VerifierKey): string {
  return keyId.toString(16).padStart(8, '0');
}

function typeOf(byte: number | undefined): SignatureType {
  if (byte === SIGNATURE_TYPES.note) return 'note';
  if (byte === SIGNATURE_TYPES.cosignature) return 'cosignature';
  throw new LogError('bad-key', 'not an Ed25519 key of type 0x01 or 0x04');
}
