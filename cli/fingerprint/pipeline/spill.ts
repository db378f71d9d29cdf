import { randomBytes } from 'node:crypto';
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, UsageError } from '../../failure.ts';

/**
 * Files for what does not fit the memory. They have no name from the moment they are open: whatever ends the command,
 * a lost power supply too, nothing of them is left to be found.
 */
export class SpillFiles {
  readonly fds: readonly number[];

  /** @throws UsageError when the folder cannot be written to */
  constructor(folder: string, count: number) {
    this.fds = Array.from({ length: count }, () => {
      const path = join(folder, `.amanat-${randomBytes(8).toString('hex')}`);
      try {
        const fd = openSync(path, 'wx+', 0o600);
        unlinkSync(path);
        return fd;
      } catch (error) {
        throw new UsageError(`cannot write to ${folder}: ${errorCode(error)}`);
      }
    });
  }

  close(): void {
    this.fds.forEach(closeSync);
  }
}
