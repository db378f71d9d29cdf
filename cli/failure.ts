import { readFileSync } from 'node:fs';

/** What a command cannot start with: said in one line on stderr, with exit code 2 and no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the system calls a failure: `ENOENT`. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** @throws UsageError when it cannot be read */
export const readTextFile = (path: string): string => readFile(path).toString('utf8');

/** @throws UsageError when it cannot be read */
export function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}

/** A command was told to end, and did: nothing is left of it. The exit code is 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Does what takes long, and is told by the signal when it is to end. A second Ctrl-C finds no handler and ends the
 * process at once.
 */
export async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await work(interruption.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
