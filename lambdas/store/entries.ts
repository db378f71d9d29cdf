import { createHash, hash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { leafHash } from '../../core/log/merkle.ts';
import {
  Entry,
  entryBytes,
  entryIdWithin,
  MAX_ENTRY_BYTES,
  parseEntry,
  type StreamName,
} from '../../core/model/entry.ts';
import type { EntryId, TransferId } from '../../core/model/scalars.ts';
import { type Item, inParallel } from './client.ts';
import { keyOf, LedgerCorrupt, reading } from './corrupt.ts';
import { ledgerKeys } from './keys.ts';
import { get, getMany, insert, insertTogether, range } from './ledger.ts';
import { sealOf } from './seal.ts';

/** An entry as it stands in the ledger. */
export interface StoredEntry {
  readonly entry: Entry;
  /** The canonical JSON, exactly as hashed into the log. */
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
  /** SHA-256 of what was asked for, by which a repetition is told from another request under the same key. */
  readonly request: Uint8Array;
}

/**
 * Bodies are stored deflated: a transfer of 1–2 KB then takes one write unit, not two or three, and half the space.
 * What is hashed and proved is the inflated text; its leaf hash beside it shows any change.
 */
export function entryItem({ entry, bytes, leaf, request }: StoredEntry): Item {
  const { pk, sk } = ledgerKeys.entry(entry.entryId);
  return {
    pk: { S: pk },
    sk: { S: sk },
    kind: { S: entry.kind },
    at: { S: entry.recordedAt },
    intake: { S: ledgerKeys.intake(entry.entryId, entry.recordedAt) },
    body: { B: deflateRawSync(bytes, { level: 9 }) },
    leaf: { B: leaf },
    request: { B: request },
  };
}

/** {@link entryItem} with the seal that shows the log that it was accepted, and not merely written. */
export async function sealedItem(stored: StoredEntry): Promise<Item> {
  const { entryId, recordedAt } = stored.entry;
  const { leaf, request } = stored;
  const seal = await sealOf({ entryId, at: recordedAt, leaf, request });
  return { ...entryItem(stored), seal: { B: seal } };
}

/** @throws LedgerCorrupt when the item is not what was hashed */
export function storedEntry(item: Item): StoredEntry {
  const body = item['body']?.B;
  const leaf = item['leaf']?.B;
  const request = item['request']?.B;
  if (!body || !leaf || !request) throw new LedgerCorrupt(keyOf(item), 'misses an attribute');
  const bytes = reading(item, () => inflateRawSync(body, { maxOutputLength: MAX_ENTRY_BYTES }));
  if (!equalBytes(leafHash(bytes), leaf))
    throw new LedgerCorrupt(keyOf(item), 'does not have the leaf hash beside it');
  const entry = reading(item, () => parseEntry(bytes));
  if (ledgerKeys.entry(entry.entryId).pk !== item['pk']?.S)
    throw new LedgerCorrupt(keyOf(item), 'stands at another key');
  return { entry, bytes, leaf, request };
}

/**
 * An entry as it will stand in the ledger. What is inserted stays for good, so what could not be read again is an
 * error here and now.
 * @throws Problem `entry-too-large`; ZodError for what is no entry
 */
export function newEntry(entry: Entry, request: Uint8Array): StoredEntry {
  Entry.parse(entry);
  const bytes = entryBytes(entry);
  return { entry, bytes, leaf: leafHash(bytes), request };
}

/**
 * Records an entry whose key in its history follows from its own id (a transfer, an incident): one insert.
 * Answers what stands under the entry's id afterwards: this entry, or an earlier one.
 */
export async function recordAlone(stored: StoredEntry): Promise<StoredEntry> {
  if (await insert(await sealedItem(stored))) return stored;
  return (await readEntry(stored.entry.entryId)) ?? stored;
}

/**
 * Records an entry at its version of its history: both or neither. `taken` when another entry has that version:
 * the state that was decided on is no longer the last one.
 */
export async function recordAtVersion(stored: StoredEntry): Promise<StoredEntry | 'taken'> {
  const { entryId, stream, subject, version } = stored.entry;
  const { pk, sk } = ledgerKeys.version(stream, subject, version);
  const pointer = { pk: { S: pk }, sk: { S: sk }, entryId: { S: entryId } };
  const outcome = await insertTogether([await sealedItem(stored), pointer]);
  if (outcome === 'inserted') return stored;
  const earlier = outcome[0] ? await readEntry(entryId) : undefined;
  return earlier ?? 'taken';
}

export async function readEntry(id: EntryId): Promise<StoredEntry | undefined> {
  const item = await get(ledgerKeys.entry(id));
  return item && storedEntry(item);
}

export async function readEntries(ids: readonly EntryId[]): Promise<StoredEntry[]> {
  const items = await getMany(ids.map(ledgerKeys.entry));
  return items.map(storedEntry);
}

/**
 * The history of a subject, oldest first, strongly consistent. Empty when there is none.
 * @param openedBy the entry that opened the history, where the subject's id tells it (transfers, incidents)
 */
export async function readHistory(
  stream: StreamName,
  subject: string,
  openedBy?: EntryId,
): Promise<StoredEntry[]> {
  const versions = await range(ledgerKeys.history(stream, subject));
  const later = versions.flatMap((item) => (item['entryId']?.S ?? []) as EntryId[]);
  const ids = openedBy === undefined ? later : [openedBy, ...later];
  const entries = await readEntries(ids);
  const first = entries[0]?.entry;
  // An id of another stream (tr-… of an incident's entry, say) opens no history of this one.
  if (first === undefined || first.stream !== stream || first.version !== 0) return [];
  return entries;
}

/** The histories of transfers by id, each as {@link readHistory} gives it; few reads where most have no events. */
export async function readTransferHistories(
  ids: readonly TransferId[],
): Promise<Map<TransferId, readonly StoredEntry[]>> {
  const [opened, firstEvents] = await Promise.all([
    readEntries(ids.map(entryIdWithin)),
    getMany(ids.map((id) => ledgerKeys.version('transfer', id, 1))),
  ]);
  const goneOn = new Set(firstEvents.map((item) => item['pk']?.S));
  const histories = new Map<TransferId, readonly StoredEntry[]>();
  for (const stored of opened)
    if (stored.entry.kind === 'transfer-recorded')
      histories.set(stored.entry.subject as TransferId, [stored]);
  const eventful = [...histories.keys()].filter((id) => goneOn.has(ledgerKeys.history('transfer', id)));
  await inParallel(eventful, 16, async (id) => {
    histories.set(id, await readHistory('transfer', id, entryIdWithin(id)));
  });
  return histories;
}

/** Where entries stand in the log, for those that are sequenced and integrated. */
export async function readIndexes(ids: readonly EntryId[]): Promise<Map<EntryId, number>> {
  const items = await getMany(ids.map(ledgerKeys.index));
  return new Map(
    items.map((item) => [item['pk']?.S?.slice('ENTRY#'.length) as EntryId, Number(item['index']?.N)]),
  );
}

/** {@link StoredEntry.request} of a canonical request. */
export const requestDigest = (canonical: Uint8Array): Uint8Array =>
  createHash('sha256').update(canonical).digest();

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
