import { styleText } from 'node:util';
import { interruptibly, UsageError } from '../failure.ts';
import { findingOf } from './finding-of.ts';

/**
 * Does a verification to its end, and answers the exit code. What it finds is said in one line, the last on stdout.
 * @param work told by the signal when nobody waits for its result any more
 * @throws UsageError when it cannot start
 */
export const concluded = (work: (signal: AbortSignal) => Promise<number>): Promise<number> =>
  interruptibly(async (interruption) => {
    const over = new AbortController();
    try {
      return await work(AbortSignal.any([interruption, over.signal]));
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const finding = findingOf(error, interruption);
      process.stdout.write(`${styleText('red', finding.line, { stream: process.stdout })}\n`);
      return finding.exitCode;
    } finally {
      // Requests that run ahead of what was found.
      over.abort();
    }
  });
