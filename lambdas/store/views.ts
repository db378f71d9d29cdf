import { hash, randomBytes, randomUUID } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  BatchWriteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { Problem } from '../../core/problem.ts';
import {
  attributeKey,
  backOff,
  batchGet,
  chunks,
  dynamo,
  type Item,
  inParallel,
  passing,
  tableName,
} from './client.ts';
import { type Key, viewKeys } from './keys.ts';

/**
 * Everything that speaks to the views table. It holds nothing that does not follow from the ledger:
 *
 * | item | holds |
 * |---|---|
 * | `META` | how much of the log the views reflect, the key of the cursors, and who may write |
 * | `BLOCK#<k>` / `FACTS`, `STANDINGS` | what never changes, and what does, of the transfers in block k |
 * | `POSTING#<facet>#<value>` / `<era>` | the blocks that hold a transfer with that value |
 * | `CHILDREN#<transfer>` / `<transfer>` | who names it as an origin, or was superseded by it |
 * | `PARENT#<transfer>` | that it has children |
 * | `REQUEST[#<agency>]` / `<place>` | a request for data, by the place of its first entry in the log |
 * | `OBLIGATION[#<agency>]` / `<due>#<transfer or request>#<kind>#<cause>` | what is owed, by date |
 * | `AGENCY`, `AGREEMENT`, `INCIDENT`, `COVERAGE`, `PROVIDER`, `FRAME` / `<id>` | the state of each |
 * | `SUPPRESSION` / `<transfer>` | that the public register does not show it, on what basis and until when |
 * | `PART#<name>` / `<n>` | part of a value that is too large for one item |
 */
const views = () => tableName('VIEWS_TABLE');

export interface Meta {
  /** The views reflect the first `size` entries of the log. */
  readonly size: number;
  /** Only views that serve are read: half an answer is worse than a late one. A rebuild drops, then builds. */
  readonly phase: 'serving' | 'dropping' | 'building';
  /** Authenticates the cursors of lists; made anew with the views. */
  readonly cursorKey: Uint8Array;
}

/** @throws Problem `try-again` while the views are being rebuilt */
export async function readMeta(): Promise<Meta> {
  const meta = await findMeta();
  if (meta && meta.phase !== 'serving')
    throw new Problem('try-again', 'the views are being rebuilt from the ledger');
  return meta ?? { size: 0, phase: 'serving', cursorKey: NO_KEY };
}

/** Lists without items have no pages to go on to: nobody holds a cursor under this key. */
const NO_KEY: Uint8Array = randomBytes(32);

export async function findMeta(): Promise<Meta | undefined> {
  const item = await getView(viewKeys.meta);
  if (!item) return undefined;
  return {
    size: Number(item['size']?.N),
    phase: item['phase']?.S as Meta['phase'],
    cursorKey: item['cursorKey']?.B ?? NO_KEY,
  };
}

/** Starts from nothing. */
export async function createMeta(phase: Meta['phase']): Promise<Meta> {
  const meta: Meta = { size: 0, phase, cursorKey: randomBytes(32) };
  await putMeta(meta);
  return meta;
}

export async function putMeta(meta: Meta): Promise<void> {
  await dynamo.send(
    new PutItemCommand({
      TableName: views(),
      Item: {
        ...attributeKey(viewKeys.meta),
        size: { N: String(meta.size) },
        phase: { S: meta.phase },
        cursorKey: { B: meta.cursorKey },
      },
    }),
  );
}

/** A holder that dies keeps the others out for no longer than this. */
const LEASE_MS = 15_000;
const RENEWED_EVERY_MS = 5_000;

/** The sole right to write the views, renewed for as long as its holder lives and does not release it. */
export class Lease {
  readonly #holder = randomUUID();
  #renewal: NodeJS.Timeout | undefined;
  #lost = false;

  /** @throws Error while somebody else holds it: the caller is to be called again */
  static async take(): Promise<Lease> {
    const lease = new Lease();
    await lease.#extend('attribute_not_exists(holder) OR heldUntil < :now OR holder = :holder');
    lease.#renewal = setInterval(() => {
      lease.#extend('holder = :holder').catch(() => {
        lease.#lost = true;
      });
    }, RENEWED_EVERY_MS);
    return lease;
  }

  /** @throws Error when it could not be renewed */
  check(): void {
    if (this.#lost) throw new Error('the lease of the views is lost');
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal);
    await this.#extend('holder = :holder', 0);
  }

  async #extend(condition: string, length = LEASE_MS): Promise<void> {
    const now = Date.now();
    const names = condition.includes(':now') ? { ':now': { N: String(now) } } : {};
    await dynamo.send(
      new UpdateItemCommand({
        TableName: views(),
        Key: attributeKey(viewKeys.lease),
        UpdateExpression: 'SET holder = :holder, heldUntil = :until',
        ConditionExpression: condition,
        ExpressionAttributeValues: {
          ':holder': { S: this.#holder },
          ':until': { N: String(length === 0 ? 0 : now + length) },
          ...names,
        },
      }),
    );
  }
}

export async function getView(key: Key): Promise<Item | undefined> {
  const { Item } = await dynamo
    .send(new GetItemCommand({ TableName: views(), Key: attributeKey(key), ConsistentRead: true }))
    .catch((error: unknown) => {
      throw passing(error);
    });
  return Item;
}

export const getViews = async (keys: readonly Key[]): Promise<Item[]> => whole(await batchGet(views(), keys));

