import { LogError } from './error.ts';
import { type VerifierKey, verifyEd25519 } from './key.ts';

const TIME_BYTES = 8;

/** What a witness signs for a checkpoint's text at a time (seconds since 1970). */
export function cosignatureMessage(text: string, time: number): Uint8Array {
  checkTime(time);
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
}

/** The payload of a cosignature: the time, and the Ed25519 signature of `cosignatureMessage`. */
export function encodeCosignature(time: number, signature: Uint8Array): Uint8Array {
  checkTime(time);
  const payload = Buffer.alloc(TIME_BYTES + signature.length);
  payload.writeBigUInt64BE(BigInt(time));
  payload.set(signature, TIME_BYTES);
  return payload;
}

/** The time of a cosignature that verifies; `undefined` for one that does not, whatever is wrong with it. */
export function cosignatureTime(key: VerifierKey, text: string, payload: Uint8Array): number | undefined {
  if (payload.length < TIME_BYTES) return undefined;
  const time = new DataView(payload.buffer, payload.byteOffset, TIME_BYTES).getBigUint64(0);
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const message = cosignatureMessage(text, Number(time));
  return verifyEd25519(key.publicKey, message, payload.subarray(TIME_BYTES)) ? Number(time) : undefined;
}

function checkTime(time: number): void {
  if (!Number.isSafeInteger(time) || time < 0)
    throw new LogError('out-of-range', `not a time in seconds: ${time}`);
}
