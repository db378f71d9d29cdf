import { hkdfSync } from 'node:crypto';
import type { AgencyId } from '../model/scalars.ts';
import { Cmac } from './cmac.ts';
import { FingerprintError } from './error.ts';
import type { FieldSet } from './sets.ts';

/**
 * Who holds a secret of which fingerprint keys are made: a key in KMS, or a file. What it gives out is
 * HMAC-SHA-256 of the message, 32 bytes; the secret itself stays where it is.
 */
export interface KeyHolder {
  /** Names the secret, and tells nothing of it. */
  readonly keyId: string;
  mac(message: Uint8Array): Promise<Uint8Array>;
}

/** The keys of one provider and epoch: fingerprints under different ones have nothing in common. */
export interface EpochKeys {
  readonly keyId: string;
  readonly epoch: string;
  readonly provider: AgencyId;
  /** Tells whether two are the same without telling what they are; 32 hex digits. */
  readonly keyCheck: string;
  /** The key of a field set's PRF, 32 bytes. */
  key(set: FieldSet): Uint8Array;
  /** The PRF of a field set. */
  prf(set: FieldSet): Cmac;
  /** Key material for another purpose, 32 bytes: marks, canaries. */
  derive(purpose: string): Uint8Array;
}

/** One message to the holder makes all keys of an epoch; what is made of it leaves no trace there. */
export async function epochKeys(holder: KeyHolder, epoch: string, provider: AgencyId): Promise<EpochKeys> {
  const mac = await holder.mac(Buffer.from(`fp/v1|${epoch}|${provider}`));
  if (mac.length !== 32) throw new FingerprintError('wrong-key', 'a MAC of a key holder has 32 bytes');
  const derive = (info: string) => new Uint8Array(hkdfSync('sha256', mac, '', info, 32));
  return {
    keyId: holder.keyId,
    epoch,
    provider,
    keyCheck: Buffer.from(derive('check')).toString('hex').slice(0, 32),
    key: derive,
    prf: (set) => new Cmac(derive(set)),
    derive: (purpose) => derive(`purpose|${purpose}`),
  };
}

/** Makes sure that a file was made with these keys. @throws FingerprintError `wrong-key` */
export function checkKeys(
  keys: EpochKeys,
  made: { readonly epoch: string; readonly provider: string; readonly keyCheck: string },
): void {
  if (made.provider !== keys.provider)
    throw new FingerprintError('wrong-key', `made by ${made.provider}, and the key is of ${keys.provider}`);
  if (made.epoch !== keys.epoch)
    throw new FingerprintError('wrong-key', `made in epoch ${made.epoch}, and the key is of ${keys.epoch}`);
  if (made.keyCheck !== keys.keyCheck)
    throw new FingerprintError('wrong-key', `made with another key than ${keys.keyId}`);
}
