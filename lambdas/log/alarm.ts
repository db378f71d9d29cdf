import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { LedgerCorrupt } from '../store/corrupt.ts';

/** Raises the alarm of a ledger that was written to behind the system's back, and names the place. */
export function raiseAlarm(
  logger: Logger,
  metrics: Metrics,
  what: string,
  where: Record<string, unknown>,
): void {
  logger.critical(what, where);
  metrics.addMetric('LedgerTampering', MetricUnit.Count, 1);
  // The alarm waits for nothing that may yet fail.
  metrics.publishStoredMetrics();
}

/** Does the work; if it finds the ledger corrupt, raises the alarm before it fails. */
export async function watched<T>(logger: Logger, metrics: Metrics, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LedgerCorrupt) raiseAlarm(logger, metrics, error.message, { item: error.key });
    throw error;
  }
}
