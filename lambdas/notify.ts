import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import type { Instant } from '../core/model/scalars.ts';
import { type Delivered, deliverPending } from './notices/deliver.ts';
import { tryAgain } from './store/notices.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

/** Time kept back so that what is begun is ended. */
const RESERVE_MS = 20_000;

const Command = z.strictObject({ again: z.array(z.string().max(40)).min(1).max(1_000) });

/**
 * Delivers notices of obligations: when rung for, and each minute what was left behind or is to be tried again. On an
 * operator's command, `{ "again": ["<noticeId>", …] }`, first takes up again what was given up.
 */
export async function handler(event: object, context: Context): Promise<Delivered> {
  if ('again' in event)
    for (const noticeId of Command.parse(event).again)
      await tryAgain(noticeId, new Date().toISOString() as Instant);
  const delivered = await deliverPending(() => context.getRemainingTimeInMillis() > RESERVE_MS);
  const { done, postponed, givenUp } = delivered;
  if (postponed + givenUp > 0) logger.warn('webhooks did not take notices', { postponed, givenUp });
  metrics.addMetric('NoticesDelivered', MetricUnit.Count, done);
  metrics.addMetric('NoticesGivenUp', MetricUnit.Count, givenUp);
  metrics.publishStoredMetrics();
  return delivered;
}
