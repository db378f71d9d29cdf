import { inflateRawSync } from 'node:zlib';
import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { expect } from 'vitest';
import { EMPTY_ROOT, leafHash, rootOfLeaves } from '../../../core/log/merkle.ts';
import { Entry, entryIdOf, transferIdOf } from '../../../core/model/entry.ts';
import type { EntryId, Instant } from '../../../core/model/scalars.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import type { StoredEntry } from '../../../lambdas/store/entries.ts';

/** What stands in the ledger table, read past the functions, and whether it is whole. */
type Item = Record<string, AttributeValue>;

export async function scan(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    items.push(...Items);
  return items.sort((a, b) => compare(`${a['pk']?.S} ${a['sk']?.S}`, `${b['pk']?.S} ${b['sk']?.S}`));
}
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export interface Ledger {
  readonly entries: ReadonlyMap<EntryId, { readonly entry: Entry; readonly item: Item }>;
  /** Of each history the entries by version, as the pointers have them. */
  readonly histories: ReadonlyMap<string, readonly EntryId[]>;
  readonly batches: readonly Item[];
  readonly indexes: ReadonlyMap<EntryId, number>;
  readonly tiles: readonly Item[];
  /** Checkpoints and cosignatures. */
  readonly heads: readonly Item[];
}

