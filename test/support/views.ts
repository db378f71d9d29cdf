import { inflateRawSync } from 'node:zlib';
import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { type Packed, unpack } from '../../core/index/pack.ts';

/** What stands in the views table, read past the functions. */
export type Item = Record<string, AttributeValue>;
export type Views = ReadonlyMap<string, unknown>;

export const nameOf = (item: Item) => `${item['pk']?.S} / ${item['sk']?.S}`;

/** Every view by its key, as the value that it stands for. What only says who writes, or seals cursors, is left out. */
export async function readViews(client: DynamoDBClient, table: string): Promise<Views> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    items.push(...Items);
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
