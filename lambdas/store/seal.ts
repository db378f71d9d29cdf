import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { GenerateMacCommand } from '@aws-sdk/client-kms';
import { rootOf } from '../../core/log/merkle.ts';
import { type Day, dayOf, type EntryId, Instant } from '../../core/model/scalars.ts';
import { environment } from '../environment.ts';
import type { Batch } from './batches.ts';
import { kms } from './kms.ts';

/** What a seal vouches for: that this entry, with just this content, was accepted for just this request. */
export interface Sealed {
  readonly entryId: EntryId;
  readonly at: Instant;
  readonly leaf: Uint8Array;
  /** SHA-256 of what was asked for. */
  readonly request: Uint8Array;
}

/**
 * Keys of days, each a MAC that KMS makes of the day. Only the functions that accept entries, and those that put them
 * into the log, may ask KMS for it. So whoever comes by the right to insert into the ledger table, an administrator
 * included, can write a row but not one that enters the log, nor a batch that the log goes on from. KMS is asked once
 * a day and execution environment.
 */
const keys = new Map<Day, Promise<KeyObject>>();
const MOST_KEYS = 400;

/** HMAC-SHA256 (RFC 2104) over id, moment, leaf hash and request, under the key of the day. */
export const sealOf = ({ entryId, at, leaf, request }: Sealed): Promise<Uint8Array> =>
  mac(at, `amanat/seal/v1\n${entryId}\n${at}\n`, leaf, request);

/** Whether an entry bears its seal; all of it may be anything. */
export async function isSealed(sealed: Sealed, seal: Uint8Array | undefined): Promise<boolean> {
  return isInstant(sealed.at) && isSame(seal, await sealOf(sealed));
}

/**
 * What a batch is committed with: HMAC-SHA256 over its place, its moment, the root that it leads to and the ids in it,
 * under the key of the day. All else of it follows from these.
 */
export const batchSealOf = ({
  first,
  ids,
  frontier,
  committedAt,
}: Omit<Batch, 'seal'>): Promise<Uint8Array> =>
  mac(
    committedAt,
    `amanat/batch/v1\n${first}\n${committedAt}\n`,
    rootOf(frontier),
    Buffer.from(ids.join('')),
  );

/** Whether a sequencer of this log committed the batch; all of it may be anything. */
export async function isSealedBatch(batch: Batch): Promise<boolean> {
  return isInstant(batch.committedAt) && isSame(batch.seal, await batchSealOf(batch));
}

const isInstant = (text: string): boolean => Instant.safeParse(text).success;

const isSame = (seal: Uint8Array | undefined, own: Uint8Array): boolean =>
  seal !== undefined && seal.length === own.length && timingSafeEqual(seal, own);

async function mac(at: Instant, ...parts: readonly (string | Uint8Array)[]): Promise<Uint8Array> {
  const hmac = createHmac('sha256', await keyOfDay(dayOf(at)));
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

function keyOfDay(day: Day): Promise<KeyObject> {
  const known = keys.get(day);
  if (known !== undefined) return known;
  const asked = askKms(day);
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(day, asked);
  // A failure is not kept: the next one asks again.
  asked.catch(() => keys.delete(day));
  return asked;
}

/** As an object: made into one anew for each seal, the bytes would cost four times the seal itself. */
async function askKms(day: Day): Promise<KeyObject> {
  const { Mac } = await kms.send(
    new GenerateMacCommand({
      KeyId: environment('SEAL_KEY'),
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from(`amanat/seal/v1|${day}`),
    }),
  );
  if (!Mac) throw new Error('KMS made no MAC');
  return createSecretKey(Mac);
}
