import type { EntryPlaces } from '../../core/api/answers.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import { LogError } from '../../core/log/error.ts';
import { proveInclusion } from '../../core/log/prove.ts';
import { formatReceipt } from '../../core/log/receipt.ts';
import { tileHashReader } from '../../core/log/tile-reader.ts';
import { verifyInclusion } from '../../core/log/verify.ts';
import type { EntryId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import type { Request } from '../http/request.ts';
import { Answer } from '../http/serve.ts';
import { visibleEntry } from '../queries/transfers.ts';
import { placedBetween } from '../store/batches.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { readIndexes, type StoredEntry } from '../store/entries.ts';
import { ledgerKeys } from '../store/keys.ts';
import { readTile } from '../store/tiles.ts';
import { type PublishedCheckpoint, publishedCheckpoint } from './published.ts';

type Asked<O extends keyof typeof ROUTES> = Request<(typeof ROUTES)[O]>;

export async function getReceipt({ principal, params }: Asked<'getReceipt'>): Promise<Answer> {
  const stored = await visibleEntry('getReceipt', principal, params.entryId);
  const covering = await coveringCheckpoint(params.entryId);
  if (!covering) throw new Problem('receipt-pending');
  return new Answer(200, await receiptOf(stored, covering), {
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': `attachment; filename="${params.entryId}.tlog-proof"`,
  });
}

interface Covering {
  readonly index: number;
  readonly checkpoint: PublishedCheckpoint;
}

/** Whether there are receipts for all of the entries. */
export async function areCovered(ids: readonly EntryId[]): Promise<boolean> {
  const wanted = new Set(ids);
  const indexes = await readIndexes([...wanted]);
  if (indexes.size < wanted.size) return false;
  const size = (await publishedCheckpoint())?.size ?? 0;
  return Math.max(...indexes.values()) < size;
}

/** The published checkpoint that covers an entry: with it there is a receipt, and before it there is none. */
async function coveringCheckpoint(id: EntryId): Promise<Covering | undefined> {
  const index = (await readIndexes([id])).get(id);
  const checkpoint = index === undefined ? undefined : await publishedCheckpoint();
  return index === undefined || !checkpoint || index >= checkpoint.size ? undefined : { index, checkpoint };
}

/** Verified before it is handed out: what it was made of may have been altered. @throws LedgerCorrupt */
async function receiptOf({ entry, leaf }: StoredEntry, { index, checkpoint }: Covering): Promise<string> {
  const { size, root, text } = checkpoint;
  const proof = await proveInclusion(index, size, tileHashReader(size, readTile));
  try {
    verifyInclusion({ index, size, leaf, proof, root });
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    throw new LedgerCorrupt(ledgerKeys.entry(entry.entryId), `is not at ${index} of the published log`);
  }
  return formatReceipt({ index, proof, checkpoint: text });
}

export async function listEntries({ query }: Asked<'listEntries'>): Promise<EntryPlaces> {
  const size = (await publishedCheckpoint())?.size ?? 0;
  const ids = (await placedBetween(query.from, Math.min(size, query.from + query.limit))).map(
    ({ entryId }) => entryId,
  );
  const indexes = await readIndexes(ids);
  return { items: ids.map((entryId) => ({ entryId, index: indexes.get(entryId) ?? null })), size };
}
