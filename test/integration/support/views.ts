import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { chunks } from '../../../lambdas/store/client.ts';
import { type Item, nameOf, readViews, type Views } from '../../support/views.ts';
import { scan } from './ledger.ts';

export { readViews, type Views };

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
