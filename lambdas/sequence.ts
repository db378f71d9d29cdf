import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { EntryId, Instant } from '../core/model/scalars.ts';
import { type Accepted, sequence } from './sequencing.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

/**
 * The doorbell: new entries of the stream go into the log. The ledger table only ever sees inserts, so any other
 * change came from outside the system, and raises the alarm.
 */
export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const intrusions = event.Records.filter(({ eventName }) => eventName !== 'INSERT');
  for (const record of intrusions) reportIntrusion(record);
  // The alarm waits for nothing that may yet fail.
  if (intrusions.length > 0) metrics.publishStoredMetrics();

  const accepted = event.Records.flatMap(acceptedEntry);
  const sequenced = await sequence(accepted, () => new Date().toISOString() as Instant);
  metrics.addMetric('EntriesSequenced', MetricUnit.Count, sequenced);
  metrics.publishStoredMetrics();
  // All or nothing: repeating is harmless, since what is in the log already is left out.
  return { batchItemFailures: [] };
}

/** Keys of our own making are names and hashes; they say where to look and nothing of the content. */
function reportIntrusion({ eventName, eventID, dynamodb }: DynamoDBRecord): void {
  const { pk, sk } = dynamodb?.Keys ?? {};
  logger.critical('the ledger was changed behind its back', { eventName, eventID, pk: pk?.S, sk: sk?.S });
  metrics.addMetric('LedgerTampering', MetricUnit.Count, 1);
}

function acceptedEntry({ eventName, dynamodb }: DynamoDBRecord): Accepted[] {
  const { pk, sk, at, leaf } = dynamodb?.NewImage ?? {};
  if (eventName !== 'INSERT' || sk?.S !== 'ENTRY' || !pk?.S || !at?.S || !leaf?.B) return [];
  return [
    {
      entryId: pk.S.slice('ENTRY#'.length) as EntryId,
      at: at.S as Instant,
      leaf: Buffer.from(leaf.B, 'base64'),
    },
  ];
}
