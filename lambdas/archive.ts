import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { type Archived, archive } from './archiving/run.ts';
import { watched } from './log/alarm.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

/** Time kept back so that what is begun is ended; the next call goes on from there. */
const RESERVE_MS = 15_000;

/**
 * Copies what was published into the archive: rung when a checkpoint was published, and each minute, when it copies
 * all that there is.
 */
export async function handler(
  event: ScheduledEvent | Record<string, never>,
  context: Context,
): Promise<Archived> {
  return watched(logger, metrics, async () => {
    const isScheduled = 'detail-type' in event;
    const done = await archive(isScheduled, () => context.getRemainingTimeInMillis() > RESERVE_MS);
    metrics.addMetric('EntriesArchived', MetricUnit.Count, done.entries);
    metrics.addMetric('ArchiveLag', MetricUnit.Count, done.published - done.archived);
    metrics.publishStoredMetrics();
    return done;
  });
}
