import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { project, startRebuild } from './projection/project.ts';

const metrics = new Metrics({ namespace: 'Amanat' });

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
  const { size, caughtUp } = await project(() => context.getRemainingTimeInMillis());
  metrics.addMetric('EntriesProjected', MetricUnit.Count, size);
  metrics.publishStoredMetrics();
  if ('rebuild' in event) return { size, done: caughtUp };
  // No other doorbell may follow: the stream is to ring this one again for what there was no time for.
  if (!caughtUp) throw new Error(`the log goes on after entry ${size}`);
  return { batchItemFailures: [] };
}
