import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { type Archived, archive } from './archiving/run.ts';
import { watched } from './log/alarm.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

/** Time kept back so that what is begun is ended; the next call goes on from there. */
const RESERVE_MS = 15_000;

/** Puts in order what the archive holds of the published log, and adds what came later: each minute. */
export async function handler(_event: unknown, context: Context): Promise<Archived> {
  return watched(logger, metrics, async () => {
    const done = await archive(() => context.getRemainingTimeInMillis() > RESERVE_MS);
    metrics.addMetric('EntriesArchived', MetricUnit.Count, done.entries);
    metrics.addMetric('ArchiveLag', MetricUnit.Count, done.due - done.bundled);
    metrics.publishStoredMetrics();
    return done;
  });
}
