import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode, UsageError } from '../failure.ts';

/**
 * A file that is there as a whole or not at all: it is written under another name beside it, and takes its own when all
 * of it is on the disk. What a crash may leave is that other file, which begins with a dot and ends in `.partial`.
 */
export class WholeFile {
  readonly #path: string;
  readonly #partial: string;
  readonly #fd: number;
  #kept = false;

  /** @param mode of the file, where it holds what not everybody may read. @throws UsageError */
  constructor(path: string, mode = 0o666) {
    this.#path = path;
    this.#partial = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.partial`);
    this.#fd = attempt(path, () => openSync(this.#partial, 'wx', mode));
  }

  write(bytes: Uint8Array): void {
    attempt(this.#path, () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    });
  }

  /** Gives the file its name, in place of whatever had it. */
  keep(): void {
    attempt(this.#path, () => {
      fsyncSync(this.#fd);
      renameSync(this.#partial, this.#path);
      this.#kept = true;
      const folder = openSync(dirname(this.#path), 'r');
      fsyncSync(folder);
      closeSync(folder);
    });
  }

  /** Closes it; without {@link keep} before, nothing is left of it. */
  close(): void {
    closeSync(this.#fd);
    if (!this.#kept) unlinkSync(this.#partial);
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${errorCode(error)}`);
  }
}
