import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { EntryId } from '../core/model/scalars.ts';
import { Problem } from '../core/problem.ts';
import { ring } from './store/bell.ts';
import { investigate } from './traces/investigate.ts';
import { Share } from './traces/share.ts';

const logger = new Logger({ serviceName: 'amanat' });

const Command = z.strictObject({ accepted: EntryId, share: Share.optional() });

/** Time kept back so that files begun are files ended. */
const COMPARING_MS = 90_000;
/** Weighing is not done in parts: it needs most of a call, and else the next one. */
const WEIGHING_MS = 600_000;

/**
 * Goes on with a trace that takes longer than a request may: calls itself several times to compare more files at once,
 * and again for what there is no time for. Nobody waits for it: what it comes to, the ledger has.
 */
export async function handler(event: object, context: Context): Promise<void> {
  const { accepted, share } = Command.parse(event);
  const remains = (ms: number) => () => context.getRemainingTimeInMillis() > ms;
  try {
    const patience = { compare: remains(COMPARING_MS), conclude: remains(WEIGHING_MS) };
    const progress = await investigate(accepted, patience, share);
    const goesOn = typeof progress === 'object';
    logger.info(goesOn ? 'goes on' : progress, { accepted });
    if (goesOn && !(await ring('AWS_LAMBDA_FUNCTION_NAME', { accepted, share: progress })))
      throw new Error('nobody goes on with the trace');
  } catch (error) {
    // It will not come to anything, and whoever asked is told why: to try again would change nothing.
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    logger.info(error.slug, { accepted });
  }
}
