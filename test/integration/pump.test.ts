import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, ExecuteStatementCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../local/functions/environment.ts';
import type { FunctionPool } from '../../local/functions/pool.ts';
import { Pump } from '../../local/streams/pump.ts';
import type { LambdaRecord } from '../../local/streams/record.ts';
import type { StreamMapping } from '../../local/template/events.ts';
import { createStreamedTables, ENGINE_CREDENTIALS, type StreamedTables } from './tables.ts';

/** The machine may be busy with other tests. */
const eventually = <T>(value: () => T) => expect.poll(value, { timeout: 20_000, interval: 5 });
const fine: Outcome = { kind: 'answer', answer: { batchItemFailures: [] } };

describe('the pump, on the stream of a real table', () => {
  let tables: StreamedTables;
  let streams: DynamoDBStreamsClient;
  let folder: string;
  const pumps: Pump[] = [];
  const reports: string[] = [];
  beforeEach(async () => {
    tables = await createStreamedTables();
    folder = await mkdtemp(join(tmpdir(), 'amanat-pump-'));
    streams = new DynamoDBStreamsClient({
      endpoint: tables.endpoint,
      region: ENGINE_CREDENTIALS.AWS_REGION,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });
  afterEach(async () => {
    await Promise.all(pumps.splice(0).map((pump) => pump.stop()));
    streams.destroy();
    tables.client.destroy();
    reports.length = 0;
    await rm(folder, { recursive: true, force: true });
  });

  const insert = (number: number) =>
    tables.client.send(
      new ExecuteStatementCommand({
        Statement: `INSERT INTO "${tables.ledger}" VALUE {'pk': ?, 'sk': ?, 'body': ?}`,
        Parameters: [{ S: `ENTRY#${number}` }, { S: 'ENTRY' }, { B: Buffer.from(`bytes of ${number}`) }],
      }),
    );

  /** A pump whose function answers as told, by the number of the call, and what that function has seen. */
  function start(
    answer: (records: LambdaRecord[], call: number) => Outcome = () => fine,
    more: Partial<StreamMapping> = {},
  ) {
    const seen: LambdaRecord[][] = [];
    const mapping: StreamMapping = {
      id: 'Mapping',
      tableName: tables.ledger,
      functionArn: 'f',
      batchSize: 100,
      batchingWindowMs: 0,
      startAt: 'TRIM_HORIZON',
      patterns: [],
      reportsItemFailures: true,
      bisects: false,
      maxRetries: -1,
      maxAgeSeconds: -1,
      ...more,
    };
    const pool = {
      spec: { label: 'follow' },
      invoke: async (event: string) => {
        const { Records } = JSON.parse(event) as { Records: LambdaRecord[] };
        seen.push(Records);
        return answer(Records, seen.length);
      },
    } as unknown as FunctionPool;
    const pump = new Pump({
      mapping,
      streamArn: tables.ledgerStreamArn,
      client: streams,
      pool,
      folder,
      report: (line) => reports.push(line),
      onDelivered: () => undefined,
    });
    pumps.push(pump);
    return { pump, seen, numbers: () => seen.flat().map(numberOf) };
  }
  const numberOf = ({ dynamodb }: LambdaRecord) =>
    Number((dynamodb['Keys'] as { pk: { S: string } }).pk.S.split('#')[1]);

  it('hands over inserts, changes and removals as Lambda would', async () => {
    await insert(1);
    const Key = { pk: { S: 'ENTRY#1' }, sk: { S: 'ENTRY' } };
    await tables.client.send(
      new PutItemCommand({
        TableName: tables.ledger,
        Item: { ...Key, list: { L: [{ B: Buffer.from('x') }] } },
      }),
    );
    await tables.client.send(new DeleteItemCommand({ TableName: tables.ledger, Key }));
    const { seen } = start();
    await eventually(() => seen.flat().length).toBe(3);
    const [inserted, modified, removed] = seen.flat();
    expect(inserted).toEqual({
      eventID: expect.stringMatching(/.+/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: expect.any(String),
      eventSourceARN: tables.ledgerStreamArn,
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: Key,
        NewImage: { ...Key, body: { B: Buffer.from('bytes of 1').toString('base64') } },
        SequenceNumber: expect.stringMatching(/^\d+$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    expect(modified).toMatchObject({
      eventName: 'MODIFY',
      dynamodb: { NewImage: { list: { L: [{ B: 'eA==' }] } }, OldImage: { body: expect.anything() } },
    });
    expect(removed?.eventName).toBe('REMOVE');
    expect(removed?.dynamodb['NewImage']).toBeUndefined();
  });

  it('delivers within a moment of being told, and soon even when not', async () => {
    const { pump, seen } = start();
    await insert(1);
    await eventually(() => seen.length).toBe(1);
    await new Promise((done) => setTimeout(done, 1000)); // By now it looks rarely.
    await insert(2);
    pump.wake();
    const began = performance.now();
    await eventually(() => seen.length).toBe(2);
    expect(performance.now() - began).toBeLessThan(1000);
    await insert(3);
    await eventually(() => seen.length).toBe(3);
  });

  it('goes on where it was after a restart, with what came meanwhile', async () => {
    await insert(1);
    const before = start();
    await eventually(before.numbers).toEqual([1]);
    await before.pump.stop();
    await insert(2);
    await insert(3);
    const after = start();
    await eventually(after.numbers).toEqual([2, 3]);
  });

  it('delivers again what was under way when it was stopped', async () => {
    await insert(1);
    let stopped: Promise<void> | undefined;
    const before = start(() => {
      stopped = before.pump.stop();
      return { kind: 'crash' };
    });
    await eventually(() => stopped !== undefined).toBe(true);
    await stopped;
    const after = start();
    await eventually(after.numbers).toEqual([1]);
  });

  it('repeats from the first failed record, and loses and reorders nothing', async () => {
    for (let number = 1; number <= 5; number++) await insert(number);
    const { numbers } = start((records, call) =>
      call === 1
        ? {
            kind: 'answer',
            answer: { batchItemFailures: [{ itemIdentifier: records[2]?.dynamodb.SequenceNumber }] },
          }
        : fine,
    );
    await eventually(numbers).toEqual([1, 2, 3, 4, 5, 3, 4, 5]);
    expect(reports).toEqual([expect.stringContaining('follow: 3 records failed at try 1')]);
  });

  it('writes down what it gives up, without its content, and goes on', async () => {
    await insert(1);
    await insert(2);
    const { numbers } = start(
      (records) => (numberOf(records[0] as LambdaRecord) === 1 ? { kind: 'crash' } : fine),
      {
        batchSize: 1,
        maxRetries: 1,
        onFailure: 'arn:aws:sqs:queue',
      },
    );
    await eventually(numbers).toEqual([1, 1, 2]);
    const text = await readFile(join(folder, 'failures', 'Mapping.ndjson'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      requestContext: { functionArn: 'f', approximateInvokeCount: 2 },
      destination: 'arn:aws:sqs:queue',
      DDBStreamBatchInfo: { batchSize: 1, streamArn: tables.ledgerStreamArn },
    });
    expect(text).not.toContain('bytes of');
    expect(reports.at(-1)).toContain('gave up 1 records after 2 tries');
  });

  it('passes by what the filter keeps back, also after a restart', async () => {
    const patterns = [{ eventName: ['INSERT'], dynamodb: { Keys: { pk: { S: [{ prefix: 'ENTRY#2' }] } } } }];
    for (let number = 1; number <= 3; number++) await insert(number);
    const before = start(undefined, { patterns });
    await eventually(before.numbers).toEqual([2]);
    await before.pump.stop();
    const after = start();
    await insert(4);
    await eventually(after.numbers).toEqual([4]);
  });

  it('gathers for as long as the batching window says', async () => {
    const { seen, numbers } = start(undefined, { batchingWindowMs: 600 });
    for (let number = 1; number <= 4; number++) {
      await insert(number);
      await new Promise((done) => setTimeout(done, 50));
    }
    await eventually(numbers).toEqual([1, 2, 3, 4]);
    expect(seen.length).toBeLessThanOrEqual(2);
  });
});
