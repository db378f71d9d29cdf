import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PositionFile } from '../../../local/streams/positions.ts';
import { StreamReader } from '../../../local/streams/shards.ts';

describe('a stream reader', () => {
  const mock = mockClient(DynamoDBStreamsClient);
  let folder: string;
  beforeEach(() => {
    mock.reset();
    folder = mkdtempSync(join(tmpdir(), 'amanat-shards-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const position = () => new PositionFile(join(folder, 'p.json'), 'stream');
  const reader = (from = position(), startAt: 'TRIM_HORIZON' | 'LATEST' = 'TRIM_HORIZON') =>
    new StreamReader(new DynamoDBStreamsClient({}), 'stream', from, startAt);
  const stream = (...Shards: { ShardId: string; ParentShardId?: string }[]) =>
    mock.on(DescribeStreamCommand).resolves({ StreamDescription: { Shards } });
  const iterators = () =>
    mock.on(GetShardIteratorCommand).callsFake(({ ShardId, ShardIteratorType, SequenceNumber }) => ({
      ShardIterator: `${ShardId}:${ShardIteratorType}:${SequenceNumber ?? ''}`,
    }));
  const holds = (iterator: string, numbers: number[], next?: string) =>
    mock.on(GetRecordsCommand, { ShardIterator: iterator }).resolves({
      Records: numbers.map((number) => ({
        eventName: 'INSERT' as const,
        dynamodb: { SequenceNumber: String(number), Keys: { pk: { B: Buffer.from('bytes') } } },
      })),
      ...(next !== undefined && { NextShardIterator: next }),
    });

  it('reads on from where it is', async () => {
    stream({ ShardId: 'a' });
    iterators();
    holds('a:TRIM_HORIZON:', [1, 2], 'more');
    holds('more', [3], 'still');
    const read = reader();
    expect((await read.read())[0]?.records.map(({ dynamodb }) => dynamodb.SequenceNumber)).toEqual([
      '1',
      '2',
    ]);
    const [next] = await read.read();
    expect(next?.records[0]?.dynamodb).toMatchObject({
      SequenceNumber: '3',
      Keys: { pk: { B: Buffer.from('bytes').toString('base64') } },
    });
  });

  it('reads parents before their children', async () => {
    stream({ ShardId: 'child', ParentShardId: 'parent' }, { ShardId: 'parent', ParentShardId: 'gone' });
    iterators();
    holds('parent:TRIM_HORIZON:', [1]);
    holds('parent:AFTER_SEQUENCE_NUMBER:1', []);
    holds('child:TRIM_HORIZON:', [2], 'more');
    const from = position();
    const read = reader(from);
    expect((await read.read()).map(({ shard }) => shard)).toEqual(['parent']);
    from.move('parent', '1');
    expect(await read.read()).toEqual([]);
    expect((await read.read()).map(({ shard }) => shard)).toEqual(['child']);
    expect(from.of('parent')).toBe('end');
  });

  it('goes on after what was dealt with before a restart', async () => {
    position().move('a', '7');
    stream({ ShardId: 'a' });
    iterators();
    holds('a:AFTER_SEQUENCE_NUMBER:7', [8], 'more');
    expect((await reader(position(), 'LATEST').read())[0]?.records[0]?.dynamodb.SequenceNumber).toBe('8');
  });

  it('starts over from what is left when the stream has forgotten the place', async () => {
    position().move('a', '7');
    stream({ ShardId: 'a' });
    iterators();
    mock
      .on(GetShardIteratorCommand, { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' })
      .rejects(new TrimmedDataAccessException({ message: 'gone', $metadata: {} }));
    holds('a:TRIM_HORIZON:', [100], 'more');
    expect((await reader(position()).read())[0]?.records[0]?.dynamodb.SequenceNumber).toBe('100');
  });

  it('makes a new iterator when its own has expired', async () => {
    const from = position();
    stream({ ShardId: 'a' });
    iterators();
    holds('a:TRIM_HORIZON:', [1], 'expires');
    mock
      .on(GetRecordsCommand, { ShardIterator: 'expires' })
      .rejects(Object.assign(new Error('expired'), { name: 'ExpiredIteratorException' }));
    holds('a:AFTER_SEQUENCE_NUMBER:1', [2], 'more');
    const read = reader(from);
    await read.read();
    from.move('a', '1');
    expect(await read.read()).toEqual([]);
    expect((await read.read())[0]?.records[0]?.dynamodb.SequenceNumber).toBe('2');
  });

  it('begins where the mapping says when it has no position', async () => {
    stream({ ShardId: 'a' });
    iterators();
    holds('a:LATEST:', [9], 'more');
    expect(await reader(position(), 'LATEST').read()).toHaveLength(1);
  });
});
