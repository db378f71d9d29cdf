import { unzipSync, type Zippable, zipSync } from 'fflate';
import { BundleFault } from './fault.ts';

/** The files of a bundle by name, in the order of their names. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A ZIP without its extension for large ones counts files in 16 bits, and bytes in 32. */
export const MOST_FILES = 65_000;
const MOST_BYTES = 2 ** 32 - 1;

/** Bytes of a ZIP's records around the name: before each file, in the directory, and at the end (APPNOTE 4.3). */
const [LOCAL, CENTRAL] = [30, 46];

export const inOrder = (files: Iterable<readonly [string, Uint8Array]>): Files =>
  new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * The files as a ZIP of which every byte follows from them: in the order of their names, stored, so that no compressor's
 * version matters, and of one date.
 * @throws RangeError when they are more, or larger, than such a ZIP can hold
 */
export function zipOf(files: Files): Uint8Array {
  const bytes = [...files].reduce((sum, [name, { length }]) => sum + length + 2 * name.length + 100, 0);
  if (files.size > MOST_FILES || bytes > MOST_BYTES)
    throw new RangeError(
      `${files.size} files of ${bytes} bytes are more than a ZIP without extensions holds`,
    );
  // Local time, since that is what a ZIP has: on any machine it is the first date that one can have.
  const mtime = new Date(1980, 0, 1);
  const stored: Zippable = Object.fromEntries([...files].map(([name, each]) => [name, [each, { level: 0 }]]));
  return zipSync(stored, { level: 0, mtime });
}

/**
 * The files in a ZIP that may be hostile, of which nothing is believed but names and bytes: {@link checkContainer} has
 * to follow, once it is known what they must be.
 * @throws BundleFault `container`, or the file that is not stored
 */
export function unzip(zip: Uint8Array): Files {
  try {
    const files = unzipSync(zip, {
      filter: ({ name, compression, size, originalSize }) => {
        // What is no name of a bundle's files is what stands in the place of a name.
        if (!/^[\w./-]+$/.test(name)) throw new RangeError('a directory that is damaged');
        if (compression === 0 && size === originalSize && size <= zip.length) return true;
        throw new BundleFault(name, 'file', 'is not stored as the files of a bundle are');
      },
    });
    return inOrder(Object.entries(files));
  } catch (error) {
    if (error instanceof BundleFault) throw error;
    throw new BundleFault('container', 'file', 'is no ZIP file that can be read');
  }
}

/** Whether the ZIP around these files is the only one that there is of them. @throws BundleFault `container` */
export function checkContainer(zip: Uint8Array, files: Files): void {
  const expected = zipOf(files);
  const at = firstDifference(zip, expected);
  if (at === undefined) return;
  throw new BundleFault(
    'container',
    'file',
    `differs at byte ${at} of ${zip.length}, ${whatIsAt(at, files, expected.length)}, from the ZIP that these files make`,
  );
}

/** Where two byte strings first differ; the end of the shorter one, if that is all. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a[at] === b[at]) at++;
  return at;
}

function whatIsAt(at: number, files: Files, length: number): string {
  let end = 0;
  for (const [name, { length }] of files) {
    end += LOCAL + name.length + length;
    if (at < end) return `in the record of ${name}`;
  }
  for (const name of files.keys()) {
    end += CENTRAL + name.length;
    if (at < end) return `in the directory, at ${name}`;
  }
  return at < length ? 'in the end of the directory' : 'behind its end';
}
