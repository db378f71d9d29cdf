import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { project, startRebuild } from './projection/project.ts';

const metrics = new Metrics({ namespace: 'Amanat' });

/** Time kept back so that a step begun is a step ended. */
const RESERVE_MS = 20_000;

interface Command {
  /** `start` drops the views and begins; `continue` goes on with what a call left undone. */
  readonly rebuild: 'start' | 'continue';
}

export interface Progress {
  readonly size: number;
  readonly done: boolean;
}

/**
 * Brings the views up to the log, whenever a batch was committed, or on an operator's command. The records only say
 * that there is something to do: what, the log itself says.
 */
export async function handler(
  event: DynamoDBStreamEvent | Command,
  context: Context,
): Promise<DynamoDBBatchResponse | Progress> {
  if ('rebuild' in event && event.rebuild === 'start') await startRebuild();
  const meta = await project(() => context.getRemainingTimeInMillis() > RESERVE_MS);
  metrics.addMetric('EntriesProjected', MetricUnit.Count, meta.size);
  metrics.publishStoredMetrics();
  return 'rebuild' in event ? { size: meta.size, done: meta.phase === 'serving' } : { batchItemFailures: [] };
}