/** Items of a partition, from the sort key after `after` (before, when newest first) up to but not with `before`. */
export async function listViews(
  pk: string,
  options: { after?: string | undefined; before?: string; limit: number; newestFirst?: boolean },
): Promise<Item[]> {
  const { after, before, limit, newestFirst = false } = options;
  const items: Item[] = [];
  let start: Item | undefined = after === undefined ? undefined : attributeKey({ pk, sk: after });
  do {
    const answer = await dynamo
      .send(
        new QueryCommand({
          TableName: views(),
          KeyConditionExpression: before === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :before',
          ExpressionAttributeValues: {
            ':pk': { S: pk },
            ...(before === undefined ? {} : { ':before': { S: before } }),
          },
          ConsistentRead: true,
          ScanIndexForward: !newestFirst,
          Limit: limit - items.length,
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      .catch((error: unknown) => {
        throw passing(error);
      });
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
  } while (start && items.length < limit);
  return whole(items);
}

/** All items of a partition. */
export const allViews = (pk: string): Promise<Item[]> => listViews(pk, { limit: 100_000 });

/** Puts and deletes by key, each by itself; all are safe to repeat. */
export async function writeViews(puts: readonly Item[], deletes: readonly Key[] = []): Promise<void> {
  for (const item of puts.filter(isLarge)) await writeLarge(item);
  await writeItems(
    puts.filter((item) => !isLarge(item)),
    deletes,
  );
}

async function writeItems(puts: readonly Item[], deletes: readonly Key[] = []): Promise<void> {
  const requests: WriteRequest[] = [
    ...deletes.map((key) => ({ DeleteRequest: { Key: attributeKey(key) } })),
    ...puts.map((Item) => ({ PutRequest: { Item } })),
  ];
  await inParallel(chunks(requests, 25), 4, async (chunk) => {
    let left = chunk;
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt === 8) throw new Problem('try-again', 'the views table is throttled');
      if (attempt > 0) await backOff(attempt);
      const answer = await dynamo.send(new BatchWriteItemCommand({ RequestItems: { [views()]: left } }));
      left = answer.UnprocessedItems?.[views()] ?? [];
    }
  });
}

/** DynamoDB takes 400 KB an item, with its key and names. */
const MOST_BYTES = 350_000;
const isLarge = (item: Item): boolean => (item['value']?.B?.length ?? 0) > MOST_BYTES;

/**
 * Writes a value that is too large for one item: first its parts, under a name that follows from them, then the view,
 * which names them. So a reader finds the old value or the new one, never a mixture.
 */
async function writeLarge({ value, ...view }: Item): Promise<void> {
  const bytes = value?.B ?? new Uint8Array();
  const item: Item = {
    ...view,
    parts: { S: hash('sha256', bytes, 'hex') },
    count: { N: String(Math.ceil(bytes.length / MOST_BYTES)) },
  };
  await writeItems(
    partsOf(item).map((key, n) => ({
      ...attributeKey(key),
      value: { B: bytes.subarray(n * MOST_BYTES, (n + 1) * MOST_BYTES) },
    })),
  );
  const { Attributes: before } = await dynamo.send(
    new PutItemCommand({ TableName: views(), Item: item, ReturnValues: 'ALL_OLD' }),
  );
  if (before && before['parts']?.S !== item['parts']?.S) await writeItems([], partsOf(before));
}

/** The keys of the parts that a view names, in order; none for a view that holds its value itself. */
function partsOf({ parts, count }: Item): Key[] {
  const name = parts?.S;
  return name === undefined
    ? []
    : Array.from({ length: Number(count?.N) }, (_, part) => viewKeys.part(name, part));
}

/** The items with their values whole. @throws Problem `try-again` when one was replaced while it was read */
async function whole(items: readonly Item[]): Promise<Item[]> {
  const keys = items.flatMap(partsOf);
  if (keys.length === 0) return [...items];
  const read = await batchGet(views(), keys);
  const parts = new Map(read.map((part) => [`${part['pk']?.S} ${part['sk']?.S}`, part['value']?.B]));
  return items.map((item) => {
    const own = partsOf(item).flatMap(({ pk, sk }) => parts.get(`${pk} ${sk}`) ?? []);
    if (own.length !== partsOf(item).length)
      throw new Problem('try-again', 'a view was replaced while it was read');
    return own.length === 0 ? item : { ...item, value: { B: Buffer.concat(own) } };
  });
}

/** Adds blocks to the lists of facets; adding what is there already changes nothing. */
export async function addPostings(
  postings: Iterable<{ facet: string; era: number; blocks: readonly number[] }>,
): Promise<void> {
  await inParallel([...postings], 16, async ({ facet, era, blocks }) => {
    await dynamo.send(
      new UpdateItemCommand({
        TableName: views(),
        Key: attributeKey(viewKeys.posting(facet, era)),
        UpdateExpression: 'ADD blocks :blocks',
        ExpressionAttributeValues: { ':blocks': { NS: blocks.map(String) } },
      }),
    );
  });
}

/** Deletes everything, for a rebuild. */
export async function dropViews(): Promise<void> {
  let start: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new ScanCommand({
        TableName: views(),
        ProjectionExpression: 'pk, sk',
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    const keys = Items.map((item) => ({ pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' }));
    await writeViews(
      [],
      keys.filter(({ pk }) => pk !== viewKeys.meta.pk),
    );
    start = LastEvaluatedKey;
  } while (start);
}

/** Values are kept as deflated JSON: blocks of like records shrink to a tenth. */
export const packed = (key: Key, value: unknown): Item => ({
  ...attributeKey(key),
  value: { B: deflateRawSync(JSON.stringify(value)) },
});

/** The value of a {@link packed} item. Only this system writes the table, so its shape is taken as known. */
export function unpacked<T>(item: Item): T {
  const value = item['value']?.B;
  if (!value) throw new Error(`the view ${item['pk']?.S} / ${item['sk']?.S} has no value`);
  return JSON.parse(inflateRawSync(value).toString('utf8')) as T;
}
