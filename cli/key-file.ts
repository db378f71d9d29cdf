import { closeSync, constants, fchmodSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { errorCode, UsageError } from './failure.ts';

/** Makes a file that only its owner can read. @throws UsageError when there is one already */
export function makeKeyFile(path: string, content: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    // Whatever the umask is.
    fchmodSync(fd, 0o600);
    writeFileSync(fd, content);
    closeSync(fd);
  } catch (error) {
    throw new UsageError(`cannot make ${path}: ${errorCode(error)}`);
  }
}

/** Reads a file that nobody but its owner may read. @throws UsageError when others can, or nobody */
export function readKeyFile(path: string): string {
  try {
    const fd = openSync(path, 'r');
    try {
      if ((fstatSync(fd).mode & 0o077) !== 0)
        throw new UsageError(`${path} can be read by others: it holds a key, so chmod 600 it`);
      return readFileSync(fd, 'latin1');
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}
