import { createHash, hash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { canonicalBytes } from '../../core/canonical.ts';
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
export function newEntry(entry: Entry): StoredEntry {
  Entry.parse(entry);
  const bytes = entryBytes(entry);
  return { entry, bytes, leaf: leafHash(bytes), request: requestDigest(askedFor(entry)) };
}

/** What a client asked to have appended, as far as a repetition must repeat it. */
export interface Asked {
  readonly kind: string;
  /** The id of what it goes on with; `null` where it opens something. */
  readonly subject: string | null;
  readonly body: unknown;
}

/** {@link StoredEntry.request} of what was asked for. */
export const requestDigest = ({ kind, subject, body }: Asked): Uint8Array =>
  createHash('sha256').update(canonicalBytes({ kind, subject, body })).digest();

/** What was asked for, by the entry that came of it. Beside a question the ledger put more in its entry. */
function askedFor({ kind, subject, version, body }: Entry): Asked {
  // Which of the day's questions it became was not asked for.
  if (kind === 'subject-asked') return { kind, subject: null, body: body['question'] };
  return {
    kind,
    subject: version === 0 ? null : subject,
    body: kind === 'trace-run' || kind === 'trace-accepted' ? body['description'] : body,
  };
}

/**
 * Records an entry, at its version of its history where that takes a pointer: both or neither. Answers what stands
 * under the entry's id afterwards, this entry or an earlier one; `taken` when another entry has that version: the state
 * that was decided on is no longer the last one.
 */
export async function recordEntry(stored: StoredEntry): Promise<StoredEntry | 'taken'> {
  const { entryId } = stored.entry;
  const item = await sealedItem(stored);
  const pointer = pointerItem(stored.entry);
  if (!pointer) return (await insert(item)) ? stored : ((await readEntry(entryId)) ?? stored);
  const outcome = await insertTogether([item, pointer]);
  if (outcome === 'inserted') return stored;
  const earlier = outcome[0] ? await readEntry(entryId) : undefined;
  return earlier ?? 'taken';
}

/**
 * What keeps an entry's version of its history for it. `undefined` for what opens a transfer, a request, an incident or a
 * declaration: these get their ids from their own entry, so nobody else can open the same history.
 */
export function pointerItem({ entryId, stream, subject, version }: Entry): Item | undefined {
  if (version === 0 && OPENED_BY_THEMSELVES.has(stream)) return undefined;
  const { pk, sk } = ledgerKeys.version(stream, subject, version);
  return { pk: { S: pk }, sk: { S: sk }, entryId: { S: entryId } };
}

/** The streams whose histories are opened by an entry without a pointer. */
export const OPENED_BY_THEMSELVES: ReadonlySet<StreamName> = new Set([
  'transfer',
  'request',
  'incident',
  'coverage',
  'frame',
]);

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
 * @param openedBy the entry that opened the history, where the subject's id tells it (transfers, requests, incidents)
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

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
