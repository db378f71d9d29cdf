import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, ScheduledEvent } from 'aws-lambda';
import * as z from 'zod';
import { Cursor, type Finding, type Inspected } from '../core/log/inspection.ts';
import type { Instant } from '../core/model/scalars.ts';
import { inspect } from './inspection/inspect.ts';
import { raiseAlarm } from './log/alarm.ts';
import { ring } from './store/bell.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

/** Time kept back so that a step begun is a step ended. */
const RESERVE_MS = 60_000;
/** Of one inspection; who altered a million rows need not be told of a million times. */
const ALARMS = 25;
const TOLD_A_CALL = 100;

/** `seconds`: for about how long, if whoever asks goes on by himself; else it goes on until it is through. */
const Command = z.strictObject({
  inspect: z.union([z.literal('start'), Cursor]),
  seconds: z.int().min(1).max(600).optional(),
});

/**
 * Inspects the whole ledger: each day, and on an operator's command. Stops when its time is up, and says where it came
 * to; the daily one then calls itself to go on from there.
 */
export async function handler(event: ScheduledEvent | object, context: Context): Promise<Inspected> {
  const { inspect: from, seconds } =
    'inspect' in event ? Command.parse(event) : { inspect: 'start' as const, seconds: undefined };
  const until = Date.now() + (seconds ?? Number.POSITIVE_INFINITY) * 1_000;
  const findings: Finding[] = [];

  const { cursor, done } = await inspect(from === 'start' ? undefined : from, {
    now: () => new Date().toISOString() as Instant,
    goOn: () => Date.now() < until && context.getRemainingTimeInMillis() > RESERVE_MS,
    tell: (found, before) => {
      findings.push(...found.slice(0, TOLD_A_CALL - findings.length));
      alarm(found, before);
    },
  });

  if (done) {
    logger.info('inspected', { entries: cursor.size, findings: cursor.findings, counts: cursor.counts });
    metrics.addMetric('LedgerInspected', MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
  } else if (seconds === undefined && !(await ring('AWS_LAMBDA_FUNCTION_NAME', { inspect: cursor })))
    throw new Error('nobody goes on with the inspection');
  return { cursor, done, findings };
}

/** Each at once, so that nothing which fails later keeps it back. */
function alarm(findings: readonly Finding[], before: number): void {
  const told = findings.slice(0, Math.max(0, ALARMS - before));
  for (const { key, what, words } of told) raiseAlarm(logger, metrics, `${what}: ${words}`, { item: key });
  const further = findings.length - told.length;
  if (further > 0) raiseAlarm(logger, metrics, 'further findings', { further });
}
