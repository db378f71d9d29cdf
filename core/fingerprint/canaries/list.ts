import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { canonicalBytes } from '../../canonical.ts';
import { AgencyId, Count, type Sha256 } from '../../model/scalars.ts';
import { FingerprintError } from '../error.ts';
import { checkKeys, type EpochKeys } from '../keys.ts';

/** An invented record, by its fields as the file has them; ids in their normal form besides. */
export const Canary = z.strictObject({
  msisdn: z
    .string()
    .regex(/^92\d{10}$/)
    .optional(),
  cnic: z
    .string()
    .regex(/^\d{13}$/)
    .optional(),
  name: z.string().optional(),
  'father-name': z.string().optional(),
  address: z.string().optional(),
});
export type Canary = z.infer<typeof Canary>;

/** What was planted in one dataset. It stays with the provider, encrypted; the ledger has its digest. */
export const CanaryList = z.strictObject({
  amanatCanaries: z.literal(1),
  /** 32 random bytes, so that nobody can find the records by trying what has this digest. */
  salt: z.string().regex(/^[0-9a-f]{64}$/),
  /** Rows of the dataset with them. */
  rows: Count,
  records: z.array(Canary).min(1).max(100_000),
});
export type CanaryList = z.infer<typeof CanaryList>;

/** What the transfer's record says of a list: SHA-256 of its canonical JSON. */
export const commitmentTo = (list: CanaryList): { count: number; sha256: Sha256 } => ({
  count: list.records.length,
  sha256: hash('sha256', canonicalBytes(list)) as Sha256,
});

export const newSalt = (): string => randomBytes(32).toString('hex');

/** Base64 in its one canonical spelling: stray bits at the end would be a change that nothing tells of. */
const Base64 = z.base64().refine((text) => Buffer.from(text, 'base64').toString('base64') === text);

const Sealed = z.strictObject({
  amanatCanaryList: z.literal(1),
  provider: AgencyId,
  epoch: z.string(),
  keyId: z.string(),
  keyCheck: z.string(),
  iv: Base64,
  sealed: Base64,
  tag: Base64,
});
type Sealed = z.infer<typeof Sealed>;

const purpose = 'canaries';

/** A list as it is kept: AES-256-GCM under a key of its own, with what stands around it authenticated too. */
export function sealCanaries(list: CanaryList, keys: EpochKeys): Uint8Array {
  const { provider, epoch, keyId, keyCheck } = keys;
  const iv = randomBytes(12);
  const around = {
    amanatCanaryList: 1,
    provider,
    epoch,
    keyId,
    keyCheck,
    iv: iv.toString('base64'),
  } as const;
  const cipher = createCipheriv('aes-256-gcm', keys.derive(purpose), iv).setAAD(canonicalBytes(around));
  const sealed = Buffer.concat([cipher.update(canonicalBytes(list)), cipher.final()]).toString('base64');
  const whole: Sealed = { ...around, sealed, tag: cipher.getAuthTag().toString('base64') };
  return canonicalBytes(whole);
}

/** @throws FingerprintError `altered` for what is no such list or was changed, `wrong-key` under another key */
export function openCanaries(bytes: Uint8Array, keys: EpochKeys): CanaryList {
  const { sealed, tag, ...around } = parse(bytes);
  checkKeys(keys, around);
  try {
    const iv = Buffer.from(around.iv, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', keys.derive(purpose), iv, { authTagLength: 16 })
      .setAAD(canonicalBytes(around))
      .setAuthTag(Buffer.from(tag, 'base64'));
    const text = Buffer.concat([decipher.update(Buffer.from(sealed, 'base64')), decipher.final()]);
    return CanaryList.parse(JSON.parse(text.toString()));
  } catch {
    throw new FingerprintError('altered', 'the list of canaries is not as it was sealed');
  }
}

function parse(bytes: Uint8Array): Sealed {
  try {
    return Sealed.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    throw new FingerprintError('altered', 'the file is no list of canaries');
  }
}
