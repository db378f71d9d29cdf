import { readFileSync } from 'node:fs';

/** What a command cannot start with: said in one line on stderr, with exit code 2 and no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the system calls a failure: `ENOENT`. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** @throws UsageError when it cannot be read */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}
