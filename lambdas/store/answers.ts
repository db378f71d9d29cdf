import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Sha256 } from '../../core/model/scalars.ts';
import { attributeKey } from './client.ts';
import { LedgerCorrupt, reading } from './corrupt.ts';
import { sha256Hex } from './entries.ts';
import { ledgerKeys } from './keys.ts';
import { insertMissing, range } from './ledger.ts';

/** Deflated bytes in one item: well below DynamoDB's 400 KB. */
const PART_BYTES = 300_000;

/**
 * Keeps the answer of a trace in the ledger, under its digest: inserting it again changes nothing, and nobody can
 * change it afterwards. The entry that names the digest comes later; without one an answer was never given.
 */
export async function keepAnswer(bytes: Uint8Array): Promise<Sha256> {
  const sha256 = sha256Hex(bytes) as Sha256;
  const deflated = deflateRawSync(bytes);
  const parts = Array.from({ length: Math.ceil(deflated.length / PART_BYTES) }, (_, part) => {
    const { pk, sk } = ledgerKeys.answer(sha256, part);
    const body = deflated.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    return { pk: { S: pk }, sk: { S: sk }, body: { B: body } };
  });
  // The first goes last: where it stands, all do.
  await insertMissing(parts.slice(1));
  await insertMissing(parts.slice(0, 1));
  return sha256;
}

/** @throws LedgerCorrupt when what is kept is not what the digest says */
export async function readAnswer(sha256: Sha256): Promise<Uint8Array> {
  const key = ledgerKeys.answer(sha256, 0);
  const parts = await range(key.pk);
  const deflated = Buffer.concat(parts.map((part) => part['body']?.B ?? new Uint8Array()));
  const bytes = reading(attributeKey(key), () => inflateRawSync(deflated));
  if (sha256Hex(bytes) !== sha256) throw new LedgerCorrupt(key, 'and its followers do not have its digest');
  return bytes;
}
