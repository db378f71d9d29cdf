import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { raiseAlarm, watched } from './log/alarm.ts';
import { newestWithQuorum } from './log/published.ts';
import { witnessing } from './log/witnessing.ts';
import { collect, type Outcome } from './witnessing/collect.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

/** How many witnesses each came to. */
type Tally = Partial<Record<Outcome['kind'], number>>;

/**
 * Collects the cosignatures of the newest checkpoint. Rung when one was published, and each minute for the witnesses
 * that were away then.
 */
export async function handler(): Promise<Tally> {
  return watched(logger, metrics, async () => {
    const collected = await collect();
    if (!collected) return {};
    const tally: Tally = {};
    for (const { kind, witness, why } of collected.outcomes) {
      tally[kind] = (tally[kind] ?? 0) + 1;
      if (kind === 'away') logger.warn('a witness gave no cosignature', { witness, why });
      if (kind === 'contradicts')
        raiseAlarm(logger, metrics, 'a witness has seen another history of this log', { witness, why });
    }
    if (witnessing().quorum > 0) {
      const cosigned = (await newestWithQuorum(collected.size))?.size ?? 0;
      metrics.addMetric('WitnessLag', MetricUnit.Count, collected.size - cosigned);
    }
    metrics.addMetric('CosignaturesCollected', MetricUnit.Count, tally.cosigned ?? 0);
    metrics.addMetric('WitnessAway', MetricUnit.Count, tally.away ?? 0);
    metrics.publishStoredMetrics();
    return tally;
  });
}
