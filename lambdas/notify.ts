import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { deliverPending } from './notices/deliver.ts';

const metrics = new Metrics({ namespace: 'Amanat' });

/** Time kept back so that what is begun is ended. */
const RESERVE_MS = 20_000;

/** Delivers notices of obligations: when rung for, and each minute what was left behind or is to be tried again. */
export async function handler(_event: unknown, context: Context): Promise<{ delivered: number }> {
  const delivered = await deliverPending(() => context.getRemainingTimeInMillis() > RESERVE_MS);
  metrics.addMetric('NoticesDelivered', MetricUnit.Count, delivered);
  metrics.publishStoredMetrics();
  return { delivered };
}