export async function readLedger(client: DynamoDBClient, table: string): Promise<Ledger> {
  const entries = new Map<EntryId, { entry: Entry; item: Item }>();
  const histories = new Map<string, EntryId[]>();
  const batches: Item[] = [];
  const indexes = new Map<EntryId, number>();
  const [tiles, heads]: [Item[], Item[]] = [[], []];
  for (const item of await scan(client, table)) {
    const { pk = '', sk = '' } = { pk: item['pk']?.S, sk: item['sk']?.S };
    const id = pk.slice('ENTRY#'.length) as EntryId;
    if (pk === 'LOG') (sk.startsWith('BATCH#') ? batches : heads).push(item);
    else if (pk.startsWith('TILE#')) tiles.push(item);
    else if (pk.startsWith('STREAM#')) {
      const history = histories.get(pk) ?? [];
      histories.set(pk, [...history, item['entryId']?.S as EntryId]);
      // Transfers, requests, incidents and declarations open by themselves: their pointers start with the first event.
      const first = /^STREAM#(transfer|request|incident|coverage|frame)#/.test(pk) ? 1 : 0;
      expect(sk, `versions of ${pk}`).toBe(String(history.length + first).padStart(6, '0'));
    } else if (sk === 'INDEX') indexes.set(id, Number(item['index']?.N));
    else if (sk === 'ENTRY') {
      const bytes = inflateRawSync(item['body']?.B ?? new Uint8Array());
      expect(Buffer.from(leafHash(bytes)), `leaf of ${pk}`).toEqual(Buffer.from(item['leaf']?.B ?? []));
      entries.set(id, { entry: Entry.parse(JSON.parse(bytes.toString('utf8'))), item });
    } else if (!/^(ANSWER|ACCESS)#/.test(pk)) expect.fail(`an item of no known kind: ${pk} / ${sk}`);
  }
  return { entries, histories, batches, indexes, tiles, heads };
}

/** Every entry stands once in its history, at its version, and no history has a gap. */
export function checkHistories({ entries, histories }: Ledger): void {
  const pointed = new Map([...histories].flatMap(([pk, ids]) => ids.map((id) => [id, pk] as const)));
  expect(pointed.size).toBe([...histories.values()].flat().length);
  for (const id of pointed.keys()) expect(entries.has(id), `entry ${id}`).toBe(true);
  for (const [id, { entry }] of entries) {
    const { stream, subject, version } = entry;
    const alone = version === 0 && /^(transfer|request|incident|coverage|frame)$/.test(stream);
    expect(pointed.get(id)).toBe(alone ? undefined : `STREAM#${stream}#${subject}`);
    if (alone) continue;
    const offset = /^(transfer|request|incident|coverage|frame)$/.test(stream) ? 1 : 0;
    expect(histories.get(`STREAM#${stream}#${subject}`)?.[version - offset]).toBe(id);
    if (offset === 1) expect(entries.has(subject.slice(3) as EntryId), `opening of ${subject}`).toBe(true);
  }
}

/**
 * The log is whole: batches follow each other without a gap, each root is that of all leaves so far, no entry stands
 * twice, and what is integrated stands where its batch has it. Answers the entries that are in the log, in order.
 */
export function checkLog({ entries, batches, indexes }: Ledger): EntryId[] {
  const ids: EntryId[] = [];
  const leaves: Uint8Array[] = [];
  let root: Uint8Array = EMPTY_ROOT;
  for (const batch of batches) {
    expect(Number(batch['first']?.N)).toBe(ids.length);
    expect(batch['sk']?.S).toBe(`BATCH#${String(ids.length).padStart(20, '0')}`);
    const own = (Buffer.from(batch['ids']?.B ?? [])
      .toString('hex')
      .match(/.{32}/g) ?? []) as EntryId[];
    expect(own.length).toBe(Number(batch['count']?.N));
    expect(own.length).toBeGreaterThan(0);
    for (const id of own) {
      const leaf = entries.get(id)?.item['leaf']?.B;
      if (!leaf) return expect.fail(`the log holds ${id}, which is no entry`);
      leaves.push(leaf);
    }
    ids.push(...own);
    expect(hex(batch['previousRoot']?.B)).toBe(hex(root));
    root = rootOfLeaves(leaves);
    expect(hex(batch['root']?.B)).toBe(hex(root));
  }
  expect(new Set(ids).size, 'entries stand once').toBe(ids.length);
  for (const [id, index] of indexes) expect(ids[index], `index of ${id}`).toBe(id);
  return ids;
}

/** {@link checkLog}, and nothing that was accepted is missing from it or without its index. */
export function checkWholeLog(ledger: Ledger): void {
  const ids = checkLog(ledger);
  expect([...ids].sort()).toEqual([...ledger.entries.keys()].sort());
  expect(ledger.indexes.size).toBe(ids.length);
}

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

/** The stream's records of new entries, as Lambda is handed them. */
export async function doorbell(
  entries: readonly Pick<StoredEntry, 'entry' | 'leaf' | 'request'>[],
  seals = import('../../../lambdas/store/seal.ts'),
): Promise<DynamoDBStreamEvent> {
  const { sealOf } = await seals;
  const record = async (
    { entry, leaf, request }: Pick<StoredEntry, 'entry' | 'leaf' | 'request'>,
    n: number,
  ): Promise<DynamoDBRecord> => {
    const seal = await sealOf({ entryId: entry.entryId, at: entry.recordedAt, leaf, request });
    return {
      eventID: `${n}`,
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        Keys: { pk: { S: `ENTRY#${entry.entryId}` }, sk: { S: 'ENTRY' } },
        NewImage: {
          pk: { S: `ENTRY#${entry.entryId}` },
          sk: { S: 'ENTRY' },
          at: { S: entry.recordedAt },
          leaf: { B: Buffer.from(leaf).toString('base64') },
          request: { B: Buffer.from(request).toString('base64') },
          seal: { B: Buffer.from(seal).toString('base64') },
        },
        SequenceNumber: String(n).padStart(21, '0'),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    };
  };
  return { Records: await Promise.all(entries.map(record)) };
}

/** An entry that a transfer becomes, without asking whether it may be recorded. */
export function transferEntry(
  key: string,
  body: TransferRecord | Record<string, unknown>,
  recordedAt: Instant = new Date().toISOString() as Instant,
): Entry {
  const entryId = entryIdOf('agency:test', key);
  const { agencyId } = (body as { provider: { agencyId: never } }).provider;
  return {
    amanat: 1,
    entryId,
    kind: 'transfer-recorded',
    stream: 'transfer',
    subject: transferIdOf(entryId),
    version: 0,
    recordedAt,
    principal: { sub: `client-${agencyId}`, agency: agencyId, roles: [] },
    flags: [],
    body,
  };
}

/** The entry that goes on with the history of `opening`. */
export const followingEntry = (
  opening: Entry,
  version: number,
  kind: string,
  body: Record<string, unknown>,
  recordedAt: Instant = opening.recordedAt,
): Entry => ({
  ...opening,
  entryId: entryIdOf('agency:test', `${opening.entryId}/${version}`),
  kind,
  version,
  recordedAt,
  flags: [],
  body,
});

export type Accept = (entries: readonly Entry[]) => Promise<StoredEntry[]>;

/**
 * What accepts entries without asking whether they may be: they stand in the ledger as if they had been recorded, and
 * their doorbell is still to ring. The environment must name the tables by now.
 */
export async function accepting(): Promise<Accept> {
  const [{ newEntry, sealedItem }, { insertMissing, insertTogether }, { inParallel }, { ledgerKeys }] =
    await Promise.all([
      import('../../../lambdas/store/entries.ts'),
      import('../../../lambdas/store/ledger.ts'),
      import('../../../lambdas/store/client.ts'),
      import('../../../lambdas/store/keys.ts'),
    ]);
  return async (entries) => {
    const stored = entries.map(newEntry);
    const opens = ({ entry }: StoredEntry) => entry.version === 0;
    await insertMissing(await Promise.all(stored.filter(opens).map(sealedItem)));
    await inParallel(
      stored.filter((each) => !opens(each)),
      8,
      async (each) => {
        const { stream, subject, version, entryId } = each.entry;
        const { pk, sk } = ledgerKeys.version(stream, subject, version);
        await insertTogether([
          await sealedItem(each),
          { pk: { S: pk }, sk: { S: sk }, entryId: { S: entryId } },
        ]);
      },
    );
    return stored;
  };
}
