import { inflateRawSync } from 'node:zlib';
import { type AttributeValue, BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { type Packed, unpack } from '../../../core/index/pack.ts';
import { chunks } from '../../../lambdas/store/client.ts';
import { scan } from './ledger.ts';

/** What stands in the views table, read past the functions. */
type Item = Record<string, AttributeValue>;
export type Views = ReadonlyMap<string, unknown>;

const nameOf = (item: Item) => `${item['pk']?.S} / ${item['sk']?.S}`;

/** Every view by its key, as the value that it stands for. What only says who writes, or seals cursors, is left out. */
export async function readViews(client: DynamoDBClient, table: string): Promise<Views> {
  const items = await scan(client, table);
  return new Map(
    items.flatMap((item): [string, unknown][] => {
      const name = nameOf(item);
      if (name === 'META / LEASE' || name.startsWith('PART#')) return [];
      if (name === 'META / META') return [[name, { size: item['size']?.N, phase: item['phase']?.S }]];
      if (name.startsWith('POSTING#')) return [[name, new Set(item['blocks']?.NS)]];
      const value: unknown = JSON.parse(inflateRawSync(bytesOf(item, items)).toString('utf8'));
      return [[name, name.endsWith(' / FACTS') ? unpack(value as Packed).map(withoutUndefined) : value]];
    }),
  );
}

/** The bytes of a view, joined where they are kept in parts. */
function bytesOf(item: Item, items: readonly Item[]): Uint8Array {
  const parts = items.filter(({ pk }) => pk?.S === `PART#${item['parts']?.S}`);
  return item['value']?.B ?? Buffer.concat(parts.map((part) => part['value']?.B ?? new Uint8Array()));
}

const withoutUndefined = (row: object) =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));

/**
 * The views are those that a rebuild makes. Only the lists of the index may have more blocks: what was once true of a
 * block is never taken back from them.
 */
export function expectSameViews(views: Views, rebuilt: Views): void {
  for (const [name, value] of rebuilt) {
    const actual = views.get(name);
    if (!(value instanceof Set)) expect(actual, name).toEqual(value);
    else expect([...(actual instanceof Set ? actual : [])], name).toEqual(expect.arrayContaining([...value]));
  }
  const more = [...views.keys()].filter((name) => !rebuilt.has(name) && !name.startsWith('POSTING#'));
  expect(more, 'views that a rebuild does not make').toEqual([]);
}

/** Makes the table hold exactly these items. */
export async function restore(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  const kept = new Set(items.map(nameOf));
  const gone = (await scan(client, table)).filter((item) => !kept.has(nameOf(item)));
  const requests = [
    ...gone.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } as Item } })),
    ...items.map((item) => ({ PutRequest: { Item: item } })),
  ];
  for (const chunk of chunks(requests, 25))
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: chunk } }));
}
