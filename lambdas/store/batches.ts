import { EMPTY_FRONTIER, type Frontier, HASH_BYTES, restoreFrontier, rootOf } from '../../core/log/merkle.ts';
import type { EntryId, Instant } from '../../core/model/scalars.ts';
import { attributeKey, type Item } from './client.ts';
import { keyOf, LedgerCorrupt, reading } from './corrupt.ts';
import { readIndexes } from './entries.ts';
import { ledgerKeys } from './keys.ts';
import { get, insert, insertMissing, range } from './ledger.ts';
import { batchSealOf } from './seal.ts';

/** An entry by its place in the log. */
export interface PlacedLeaf {
  readonly entryId: EntryId;
  readonly leaf: Uint8Array;
}

/** One commit of the log: entries `first` … `first + ids.length - 1`, and the right edge of the tree with them in. */
export interface Batch {
  readonly first: number;
  readonly ids: readonly EntryId[];
  readonly leaves: readonly Uint8Array[];
  readonly previousRoot: Uint8Array;
  readonly frontier: Frontier;
  readonly committedAt: Instant;
  /** Whatever stands there: a reader that must know whether this log committed the batch verifies it. */
  readonly seal: Uint8Array | undefined;
}

/** 48 bytes an entry keep a batch of so many well below the 400 KB of an item. */
export const MAX_BATCH = 4_096;

const ID_BYTES = 16;

export const batchEnd = (batch: Pick<Batch, 'first' | 'ids'>): number => batch.first + batch.ids.length;

/** The log before its first batch. */
export const EMPTY_LOG: Pick<Batch, 'frontier'> = { frontier: EMPTY_FRONTIER };

/** The last committed batch, strongly consistent; `undefined` while the log is empty. */
export async function lastBatch(): Promise<Batch | undefined> {
  const [item] = await range(ledgerKeys.log, {
    from: ledgerKeys.batch(0).sk,
    to: 'BATCH#~',
    limit: 1,
    newestFirst: true,
  });
  return item && parseBatch(item);
}

/** Committed batches from the one that holds entry `from`, in order. `limit` counts batches. */
export async function batchesFrom(from: number, limit: number): Promise<Batch[]> {
  const items = await range(ledgerKeys.log, { from: ledgerKeys.batch(from).sk, to: 'BATCH#~', limit });
  return items.map(parseBatch);
}

/** What the log has at the places `from` … `to - 1`, strongly consistent. @throws LedgerCorrupt when it ends before `to` */
export async function placedBetween(from: number, to: number): Promise<PlacedLeaf[]> {
  if (from >= to) return [];
  const [start] = await range(ledgerKeys.log, {
    from: ledgerKeys.batch(0).sk,
    to: ledgerKeys.batch(from).sk,
    limit: 1,
    newestFirst: true,
  });
  const first = start && parseBatch(start);
  const batches =
    first && batchEnd(first) < to
      ? [first, ...(await batchesWithin(batchEnd(first), to))]
      : first
        ? [first]
        : [];
  const placed = batches.flatMap(({ ids, leaves }) =>
    ids.map((entryId, i): PlacedLeaf => ({ entryId, leaf: leaves[i] ?? new Uint8Array() })),
  );
  const wanted = placed.slice(from - (first?.first ?? 0), to - (first?.first ?? 0));
  if (wanted.length !== to - from)
    throw new LedgerCorrupt(ledgerKeys.batch(from), `and its followers do not reach to ${to - 1}`);
  return wanted;
}

/**
 * Where entries stand in the log, also those of a batch that is committed and lacks its `INDEX` items yet. Only the
 * last one can: nobody commits a batch before the one before it is integrated.
 */
export async function readPlaces(ids: readonly EntryId[]): Promise<Map<EntryId, number>> {
  const places = await readIndexes(ids);
  const missing = new Set(ids.filter((id) => !places.has(id)));
  if (missing.size === 0) return places;
  const last = await lastBatch();
  last?.ids.forEach((id, i) => {
    if (missing.delete(id)) places.set(id, last.first + i);
  });
  // What was last at first, and is not any more, is integrated by now.
  for (const [id, index] of await readIndexes([...missing])) places.set(id, index);
  return places;
}

/** The batch that the first `size` entries of the log end with; `undefined` when none ends there. */
export async function batchEndingAt(size: number): Promise<Batch | undefined> {
  if (size === 0) return undefined;
  const [item] = await range(ledgerKeys.log, {
    from: ledgerKeys.batch(0).sk,
    to: ledgerKeys.batch(size - 1).sk,
    limit: 1,
    newestFirst: true,
  });
  const batch = item && parseBatch(item);
  return batch && batchEnd(batch) === size ? batch : undefined;
}

