import { LogError, type LogErrorCode } from './error.ts';
import { HASH_BYTES } from './merkle.ts';

/**
 * How the text formats of the log are read: each value has one spelling, and every other is refused. Two spellings of
 * one thing would be two notes that look different and verify alike.
 */

/** The most that is read as one text. Go's `sumdb/note` has the same bound. */
const MAX_TEXT_BYTES = 1_000_000;

/** Text as it came from outside: valid UTF-8, of a bounded length, with no control character but newline. */
export function readText(input: string | Uint8Array, code: LogErrorCode): string {
  const bytes = typeof input === 'string' ? Buffer.byteLength(input) : input.length;
  if (bytes > MAX_TEXT_BYTES) throw new LogError(code, `longer than ${MAX_TEXT_BYTES} bytes`);
  const text = typeof input === 'string' ? input : decodeUtf8(input, code);
  if (!text.isWellFormed()) throw new LogError(code, 'not valid Unicode');
  if (hasControl(text)) throw new LogError(code, 'contains a control character');
  return text;
}

/** A decimal without sign, leading zero or exponent, that a number holds exactly. */
export function readDecimal(text: string, code: LogErrorCode): number {
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) throw new LogError(code, 'not a decimal without leading zeros');
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new LogError('out-of-range', `${text} is larger than 2^53 - 1`);
  return value;
}

/** Standard base64 (RFC 4648 §4) in its canonical form: padded, and with no stray bits at the end. */
export function readBase64(text: string, code: LogErrorCode): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder skips whatever it does not know. Only the canonical spelling survives the way back.
  if (bytes.toString('base64') !== text) throw new LogError(code, 'not canonical base64');
  return bytes;
}

/** A base64 hash. */
export function readHash(text: string, code: LogErrorCode): Uint8Array {
  const bytes = readBase64(text, code);
  if (bytes.length !== HASH_BYTES) throw new LogError(code, `a hash has 32 bytes, not ${bytes.length}`);
  return bytes;
}

export function writeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** What the signed note forbids: everything below U+0020 but newline. */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) < 0x20 && text[at] !== '\n') return true;
  }
  return false;
}

function decodeUtf8(bytes: Uint8Array, code: LogErrorCode): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new LogError(code, 'not valid UTF-8');
  }
}
