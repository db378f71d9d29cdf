import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import type { PositionFile } from './positions.ts';
import { type LambdaRecord, lambdaRecord } from './record.ts';

/** The end of a closed shard, as a position. */
const END = 'end';
const MOST_RECORDS = 1000;
const GONE = new Set(['TrimmedDataAccessException', 'ExpiredIteratorException', 'ResourceNotFoundException']);

export interface Read {
  readonly shard: string;
  readonly records: readonly LambdaRecord[];
}

/** Reads a table's stream from where a position file says on: each shard in order, and parents before their children. */
export class StreamReader {
  readonly #client: DynamoDBStreamsClient;
  readonly #streamArn: string;
  readonly #position: PositionFile;
  readonly #startAt: 'TRIM_HORIZON' | 'LATEST';
  readonly #iterators = new Map<string, string>();
  #shards: readonly Shard[] = [];
  #listed = 0;

  constructor(
    client: DynamoDBStreamsClient,
    streamArn: string,
    position: PositionFile,
    startAt: 'TRIM_HORIZON' | 'LATEST',
  ) {
    this.#client = client;
    this.#streamArn = streamArn;
    this.#position = position;
    this.#startAt = position.isNew ? startAt : 'TRIM_HORIZON';
  }

  /** What is new in each open shard; shards with nothing new are left out. Deal with all of it before the next call. */
  async read(): Promise<Read[]> {
    if (Date.now() - this.#listed > 10_000 || this.#open().length === 0) await this.#list();
    const reads: Read[] = [];
    for (const shard of this.#open()) {
      const records = await this.#readShard(shard);
      if (records.length > 0) reads.push({ shard, records });
    }
    return reads;
  }

  /** Shards that are not read to their end, and whose parent is. */
  #open(): string[] {
    const ids = new Set(this.#shards.map(({ ShardId }) => ShardId));
    return this.#shards.flatMap(({ ShardId, ParentShardId }) => {
      if (ShardId === undefined || this.#position.of(ShardId) === END) return [];
      const parentDone =
        ParentShardId === undefined || !ids.has(ParentShardId) || this.#position.of(ParentShardId) === END;
      return parentDone ? [ShardId] : [];
    });
  }

  async #list(): Promise<void> {
    const shards: Shard[] = [];
    let ExclusiveStartShardId: string | undefined;
    do {
      const { StreamDescription } = await this.#client.send(
        new DescribeStreamCommand({ StreamArn: this.#streamArn, ExclusiveStartShardId }),
      );
      shards.push(...(StreamDescription?.Shards ?? []));
      ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId;
    } while (ExclusiveStartShardId !== undefined);
    this.#shards = shards;
    this.#listed = Date.now();
    this.#position.keepOnly(shards.flatMap(({ ShardId }) => ShardId ?? []));
  }

  async #readShard(shard: string): Promise<LambdaRecord[]> {
    const iterator = this.#iterators.get(shard) ?? (await this.#iteratorOf(shard));
    if (iterator === undefined) return [];
    const answer = await this.#client
      .send(new GetRecordsCommand({ ShardIterator: iterator, Limit: MOST_RECORDS }))
      .catch((error: unknown) => {
        // An iterator lives a few minutes; the next read makes another from the position.
        this.#iterators.delete(shard);
        if (isGone(error)) return undefined;
        throw error;
      });
    if (answer === undefined) return [];
    const records = (answer.Records ?? []).map((record) => lambdaRecord(record, this.#streamArn));
    if (answer.NextShardIterator !== undefined) this.#iterators.set(shard, answer.NextShardIterator);
    else {
      this.#iterators.delete(shard);
      if (records.length === 0) this.#position.move(shard, END);
    }
    return records;
  }

  async #iteratorOf(shard: string): Promise<string | undefined> {
    const after = this.#position.of(shard);
    const ask = async (
      where:
        | { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER'; SequenceNumber: string }
        | { ShardIteratorType: 'TRIM_HORIZON' | 'LATEST' },
    ) => {
      const command = new GetShardIteratorCommand({ StreamArn: this.#streamArn, ShardId: shard, ...where });
      const { ShardIterator } = await this.#client.send(command);
      if (ShardIterator !== undefined) this.#iterators.set(shard, ShardIterator);
      return ShardIterator;
    };
    if (after === undefined) return ask({ ShardIteratorType: this.#startAt });
    return ask({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }).catch(
      (error: unknown) => {
        if (isGone(error)) return ask({ ShardIteratorType: 'TRIM_HORIZON' });
        throw error;
      },
    );
  }
}

const isGone = (error: unknown): boolean => error instanceof Error && GONE.has(error.name);
