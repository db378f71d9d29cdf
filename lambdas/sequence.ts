import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { EntryId, Instant } from '../core/model/scalars.ts';
import { raiseAlarm } from './log/alarm.ts';
import type { Claimed } from './sequencing/genuine.ts';
import { bringIn } from './sequencing/run.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

/**
 * The doorbell: new entries of the stream go into the log, and its head is published. The ledger table only ever sees
 * inserts, so any other change came from outside the system, and raises the alarm.
 */
export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  for (const record of event.Records) if (record.eventName !== 'INSERT') reportIntrusion(record);

  const claimed = event.Records.flatMap(claimedEntry);
  if (claimed.length > 0) {
    metrics.addMetric('EntriesSequenced', MetricUnit.Count, await bringIn(claimed, logger, metrics));
    metrics.publishStoredMetrics();
  }
  // All or nothing: repeating is harmless, since what is in the log already is left out.
  return { batchItemFailures: [] };
}

/** Keys of our own making are names and hashes; they say where to look and nothing of the content. */
function reportIntrusion({ eventName, eventID, dynamodb }: DynamoDBRecord): void {
  const { pk, sk } = dynamodb?.Keys ?? {};
  raiseAlarm(logger, metrics, 'the ledger was changed behind its back', {
    eventName,
    eventID,
    pk: pk?.S,
    sk: sk?.S,
  });
}

function claimedEntry({ eventName, dynamodb }: DynamoDBRecord): Claimed[] {
  const { pk, sk, at, leaf, request, seal } = dynamodb?.NewImage ?? {};
  if (eventName !== 'INSERT' || sk?.S !== 'ENTRY' || !pk?.S) return [];
  return [
    {
      entryId: pk.S.slice('ENTRY#'.length) as EntryId,
      at: (at?.S ?? '') as Instant,
      leaf: Buffer.from(leaf?.B ?? '', 'base64'),
      request: Buffer.from(request?.B ?? '', 'base64'),
      seal: seal?.B === undefined ? undefined : Buffer.from(seal.B, 'base64'),
    },
  ];
}
