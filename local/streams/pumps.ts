import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { FunctionPool } from '../functions/pool.ts';
import { LOCAL_CREDENTIALS } from '../tables.ts';
import type { StreamMapping } from '../template/events.ts';
import { REGION } from '../template/resolve.ts';
import { Pump, type PumpOptions } from './pump.ts';

/** A batch that takes longer is left, and delivered again at the next start. */
const STOP_WITHIN_MS = 5000;

export interface PumpsOptions extends Pick<PumpOptions, 'folder' | 'report'> {
  readonly mappings: readonly StreamMapping[];
  /** The ARN of each table's stream, by table name. */
  readonly streams: ReadonlyMap<string, string>;
  readonly functions: (arnOrName: string) => FunctionPool;
  /** Of the engine. */
  readonly endpoint: string;
}

/** The event-source mappings of an app at work. Whatever one has delivered may be news to any other. */
export class Pumps {
  readonly #client: DynamoDBStreamsClient;
  readonly #pumps: readonly Pump[];

  constructor({ mappings, streams, functions, endpoint, folder, report }: PumpsOptions) {
    const client = new DynamoDBStreamsClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS });
    this.#client = client;
    this.#pumps = mappings.map((mapping) => {
      const streamArn = streams.get(mapping.tableName);
      if (streamArn === undefined) throw new TypeError(`the table ${mapping.tableName} has no stream`);
      const pool = functions(mapping.functionArn);
      return new Pump({ mapping, streamArn, client, pool, folder, report, onDelivered: this.wake });
    });
  }

  /** Says that something was written just now: look soon. */
  wake = (): void => {
    for (const pump of this.#pumps) pump.wake();
  };

  async stop(): Promise<void> {
    await Promise.race([Promise.all(this.#pumps.map((pump) => pump.stop())), sleep(STOP_WITHIN_MS)]);
    this.#client.destroy();
  }
}
