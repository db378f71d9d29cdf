import { styleText } from 'node:util';
import { UsageError } from '../failure.ts';
import { findingOf } from './finding.ts';

/**
 * Does a verification to its end, and answers the exit code. What it finds is said in one line, the last on stdout;
 * the first Ctrl-C ends it in order, and the second at once.
 * @param work told by the signal when nobody waits for its result any more
 * @throws UsageError when it cannot start
 */
export async function concluded(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const over = new AbortController();
  const interrupt = () => over.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await work(over.signal);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const finding = findingOf(error, over.signal);
    process.stdout.write(`${styleText('red', finding.line, { stream: process.stdout })}\n`);
    return finding.exitCode;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    // Requests that run ahead of what was found.
    over.abort();
  }
}
