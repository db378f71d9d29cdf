import { ExecuteStatementCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStreamedTables, type StreamedTables } from './tables.ts';

describe('the tables of an integration test', () => {
  let tables: StreamedTables;
  beforeAll(async () => {
    tables = await createStreamedTables();
  });
  afterAll(() => tables.client.destroy());

  const insert = (value: string) =>
    tables.client.send(
      new ExecuteStatementCommand({
        Statement: `INSERT INTO "${tables.ledger}" VALUE {'pk': ?, 'sk': ?, 'v': ?}`,
        Parameters: [{ S: 'ENTRY#1' }, { S: 'ENTRY' }, { S: value }],
      }),
    );

  it('take a PartiQL insert once and refuse the second', async () => {
    await insert('first');
    await expect(insert('second')).rejects.toMatchObject({ name: expect.stringMatching(/^DuplicateItem/) });
    const { Item } = await tables.client.send(
      new GetItemCommand({
        TableName: tables.ledger,
        Key: { pk: { S: 'ENTRY#1' }, sk: { S: 'ENTRY' } },
      }),
    );
    expect(Item?.['v']).toEqual({ S: 'first' });
  });

  it('have a stream on the ledger', async () => {
    const streams = new DynamoDBStreamsClient({
      endpoint: tables.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const { StreamDescription } = await streams.send(
      new DescribeStreamCommand({ StreamArn: tables.ledgerStreamArn }),
    );
    expect(StreamDescription).toMatchObject({
      StreamStatus: 'ENABLED',
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    });
    streams.destroy();
  });
});
