import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { watched } from './log/alarm.ts';
import { type Progress, restore } from './restoring/restore.ts';
import { LedgerCorrupt } from './store/corrupt.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

/**
 * `start` takes up what was begun, or with `all` looks at everything; `continue` goes on from where the last call
 * stopped.
 */
const Command = z.discriminatedUnion('restore', [
  z.strictObject({ restore: z.literal('start'), all: z.boolean().default(false) }),
  z.strictObject({ restore: z.literal('continue'), from: z.int().min(0) }),
]);

/** A call ends soon, so that whoever waits sees it going on. */
const CALL_MS = 10_000;
const RESERVE_MS = 60_000;

/** Rebuilds the ledger from the archive, on an operator's command. What it finds wrong it answers, and does no more. */
export async function handler(
  event: unknown,
  context: Context,
): Promise<Progress | { readonly refused: string }> {
  const command = Command.parse(event);
  const start = command.restore === 'continue' ? { from: command.from } : command.all ? 'all' : 'resume';
  const until = Date.now() + Math.min(CALL_MS, context.getRemainingTimeInMillis() - RESERVE_MS);
  try {
    const progress = await watched(logger, metrics, () => restore(start, () => Date.now() < until));
    return progress ?? { refused: 'the archive holds no checkpoint' };
  } catch (error) {
    if (error instanceof LedgerCorrupt) return { refused: error.message };
    throw error;
  }
}
