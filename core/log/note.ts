import { cosignatureMessage, cosignatureTime, encodeCosignature } from './cosignature.ts';
import { LogError } from './error.ts';
import { checkKeyName, type SignatureType, type VerifierKey, verifyEd25519 } from './key.ts';
import { readBase64, readText, writeBase64 } from './strict.ts';

/** One signature line: who claims to have signed, and the signature (for a cosignature, the time before it). */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly signature: Uint8Array;
}

/** A signed note, taken apart but not verified. */
export interface Note {
  /** Ends in a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A signature that a trusted key verified. Only a cosignature has a time, in seconds since 1970. */
export interface VerifiedSignature extends NoteSignature {
  readonly key: VerifierKey;
  readonly time?: number;
}

/** Whoever holds a private key: KMS, a key file. `sign` answers with the 64 bytes of an Ed25519 signature. */
export interface Signer {
  readonly key: VerifierKey;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Signature lines in one note; the format asks for at least 16, Go reads 100. */
const MAX_SIGNATURES = 100;
const KEY_ID_BYTES = 4;

/**
 * Takes a note apart, which may be hostile: text, empty line, signature lines.
 * @throws LogError `bad-note`
 */
export function parseNote(input: string | Uint8Array): Note {
  const whole = readText(input, 'bad-note');
  // The last empty line separates: the text may have empty lines, the signatures cannot.
  const end = whole.lastIndexOf('\n\n');
  if (end < 0) throw new LogError('bad-note', 'no empty line between text and signatures');
  return { text: whole.slice(0, end + 1), signatures: parseSignatures(whole.slice(end + 2)) };
}

export function formatNote({ text, signatures }: Note): string {
  checkText(text);
  if (signatures.length === 0) throw new LogError('bad-note', 'a note has at least one signature');
  return `${text}\n${formatSignatures(signatures)}`;
}

/** Reads signature lines as they stand at the end of a note, or as a witness answers with them. */
export function parseSignatures(input: string | Uint8Array): NoteSignature[] {
  const lines = readText(input, 'bad-note').split('\n');
  if (lines.pop() !== '' || lines.length === 0) throw new LogError('bad-note', 'no signature lines');
  if (lines.length > MAX_SIGNATURES) throw new LogError('bad-note', `more than ${MAX_SIGNATURES} signatures`);
  return lines.map(parseSignature);
}

export function formatSignatures(signatures: readonly NoteSignature[]): string {
  return signatures.map(formatSignature).join('');
}

/**
 * The signatures on the note that the trusted keys made, each key once. Unknown keys are ignored; but one bad signature
 * under a known name and key ID condemns the whole note.
 *
 * @throws LogError `bad-signature`
 */
export function verifySignatures(
  { text, signatures }: Note,
  trusted: readonly VerifierKey[],
): VerifiedSignature[] {
  const verified = new Map<VerifierKey, VerifiedSignature>();
  for (const signature of signatures) {
    const key = keyOf(signature, trusted);
    if (key === undefined) continue;
    const result = verifySignature(text, signature, key);
    if (!verified.has(key)) verified.set(key, result);
  }
  return [...verified.values()];
}

/** Verifies a note that may be hostile: at least one trusted key must have signed it. */
export function verifyNote(note: Note, trusted: readonly VerifierKey[]): VerifiedSignature[] {
  const verified = verifySignatures(note, trusted);
  if (verified.length === 0) throw new LogError('no-signature', 'no trusted key has signed this note');
  return verified;
}

/** Signs a note's text as its author, with a key of type `note`. */
export async function signText(text: string, signer: Signer): Promise<NoteSignature> {
  checkText(text);
  checkKeyType(signer.key, 'note');
  return checked(text, signer.key, await signer.sign(Buffer.from(text)));
}

/** Cosigns a checkpoint's text as a witness, with a key of type `cosignature`, at a time in seconds since 1970. */
export async function cosignText(text: string, signer: Signer, time: number): Promise<NoteSignature> {
  checkText(text);
  checkKeyType(signer.key, 'cosignature');
  return checked(
    text,
    signer.key,
    encodeCosignature(time, await signer.sign(cosignatureMessage(text, time))),
  );
}

/** A signature that its own public key does not verify is never handed on: the signer has another key, or is broken. */
function checked(text: string, key: VerifierKey, signature: Uint8Array): NoteSignature {
  const signed = { name: key.name, keyId: key.keyId, signature };
  verifySignature(text, signed, key);
  return signed;
}

function checkKeyType({ name, type }: VerifierKey, needed: SignatureType): void {
  if (type !== needed) throw new LogError('bad-key', `${name} is a key for a ${type}, not for a ${needed}`);
}

function verifySignature(text: string, signature: NoteSignature, key: VerifierKey): VerifiedSignature {
  if (key.type === 'cosignature') {
    const time = cosignatureTime(key, text, signature.signature);
    if (time !== undefined) return { ...signature, key, time };
  } else if (verifyEd25519(key.publicKey, Buffer.from(text), signature.signature)) {
    return { ...signature, key };
  }
  throw new LogError('bad-signature', `the signature of ${key.name} does not verify`);
}

function keyOf(signature: NoteSignature, trusted: readonly VerifierKey[]): VerifierKey | undefined {
  const [key, other] = trusted.filter(
    ({ name, keyId }) => name === signature.name && keyId === signature.keyId,
  );
  if (other !== undefined)
    throw new LogError('bad-key', `two trusted keys share the name ${other.name} and key ID`);
  return key;
}

/** `— <name> base64(key ID ‖ signature)`. */
function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  checkKeyName(name, 'bad-note');
  const bytes = readBase64(encoded, 'bad-note');
  if (bytes.length <= KEY_ID_BYTES) throw new LogError('bad-note', 'a signature line without a signature');
  const keyId = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return { name, keyId, signature: bytes.subarray(KEY_ID_BYTES) };
}

function formatSignature({ name, keyId, signature }: NoteSignature): string {
  checkKeyName(name, 'bad-note');
  const bytes = Buffer.alloc(KEY_ID_BYTES + signature.length);
  bytes.writeUInt32BE(keyId);
  bytes.set(signature, KEY_ID_BYTES);
  return `— ${name} ${writeBase64(bytes)}\n`;
}

function checkText(text: string): void {
  readText(text, 'bad-note');
  if (!text.endsWith('\n')) throw new LogError('bad-note', 'a note ends in a newline');
}
