import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { GenerateMacCommand } from '@aws-sdk/client-kms';
import { type Day, dayOf, type EntryId, Instant } from '../../core/model/scalars.ts';
import { environment } from '../environment.ts';
import { kms } from './kms.ts';

/** What a seal vouches for: that this entry, with just this content, was accepted for just this request. */
export interface Sealed {
  readonly entryId: EntryId;
  readonly at: Instant;
  readonly leaf: Uint8Array;
  /** SHA-256 of what was asked for. */
  readonly request: Uint8Array;
}

/** What the seal of a read vouches for: that it took place, and was asked by whom and for what. */
export interface SealedAccess {
  readonly accessId: string;
  readonly at: Instant;
  /** Its canonical JSON. */
  readonly bytes: Uint8Array;
}

/**
 * Keys of days, each a MAC that KMS makes of the day. Only the functions that accept entries, and those that put them
 * into the log, may ask KMS for it. So whoever comes by the right to insert into the ledger table, an administrator
 * included, can write a row but not one that enters the log, nor a batch that the log goes on from. KMS is asked once
 * a day and execution environment.
 *
 * Reads have a key of their own in KMS: whoever answers them has to seal that they took place, and may seal no entry.
 */
const keys = new Map<string, Promise<KeyObject>>();
/** A hundred years of days. */
const MOST_KEYS = 36_600;

/** HMAC-SHA256 (RFC 2104) over id, moment, leaf hash and request, under the key of the day. */
export const sealOf = ({ entryId, at, leaf, request }: Sealed): Promise<Uint8Array> =>
  mac('SEAL_KEY', at, `amanat/seal/v1\n${entryId}\n${at}\n`, leaf, request);

/** Whether an entry bears its seal; all of it may be anything. */
export async function isSealed(sealed: Sealed, seal: Uint8Array | undefined): Promise<boolean> {
  return isInstant(sealed.at) && isSame(seal, await sealOf(sealed));
}

/** What the seal of a batch vouches for: that a sequencer of this log committed it. All else in it follows from this. */
export interface SealedBatch {
  readonly first: number;
  readonly ids: readonly EntryId[];
  readonly root: Uint8Array;
  readonly committedAt: Instant;
}

/** HMAC-SHA256 over place, moment, root and ids, under the key of the day. */
export const batchSealOf = ({ first, ids, root, committedAt }: SealedBatch): Promise<Uint8Array> =>
  mac('SEAL_KEY', committedAt, `amanat/batch/v1\n${first}\n${committedAt}\n`, root, ids.join(''));

/** Whether a batch bears its seal; all of it may be anything. */
export async function isSealedBatch(batch: SealedBatch, seal: Uint8Array | undefined): Promise<boolean> {
  return isInstant(batch.committedAt) && isSame(seal, await batchSealOf(batch));
}

/** HMAC-SHA256 over id, moment and all that is recorded of a read, under the key of the day. */
export const accessSealOf = ({ accessId, at, bytes }: SealedAccess): Promise<Uint8Array> =>
  mac('ACCESS_KEY', at, `amanat/access/v1\n${accessId}\n${at}\n`, bytes);

/** Whether a read bears its seal; all of it may be anything. */
export async function isSealedAccess(access: SealedAccess, seal: Uint8Array | undefined): Promise<boolean> {
  return isInstant(access.at) && isSame(seal, await accessSealOf(access));
}

const isInstant = (text: string): boolean => Instant.safeParse(text).success;

const isSame = (seal: Uint8Array | undefined, own: Uint8Array): boolean =>
  seal !== undefined && seal.length === own.length && timingSafeEqual(seal, own);

type KeyVariable = 'SEAL_KEY' | 'ACCESS_KEY';

async function mac(
  key: KeyVariable,
  at: Instant,
  ...parts: readonly (string | Uint8Array)[]
): Promise<Uint8Array> {
  const hmac = createHmac('sha256', await keyOfDay(key, dayOf(at)));
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

function keyOfDay(key: KeyVariable, day: Day): Promise<KeyObject> {
  const name = `${key} ${day}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const asked = askKms(key, day);
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(name, asked);
  // A failure is not kept: the next one asks again.
  asked.catch(() => keys.delete(name));
  return asked;
}

/** As an object: made into one anew for each seal, the bytes would cost four times the seal itself. */
async function askKms(key: KeyVariable, day: Day): Promise<KeyObject> {
  const { Mac } = await kms.send(
    new GenerateMacCommand({
      KeyId: environment(key),
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from(`amanat/seal/v1|${day}`),
    }),
  );
  if (!Mac) throw new Error('KMS made no MAC');
  return createSecretKey(Mac);
}
