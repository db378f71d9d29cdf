import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A stored object, as a listing tells of it. */
export interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly modified: Date;
}

/** Why a key cannot be had here: its path is none, or leads through an object or into a folder. */
export class BadKey extends Error {}

/** Where objects are while they are being written; no bucket can have that name. */
const DRAFTS = '.drafts';

/**
 * Buckets in which an object, once stored, stays as it is: there is no overwriting and no deleting, as in a bucket with
 * Object Lock in compliance mode. An object is a read-only file at the path that is its key.
 */
export class Buckets {
  readonly #folder: string;
  readonly #names: ReadonlySet<string>;

  private constructor(folder: string, names: Iterable<string>) {
    this.#folder = folder;
    this.#names = new Set(names);
  }

  /** Takes a folder, to be held by this process alone, and clears what a killed run had not finished. */
  static async open(folder: string, names: readonly string[]): Promise<Buckets> {
    await rm(join(folder, DRAFTS), { recursive: true, force: true });
    for (const name of [DRAFTS, ...names]) await mkdir(join(folder, name), { recursive: true });
    await syncFolder(folder);
    return new Buckets(folder, names);
  }

  has(bucket: string): boolean {
    return this.#names.has(bucket);
  }

  /**
   * Stores an object, durably once it returns.
   * @returns false when the key has an object already, which stays as it is
   * @throws {BadKey}
   */
  async putIfAbsent(bucket: string, key: string, content: Uint8Array): Promise<boolean> {
    const path = this.#pathOf(bucket, key);
    const draft = await this.#write(content);
    // A crash up to here leaves a draft, which the next start removes; from here on the object is there as a whole.
    try {
      await mkdir(dirname(path), { recursive: true }).catch(refuseWay);
      const isNew = await linkIfAbsent(draft, path);
      // Also when it was there before: whoever put it may not have come so far yet.
      await this.#syncFolders(bucket, dirname(path));
      return isNew;
    } finally {
      await unlink(draft);
    }
  }

  /** What can be said of an object without reading it. @throws {BadKey} */
  async look(bucket: string, key: string): Promise<Omit<StoredObject, 'key'> | undefined> {
    try {
      const found = await stat(this.#pathOf(bucket, key));
      return found.isFile() ? { size: found.size, modified: found.mtime } : undefined;
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  /** Bytes of an object that is there, from one on; fewer where it ends before. */
  async read(bucket: string, key: string, from: number, length: number): Promise<Buffer> {
    const file = await open(this.#pathOf(bucket, key), 'r');
    try {
      const content = Buffer.allocUnsafeSlow(length);
      let end = 0;
      for (let read = -1; end < length && read !== 0; end += read)
        read = (await file.read(content, end, length - end, from + end)).bytesRead;
      return content.subarray(0, end);
    } finally {
      await file.close();
    }
  }

  /** Objects whose keys begin with `prefix` and come after `after`, in the order of the bytes of their keys. */
  async *list(bucket: string, prefix: string, after: string): AsyncGenerator<StoredObject> {
    for await (const key of this.#keysUnder(join(this.#folder, bucket), '', prefix, after)) {
      const { size, mtime } = await stat(join(this.#folder, bucket, key));
      yield { key, size, modified: mtime };
    }
  }

  async *#keysUnder(folder: string, path: string, prefix: string, after: string): AsyncGenerator<string> {
    // No key leads to a hidden file; whoever looks into a folder may leave one.
    const entries = (await readdir(folder, { withFileTypes: true })).filter(
      ({ name }) => !name.startsWith('.'),
    );
    // A folder takes part with the slash that all keys in it go on with, so that these stand where they belong.
    const paths = entries.map((entry) => path + entry.name + (entry.isDirectory() ? '/' : ''));
    for (const found of sortByBytes(paths)) {
      if (!found.endsWith('/')) {
        if (found.startsWith(prefix) && byBytes(found, after) > 0) yield found;
      } else if (mayHold(found, prefix, after))
        yield* this.#keysUnder(join(folder, found.slice(path.length)), found, prefix, after);
    }
  }

  /** @returns the path of a draft */
  async #write(content: Uint8Array): Promise<string> {
    const draft = join(this.#folder, DRAFTS, randomUUID());
    const file = await open(draft, 'wx', 0o400);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    return draft;
  }

  #pathOf(bucket: string, key: string): string {
    if (!this.#names.has(bucket)) throw new TypeError(`there is no bucket ${bucket}`);
    if (!isKey(key)) throw new BadKey(`keys here are paths of plain names`);
    return join(this.#folder, bucket, ...key.split('/'));
  }

  async #syncFolders(bucket: string, from: string): Promise<void> {
    const root = join(this.#folder, bucket);
    for (let folder = from; ; folder = dirname(folder)) {
      await syncFolder(folder);
      if (folder === root) return;
    }
  }
}

/** Whether every part of a key is a file name, and none leads anywhere else. S3 takes keys of up to 1024 bytes. */
function isKey(key: string): boolean {
  return (
    key.isWellFormed() &&
    Buffer.byteLength(key) <= 1024 &&
    key.split('/').every((name) => /^[^.\p{Cc}\\][^\p{Cc}\\]*$/u.test(name) && Buffer.byteLength(name) <= 255)
  );
}

/** Whether a folder may hold keys with the prefix, after the one given. */
const mayHold = (folder: string, prefix: string, after: string): boolean =>
  (folder.startsWith(prefix) || prefix.startsWith(folder)) &&
  (byBytes(folder, after) > 0 || after.startsWith(folder));

/**
 * JavaScript compares by UTF-16 code units. That is the order of UTF-8's bytes as well, and far faster, where no
 * character is beyond the surrogates; a folder of the archive has thousands of names, and they are digits.
 */
const sortByBytes = (paths: string[]): string[] =>
  paths.some((path) => /[\ud800-\uffff]/.test(path)) ? paths.sort(byBytes) : paths.sort();

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

async function linkIfAbsent(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if ((await stat(path)).isDirectory()) throw new BadKey('the key is a folder of other keys here');
    return false;
  }
}

/** Of a key that goes on where another one ends: S3 would take both. */
function refuseWay(error: NodeJS.ErrnoException): never {
  if (error.code === 'EEXIST' || error.code === 'ENOTDIR')
    throw new BadKey('a part of the key is an object here');
  throw error;
}

const isAbsence = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String((error as NodeJS.ErrnoException).code));

/** Makes what was linked into a folder last, which syncing the file alone does not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
