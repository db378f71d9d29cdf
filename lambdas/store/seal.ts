import { createHmac, timingSafeEqual } from 'node:crypto';
import { GenerateMacCommand } from '@aws-sdk/client-kms';
import { type Day, dayOf, type EntryId, type Instant } from '../../core/model/scalars.ts';
import { environment } from '../environment.ts';
import { kms } from './kms.ts';

/** What a seal vouches for: that this entry, with just this content, was accepted. */
export interface Sealed {
  readonly entryId: EntryId;
  readonly at: Instant;
  readonly leaf: Uint8Array;
}

/**
 * Keys of days, each a MAC that KMS makes of the day. Only the functions that accept entries, and those that put them
 * into the log, may ask KMS for it. So whoever comes by the right to insert into the ledger table, an administrator
 * included, can write a row but not one that enters the log. KMS is asked once a day and execution environment.
 */
const keys = new Map<Day, Promise<Uint8Array>>();
const MOST_KEYS = 400;

/** HMAC-SHA256 (RFC 2104) over id, moment and leaf hash, under the key of the day. */
export async function sealOf(sealed: Sealed): Promise<Uint8Array> {
  return mac(await keyOfDay(dayOf(sealed.at)), sealed);
}

/** Whether an entry bears its seal; `seal` may be anything. */
export async function isSealed(sealed: Sealed, seal: Uint8Array | undefined): Promise<boolean> {
  const own = await sealOf(sealed);
  return seal !== undefined && seal.length === own.length && timingSafeEqual(seal, own);
}

const mac = (key: Uint8Array, { entryId, at, leaf }: Sealed): Uint8Array =>
  createHmac('sha256', key).update(`amanat/seal/v1\n${entryId}\n${at}\n`).update(leaf).digest();

function keyOfDay(day: Day): Promise<Uint8Array> {
  const known = keys.get(day);
  if (known !== undefined) return known;
  const asked = askKms(day);
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(day, asked);
  // A failure is not kept: the next one asks again.
  asked.catch(() => keys.delete(day));
  return asked;
}

async function askKms(day: Day): Promise<Uint8Array> {
  const { Mac } = await kms.send(
    new GenerateMacCommand({
      KeyId: environment('SEAL_KEY'),
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from(`amanat/seal/v1|${day}`),
    }),
  );
  if (!Mac) throw new Error('KMS made no MAC');
  return Mac;
}