/** Committed batches that begin at `from` … `to - 1`, in order. */
export async function batchesWithin(from: number, to: number): Promise<Batch[]> {
  const items = await range(ledgerKeys.log, {
    from: ledgerKeys.batch(from).sk,
    to: ledgerKeys.batch(to - 1).sk,
  });
  return items.map(parseBatch);
}

/**
 * Commits a batch: the key of its first entry exists once, so of all who try to go on from one size exactly one
 * succeeds. False for the others.
 */
export const commitBatch = async (batch: Omit<Batch, 'seal'>): Promise<boolean> =>
  insert(await sealedBatchItem(batch));

/**
 * Inserts the `INDEX` of each entry of a committed batch; harmless to repeat and to race. The last entry's goes last,
 * so where it stands, all do.
 */
export async function insertIndexes(batch: Pick<Batch, 'first' | 'ids'>): Promise<void> {
  const items = indexItems(batch);
  await insertMissing(items.slice(0, -1));
  await insertMissing(items.slice(-1));
}

export const indexItems = ({ first, ids }: Pick<Batch, 'first' | 'ids'>): Item[] =>
  ids.map((id, i) => ({ ...attributeKey(ledgerKeys.index(id)), index: { N: String(first + i) } }));

export async function isIntegrated(batch: Batch): Promise<boolean> {
  const last = batch.ids.at(-1);
  return last === undefined || (await get(ledgerKeys.index(last))) !== undefined;
}

export async function sealedBatchItem(batch: Omit<Batch, 'seal'>): Promise<Item> {
  return {
    ...attributeKey(ledgerKeys.batch(batch.first)),
    first: { N: String(batch.first) },
    count: { N: String(batch.ids.length) },
    previousRoot: { B: batch.previousRoot },
    root: { B: rootOf(batch.frontier) },
    edge: { B: Buffer.concat(batch.frontier.hashes) },
    ids: { B: Buffer.from(batch.ids.join(''), 'hex') },
    leaves: { B: Buffer.concat(batch.leaves) },
    committedAt: { S: batch.committedAt },
    seal: { B: await batchSealOf({ ...batch, root: rootOf(batch.frontier) }) },
  };
}

/** What a batch's item holds, taken apart and not compared: any of it may have been altered. */
export interface BatchParts extends Omit<Batch, 'frontier'> {
  readonly root: Uint8Array;
  /** The hashes of the right edge. */
  readonly edge: readonly Uint8Array[];
}

/** @returns `undefined` when the item does not have the form of a batch */
export function batchParts(item: Item): BatchParts | undefined {
  const [first, count] = [Number(item['first']?.N), Number(item['count']?.N)];
  const [ids, leaves, edge] = [item['ids']?.B, item['leaves']?.B, item['edge']?.B];
  const isForm =
    ids?.length === count * ID_BYTES &&
    leaves?.length === count * HASH_BYTES &&
    edge !== undefined &&
    edge.length % HASH_BYTES === 0 &&
    item['sk']?.S === ledgerKeys.batch(first).sk;
  if (!isForm) return undefined;
  return {
    first,
    ids: slices(ids, ID_BYTES).map((id) => Buffer.from(id).toString('hex') as EntryId),
    leaves: slices(leaves, HASH_BYTES),
    previousRoot: item['previousRoot']?.B ?? new Uint8Array(),
    root: item['root']?.B ?? new Uint8Array(),
    edge: slices(edge, HASH_BYTES),
    committedAt: (item['committedAt']?.S ?? '') as Instant,
    seal: item['seal']?.B,
  };
}

/** @throws LedgerCorrupt when the item is no batch, or its right edge does not have the stored root */
export function parseBatch(item: Item): Batch {
  const parts = batchParts(item);
  if (!parts) throw new LedgerCorrupt(keyOf(item), 'is no batch');
  const { root, edge, ...rest } = parts;
  const size = rest.first + rest.ids.length;
  return reading(item, () => ({ ...rest, frontier: restoreFrontier(size, edge, root) }));
}

function slices(bytes: Uint8Array, width: number): Uint8Array[] {
  return Array.from({ length: bytes.length / width }, (_, i) => bytes.subarray(i * width, (i + 1) * width));
}
