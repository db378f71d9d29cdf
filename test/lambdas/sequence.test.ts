import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import 'aws-sdk-client-mock-vitest/extend';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leafHash, rootOfLeaves } from '../../core/log/merkle.ts';
import { entryIdOf } from '../../core/model/entry.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { handler as sequence } from '../../lambdas/sequence.ts';
import { sequence as sequenceAll } from '../../lambdas/sequencing/sequence.ts';
import { MAX_BATCH } from '../../lambdas/store/batches.ts';
import { newEntry, sealedItem } from '../../lambdas/store/entries.ts';
import { handler as sweep } from '../../lambdas/sweep.ts';
import { aTransfer } from '../support/transfers.ts';
import { LEDGER } from './environment.ts';
import { FakeTables } from './fake-tables.ts';
import { captureOutput } from './output.ts';

// What becomes of the head once it is committed has tests of its own, with a real table and a real archive.
vi.mock('../../lambdas/sequencing/publish.ts', () => ({ publish: async () => ({ size: 0, isNew: false }) }));
vi.mock('../../lambdas/sequencing/archived-head.ts', () => ({ archivedSize: async () => 0 }));

const tables = new FakeTables();
let output: ReturnType<typeof captureOutput>;
beforeEach(() => {
  tables.reset();
  output = captureOutput();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  output.end();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Item = Record<string, AttributeValue>;
const SECRET = 'Zebra-4711';

/** An accepted entry: its item, and the stream's record of it. */
async function accepted(name: string, at = '2026-03-10T10:00:00.000Z') {
  const entryId = entryIdOf('agency:test', name);
  const entry = newEntry({
    amanat: 1,
    entryId,
    kind: 'transfer-recorded',
    stream: 'transfer',
    subject: `tr-${entryId}`,
    version: 0,
    recordedAt: at as Instant,
    principal: { sub: 'client-1', roles: [] },
    flags: [],
    body: aTransfer({ purposeText: SECRET }),
  });
  const item = await sealedItem(entry);
  const record: DynamoDBRecord = {
    eventID: name,
    eventName: 'INSERT',
    dynamodb: {
      Keys: { pk: { S: `ENTRY#${entryId}` }, sk: { S: 'ENTRY' } },
      NewImage: {
        pk: { S: `ENTRY#${entryId}` },
        sk: { S: 'ENTRY' },
        at: { S: at },
        leaf: { B: Buffer.from(entry.leaf).toString('base64') },
        request: { B: Buffer.from(entry.request).toString('base64') },
        body: { B: Buffer.from(entry.bytes).toString('base64') },
        seal: { B: Buffer.from(item['seal']?.B ?? []).toString('base64') },
      },
    },
  };
  return { entryId, item, record, leaf: entry.leaf };
}
const metrics = () => output.lines().filter((line) => '_aws' in line);
const sent = () => tables.mock.calls().map(({ args }) => args[0].constructor.name);

describe('sequencing', () => {
  it('reads consistently, commits with one INSERT, then inserts the index', async () => {
    const [one, two] = [await accepted('one'), await accepted('two')];
    expect(await sequence({ Records: [one.record, two.record] })).toEqual({ batchItemFailures: [] });
    expect(tables.mock).toHaveReceivedNthCommandWith(QueryCommand, 1, {
      TableName: LEDGER,
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: 1,
    });
    expect(sent()).toEqual([
      'QueryCommand',
      'BatchGetItemCommand',
      'ExecuteStatementCommand',
      'BatchExecuteStatementCommand',
      'BatchExecuteStatementCommand',
    ]);
    for (const { args } of tables.mock.commandCalls(BatchGetItemCommand))
      expect(args[0].input.RequestItems?.[LEDGER]).toMatchObject({ ConsistentRead: true });
    const batch = tables.items(LEDGER).find(({ pk }) => pk?.S === 'LOG') ?? expect.fail();
    const leaves = [one, two].sort((a, b) => (a.entryId < b.entryId ? -1 : 1)).map(({ leaf }) => leaf);
    expect(batch).toMatchObject({
      sk: { S: `BATCH#${'0'.repeat(20)}` },
      first: { N: '0' },
      count: { N: '2' },
    });
    expect(Buffer.from(batch['root']?.B ?? [])).toEqual(Buffer.from(rootOfLeaves(leaves)));
  });

  it('takes a long backlog by whole batches, and looks each entry up once', async () => {
    const at = '2026-03-10T10:00:00.000Z' as Instant;
    const backlog = Array.from({ length: 2 * MAX_BATCH + 10 }, (_, n) => ({
      entryId: entryIdOf('agency:test', `${n}`),
      at,
      leaf: leafHash(Buffer.from(`${n}`)),
    })).sort((a, b) => (a.entryId < b.entryId ? -1 : 1));
    const [known, rest] = [backlog.slice(0, 3), backlog.slice(3)];
    expect(await sequenceAll(known, () => at)).toBe(3);
    tables.mock.resetHistory();
    expect(await sequenceAll(backlog, () => at)).toBe(rest.length);
    const counts = tables.items(LEDGER).flatMap(({ count }) => count?.N ?? []);
    expect(counts.map(Number)).toEqual([3, MAX_BATCH - 3, MAX_BATCH, 10]);
    const lookedUp = tables.mock
      .commandCalls(BatchGetItemCommand)
      .flatMap(({ args }) => args[0].input.RequestItems?.[LEDGER]?.Keys ?? []);
    expect(lookedUp).toHaveLength(backlog.length);
    const last = tables.items(LEDGER).find(({ first }) => first?.N === `${2 * MAX_BATCH}`);
    expect(Buffer.from(last?.['root']?.B ?? [])).toEqual(
      Buffer.from(rootOfLeaves(backlog.map(({ leaf }) => leaf))),
    );
  });

  it('makes the last batch good before it commits the next', async () => {
    const [one, two, three] = [await accepted('one'), await accepted('two'), await accepted('three')];
    await sequence({ Records: [one.record, two.record] });
    const indexes = tables.items(LEDGER).filter(({ sk }) => sk?.S === 'INDEX');
    for (const item of indexes) tables.remove(LEDGER, item);
    tables.mock.resetHistory();
    await sequence({ Records: [three.record] });
    expect(sent()).toEqual([
      'QueryCommand',
      'GetItemCommand',
      'BatchExecuteStatementCommand',
      'BatchExecuteStatementCommand',
      'BatchGetItemCommand',
      'ExecuteStatementCommand',
      'BatchExecuteStatementCommand',
    ]);
    expect(tables.items(LEDGER).filter(({ sk }) => sk?.S === 'INDEX')).toHaveLength(3);
  });

  it('writes nothing for what is in the log, and reads nothing for an empty doorbell', async () => {
    const one = await accepted('one');
    await sequence({ Records: [one.record] });
    tables.mock.resetHistory();
    await sequence({ Records: [one.record, one.record] });
    expect(tables.mock).not.toHaveReceivedCommand(ExecuteStatementCommand);
    expect(tables.mock).not.toHaveReceivedCommand(BatchExecuteStatementCommand);
    tables.mock.resetHistory();
    await sequence({ Records: [] });
    expect(sent()).toEqual([]);
  });

  it('leaves out what was written and never accepted, raises the alarm, and goes on with the rest', async () => {
    const [one, two, three] = [await accepted('one'), await accepted('two'), await accepted('three')];
    const forged = (image: object): DynamoDBRecord => ({
      ...one.record,
      dynamodb: { ...one.record.dynamodb, NewImage: { ...one.record.dynamodb?.NewImage, ...image } },
    });
    await sequence({
      Records: [
        forged({ seal: two.record.dynamodb?.NewImage?.['seal'] }),
        forged({ leaf: two.record.dynamodb?.NewImage?.['leaf'] }),
        forged({ request: { B: Buffer.alloc(32, 1).toString('base64') } }),
        forged({ at: { S: 'x'.repeat(5_000) } }),
        forged({ seal: {} }),
        three.record,
      ],
    });
    expect(tables.items(LEDGER).filter(({ sk }) => sk?.S === 'INDEX')).toEqual([
      expect.objectContaining({ pk: { S: `ENTRY#${three.entryId}` } }),
    ]);
    const alarms = output.lines().filter(({ level }) => level === 'CRITICAL');
    expect(alarms).toHaveLength(5);
    for (const alarm of alarms) expect(alarm).toMatchObject({ item: `ENTRY#${one.entryId}` });
    expect(output.text()).not.toContain(SECRET);
  });

  it('takes only inserts of entries for entries', async () => {
    const { record } = await accepted('one');
    const other = (change: object): DynamoDBRecord => ({
      ...record,
      dynamodb: { ...record.dynamodb, NewImage: { ...record.dynamodb?.NewImage, ...change } },
    });
    const { dynamodb: _image, ...bare } = record;
    await sequence({
      Records: [other({ sk: { S: 'INDEX' } }), bare],
    });
    expect(sent()).toEqual([]);
  });

  it('refuses to go on from a batch whose root is not that of its right edge', async () => {
    const [one, two] = [await accepted('one'), await accepted('two')];
    await sequence({ Records: [one.record] });
    const batch = tables.items(LEDGER).find(({ pk }) => pk?.S === 'LOG') ?? expect.fail();
    tables.put(LEDGER, { ...batch, root: { B: leafHash(new Uint8Array()) } });
    await expect(sequence({ Records: [two.record] })).rejects.toThrow(
      /BATCH#0+ does not hold what belongs there/,
    );
    expect(tables.items(LEDGER).filter(({ pk }) => pk?.S === 'LOG')).toHaveLength(1);
  });

  it.each<[string, (batch: Item) => Item]>([
    ['without a seal', ({ seal: _, ...rest }) => rest],
    ['with the seal of another', (batch) => ({ ...batch, seal: { B: new Uint8Array(32) } })],
    ['of another moment', (batch) => ({ ...batch, committedAt: { S: '2026-03-10T10:00:00.000Z' } })],
    ['of no moment at all', (batch) => ({ ...batch, committedAt: { S: 'yesterday' } })],
    ['that names another entry', (batch) => ({ ...batch, ids: { B: new Uint8Array(16) } })],
  ])('refuses to go on from a batch %s', async (_, alter) => {
    const [one, two] = [await accepted('one'), await accepted('two')];
    await sequence({ Records: [one.record] });
    const batch = tables.items(LEDGER).find(({ pk }) => pk?.S === 'LOG') ?? expect.fail();
    tables.put(LEDGER, alter(batch));
    await expect(sequence({ Records: [two.record] })).rejects.toThrow(
      /BATCH#0+ was not committed by this log/,
    );
    expect(output.lines().filter(({ level }) => level === 'CRITICAL')).toHaveLength(1);
    expect(tables.items(LEDGER).filter(({ pk }) => pk?.S === 'LOG')).toHaveLength(1);
  });

  it('gives up, for the stream to ring again, when others keep winning', async () => {
    tables.mock
      .on(ExecuteStatementCommand)
      .rejects(Object.assign(new Error(), { name: 'DuplicateItemException' }));
    await expect(sequence({ Records: [(await accepted('one')).record] })).rejects.toThrow(/kept winning/);
    expect(tables.mock.commandCalls(ExecuteStatementCommand).length).toBeLessThan(12);
  });

  it('counts what it put into the log', async () => {
    await sequence({ Records: [(await accepted('one')).record, (await accepted('two')).record] });
    expect(metrics()).toEqual([expect.objectContaining({ EntriesSequenced: 2 })]);
  });
});

describe('a change that is no insert', () => {
  const intrusion = async (eventName: 'MODIFY' | 'REMOVE'): Promise<DynamoDBRecord> => ({
    ...(await accepted('one')).record,
    eventName,
  });

  it('raises the alarm for each, with the key and nothing of the content, and is no entry', async () => {
    await sequence({ Records: [await intrusion('MODIFY'), await intrusion('REMOVE')] });
    expect(metrics()).toContainEqual(expect.objectContaining({ LedgerTampering: 1 }));
    const alarms = output.lines().filter(({ level }) => level === 'CRITICAL');
    expect(alarms.map(({ eventName }) => eventName)).toEqual(['MODIFY', 'REMOVE']);
    expect(alarms[0]).toMatchObject({ pk: `ENTRY#${entryIdOf('agency:test', 'one')}`, sk: 'ENTRY' });
    expect(output.text()).not.toContain(SECRET);
    expect(sent()).toEqual([]);
  });

  it('raises the alarm at once, also when sequencing then fails', async () => {
    tables.mock.on(QueryCommand).rejects(Object.assign(new Error(), { name: 'ThrottlingException' }));
    await expect(
      sequence({ Records: [await intrusion('MODIFY'), (await accepted('two')).record] }),
    ).rejects.toThrow();
    expect(metrics()).toContainEqual(expect.objectContaining({ LedgerTampering: 1 }));
  });
});

describe('the sweep', () => {
  const at = (time: string) => vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) });
  const windows = () =>
    tables.mock.commandCalls(QueryCommand).flatMap(({ args }) => {
      const { IndexName, ExpressionAttributeValues: values = {} } = args[0].input;
      return IndexName === 'intake' ? [[values[':shard']?.S, values[':from']?.S, values[':to']?.S]] : [];
    });

  it('looks each minute through the shards of the day', async () => {
    at('2026-03-10T10:17:20.000Z');
    await sweep({ 'detail-type': 'Scheduled Event' } as never);
    expect(windows()).toEqual(
      Array.from({ length: 8 }, (_, n) => [
        `2026-03-10#${n}`,
        '2026-03-10T10:12:20.000Z',
        '2026-03-10T10:16:50.000Z',
      ]),
    );
  });

  it('looks past midnight into the day before', async () => {
    at('2026-03-10T00:02:00.000Z');
    await sweep({ 'detail-type': 'Scheduled Event' } as never);
    expect(new Set(windows().map(([shard]) => String(shard).slice(0, 10)))).toEqual(
      new Set(['2026-03-09', '2026-03-10']),
    );
  });

  it('finds what was left behind, however many there are, and leaves alone what is in the log', async () => {
    at('2026-03-10T10:17:20.000Z');
    const [known, ...left] = await Promise.all(
      Array.from({ length: 130 }, (_, n) => accepted(`entry-${n}`, '2026-03-10T10:15:00.000Z')),
    );
    for (const { item } of [known ?? expect.fail(), ...left]) tables.put(LEDGER, item);
    await sequence({ Records: [known?.record ?? expect.fail()] });
    expect(await sweep({ 'detail-type': 'Scheduled Event' } as never)).toEqual({ sequenced: 129 });
    expect(tables.items(LEDGER).filter(({ sk }) => sk?.S === 'INDEX')).toHaveLength(130);
    expect(metrics().at(-1)).toMatchObject({ EntriesSwept: 129 });
    expect(tables.mock.commandCalls(GetItemCommand).length).toBeLessThan(3);
  });
});
