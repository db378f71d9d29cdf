import type { Instant } from '../../core/model/scalars.ts';
import { attributeKey, type Item } from './client.ts';
import { keyOf, LedgerCorrupt } from './corrupt.ts';
import { ledgerKeys } from './keys.ts';
import { get, insert, range } from './ledger.ts';

/** A checkpoint as the log signed it. The note is as it was stored: whoever relies on it verifies it. */
export interface StoredCheckpoint {
  readonly size: number;
  /** The signed note, without cosignatures. */
  readonly note: string;
  readonly signedAt: Instant;
}

/** A witness's signature line for the checkpoint of a size, as it was stored. */
export interface StoredCosignature {
  readonly size: number;
  /** Of the witness's key. */
  readonly keyId: number;
  readonly line: string;
}

const PREFIX = { checkpoint: 'CHECKPOINT#', cosignature: 'COSIGNATURE#' } as const;

/** Signed checkpoints, newest first, strongly consistent. */
export async function checkpointsDown(options: {
  readonly limit: number;
  /** Of this size or smaller. */
  readonly to?: number;
}): Promise<StoredCheckpoint[]> {
  const { limit, to } = options;
  const items = await range(ledgerKeys.log, {
    from: ledgerKeys.checkpoint(0).sk,
    to: to === undefined ? `${PREFIX.checkpoint}~` : ledgerKeys.checkpoint(to).sk,
    limit,
    newestFirst: true,
  });
  return items.map(storedCheckpoint);
}

export async function readCheckpoint(size: number): Promise<StoredCheckpoint | undefined> {
  const item = await get(ledgerKeys.checkpoint(size));
  return item && storedCheckpoint(item);
}

/** False when there is one of this size already. */
export const insertCheckpoint = (checkpoint: StoredCheckpoint): Promise<boolean> =>
  insert(checkpointItem(checkpoint));

export const checkpointItem = ({ size, note, signedAt }: StoredCheckpoint): Item => ({
  ...attributeKey(ledgerKeys.checkpoint(size)),
  note: { S: note },
  signedAt: { S: signedAt },
});

/** Cosignatures of sizes `from` … `to`, newest size first. */
export async function cosignaturesDown(options: {
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
}): Promise<StoredCosignature[]> {
  const { from = 0, to, limit } = options;
  const items = await range(ledgerKeys.log, {
    from: `${ledgerKeys.cosignature(from, 0).sk}`,
    to: to === undefined ? `${PREFIX.cosignature}~` : ledgerKeys.cosignature(to, 0xffffffff).sk,
    newestFirst: true,
    ...(limit === undefined ? {} : { limit }),
  });
  return items.map((item) => ({
    size: sizeIn(item, PREFIX.cosignature),
    keyId: Number.parseInt(item['sk']?.S?.split('#')[2] ?? '', 16),
    line: item['line']?.S ?? '',
  }));
}

/** False when the witness with this key id has one for the size already. */
export const insertCosignature = (size: number, keyId: number, line: string): Promise<boolean> =>
  insert(cosignatureItem({ size, keyId, line }));

export const cosignatureItem = ({ size, keyId, line }: StoredCosignature): Item => ({
  ...attributeKey(ledgerKeys.cosignature(size, keyId)),
  line: { S: line },
});

function storedCheckpoint(item: Item): StoredCheckpoint {
  const [note, signedAt] = [item['note']?.S, item['signedAt']?.S];
  if (note === undefined || signedAt === undefined)
    throw new LedgerCorrupt(keyOf(item), 'misses an attribute');
  return { size: sizeIn(item, PREFIX.checkpoint), note, signedAt: signedAt as Instant };
}

const sizeIn = (item: Item, prefix: string): number =>
  Number(item['sk']?.S?.slice(prefix.length, prefix.length + 20));
