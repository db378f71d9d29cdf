import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StreamMapping } from '../template/events.ts';
import type { LambdaRecord } from './record.ts';

/** What an on-failure destination would be sent, one JSON line for each batch that was given up. No record's content. */
export class FailureFile {
  readonly #mapping: StreamMapping;
  readonly #path: string;

  constructor(folder: string, mapping: StreamMapping) {
    this.#mapping = mapping;
    this.#path = FailureFile.pathOf(folder, mapping);
  }

  static pathOf(folder: string, mapping: StreamMapping): string {
    return join(folder, 'failures', `${mapping.id}.ndjson`);
  }

  add(shardId: string, records: readonly LambdaRecord[], tries: number): void {
    const [first, last] = [records[0], records.at(-1)];
    const line = {
      requestContext: {
        functionArn: this.#mapping.functionArn,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: tries,
      },
      version: '1.0',
      timestamp: new Date().toISOString(),
      destination: this.#mapping.onFailure ?? null,
      DDBStreamBatchInfo: {
        shardId,
        startSequenceNumber: first?.dynamodb.SequenceNumber,
        endSequenceNumber: last?.dynamodb.SequenceNumber,
        batchSize: records.length,
        streamArn: first?.eventSourceARN,
      },
    };
    mkdirSync(dirname(this.#path), { recursive: true });
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }
}
