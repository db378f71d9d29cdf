import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Instant } from '../../core/model/scalars.ts';
import { raiseAlarm, watched } from '../log/alarm.ts';
import { ring } from '../store/bell.ts';
import { ledgerKeys } from '../store/keys.ts';
import { archivedSize } from './archived-head.ts';
import { type Claimed, partForged } from './genuine.ts';
import { publish } from './publish.ts';
import { sequence } from './sequence.ts';

const now = () => new Date().toISOString() as Instant;

/**
 * What both the doorbell and the sweep do with the entries they bring: into the log with those that bear their seal,
 * then publish its head, then tell those who go on from there. Answers how many were new to the log.
 */
export async function bringIn(
  claimed: readonly Claimed[],
  logger: Logger,
  metrics: Metrics,
): Promise<number> {
  return watched(logger, metrics, async () => {
    const [{ genuine, forged }, published] = await Promise.all([
      partForged(claimed),
      claimed.length > 0 ? archivedSize() : 0,
    ]);
    for (const id of forged)
      raiseAlarm(logger, metrics, 'an entry that was never accepted', { item: ledgerKeys.entry(id).pk });
    const sequenced = await sequence(genuine, now, published);
    const { isNew } = await publish(now);
    if (isNew) {
      metrics.addMetric('CheckpointsPublished', MetricUnit.Count, 1);
      if (!(await ring('COSIGN_FUNCTION')))
        logger.warn('the bell was not heard; the next minute makes it good');
    }
    return sequenced;
  });
}
