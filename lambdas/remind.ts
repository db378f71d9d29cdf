import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, ScheduledEvent } from 'aws-lambda';
import * as z from 'zod';
import { Day } from '../core/model/scalars.ts';
import { type Looked, remind } from './notices/remind.ts';
import { today } from './queries/clock.ts';
import { ring } from './store/bell.ts';

const logger = new Logger({ serviceName: 'amanat' });

/** Time kept back so that a look begun is a look ended. */
const RESERVE_MS = 30_000;

const Command = z.strictObject({ remind: z.strictObject({ today: Day, after: z.string().optional() }) });

/**
 * Looks each day at what is owed, and tells of what is due soon, due, or overdue. Stops when its time is up, and calls
 * itself to go on from there.
 */
export async function handler(event: ScheduledEvent | object, context: Context): Promise<Looked> {
  const look = 'remind' in event ? Command.parse(event).remind : { today: today() };
  const looked = await remind(look, () => context.getRemainingTimeInMillis() > RESERVE_MS);
  const { told, done, after } = looked;
  logger.info(done ? 'looked at all that is owed' : 'goes on', { told });
  if (!done && !(await ring('AWS_LAMBDA_FUNCTION_NAME', { remind: { today: look.today, after } })))
    throw new Error('nobody goes on with what is owed');
  return looked;
}
