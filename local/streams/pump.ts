import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { FunctionPool } from '../functions/pool.ts';
import type { StreamMapping } from '../template/events.ts';
import { deliver } from './delivery.ts';
import { FailureFile } from './failures.ts';
import { filterOf } from './filter.ts';
import { PositionFile } from './positions.ts';
import { type Read, StreamReader } from './shards.ts';
import { LATEST_MS, Waker } from './waker.ts';

export interface PumpOptions {
  readonly mapping: StreamMapping;
  readonly streamArn: string;
  readonly client: DynamoDBStreamsClient;
  readonly pool: FunctionPool;
  /** Where the position, and what was given up, is kept. */
  readonly folder: string;
  /** Told, in a line for a person, of failures. */
  readonly report: (line: string) => void;
  /** Told when the function has dealt with records, and so may have written something itself. */
  readonly onDelivered: () => void;
}

/** A pause after reading failed, most likely because the engine is going down. */
const PAUSE_MS = 500;

/** Feeds a function from a table's stream by its event-source mapping, for as long as it runs. */
export class Pump {
  readonly #options: PumpOptions;
  readonly #waker = new Waker();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Says that something was written just now: look soon. */
  wake(): void {
    this.#waker.wake();
  }

  /** Ends after the batch that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waker.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { mapping, streamArn, client, pool, folder, report } = this.#options;
    const position = new PositionFile(join(folder, 'positions', `${mapping.id}.json`), streamArn);
    const reader = new StreamReader(client, streamArn, position, mapping.startAt);
    const fits = filterOf(mapping.patterns);
    while (!this.#stopping.signal.aborted) {
      try {
        const delivered = await this.#round(reader, position, fits);
        await this.#waker.next(delivered);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        report(`${pool.spec.label}: reading the stream failed: ${String(error)}`);
        await this.#waker.pause(PAUSE_MS);
      }
    }
  }

  /** Reads once and delivers what came; whether anything did. */
  async #round(
    reader: StreamReader,
    position: PositionFile,
    fits: (record: never) => boolean,
  ): Promise<boolean> {
    const { mapping, pool, folder, report, onDelivered } = this.#options;
    const reads = await gather(reader, mapping);
    for (const { shard, records } of reads) {
      const wanted = records.filter((record) => fits(record as never));
      await deliver(wanted, {
        mapping,
        invoke: async (event) => {
          const outcome = await pool.invoke(event);
          onDelivered();
          return outcome;
        },
        failed: (left, tries, outcome) => {
          // Told of the first try and ever more rarely then: some mappings try for hours.
          if (Number.isInteger(Math.log2(tries)))
            report(
              `${pool.spec.label}: ${left.length} records failed at try ${tries} (${outcome.kind}); trying again`,
            );
        },
        giveUp: (lost, tries) => {
          new FailureFile(folder, mapping).add(shard, lost, tries);
          report(
            `${pool.spec.label}: gave up ${lost.length} records after ${tries} tries; they are in ${FailureFile.pathOf(folder, mapping)}`,
          );
        },
        done: (record) => position.move(shard, record.dynamodb.SequenceNumber),
        signal: this.#stopping.signal,
      });
      // What the filter kept back is dealt with too.
      const last = records.at(-1);
      if (last !== undefined && !this.#stopping.signal.aborted)
        position.move(shard, last.dynamodb.SequenceNumber);
    }
    return reads.length > 0;
  }
}

/** What is new; where the mapping has a batching window, all that comes within it, or fills a batch. */
async function gather(
  reader: StreamReader,
  { batchingWindowMs, batchSize }: StreamMapping,
): Promise<readonly Read[]> {
  const gathered = new Map((await reader.read()).map(({ shard, records }) => [shard, [...records]]));
  const until = Date.now() + batchingWindowMs;
  const isFull = () => [...gathered.values()].some((records) => records.length >= batchSize);
  while (gathered.size > 0 && Date.now() < until && !isFull()) {
    await sleep(Math.min(LATEST_MS, until - Date.now()));
    for (const { shard, records } of await reader.read())
      gathered.set(shard, [...(gathered.get(shard) ?? []), ...records]);
  }
  return [...gathered].map(([shard, records]) => ({ shard, records }));
}
