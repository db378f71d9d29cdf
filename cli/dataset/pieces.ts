import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode, UsageError } from '../failure.ts';
import type { Cut } from './csv.ts';
import { type Encoding, markedEncoding, Recoder } from './encoding.ts';

/** A row beyond this is a quote left open, or no row. */
export const MAX_ROW_BYTES = 2 ** 20;
const PIECE_BYTES = 2 ** 20;
const NOTHING = new Uint8Array();

/** A file that is read once from its start to its end, and hashed on the way. */
export class FileReader {
  readonly path: string;
  readonly size: number;
  readonly #fd: number;
  readonly #hash: Hash = createHash('sha256');
  #at = 0;

  /** @throws UsageError when it cannot be read, or is empty */
  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'r');
      const stat = fstatSync(this.#fd);
      if (!stat.isFile()) throw new UsageError(`${path} is not a file`);
      this.size = stat.size;
    } catch (error) {
      throw error instanceof UsageError ? error : new UsageError(`cannot read ${path}: ${errorCode(error)}`);
    }
    if (this.size === 0) throw new UsageError('the file is empty');
  }

  get position(): number {
    return this.#at;
  }

  /** The next bytes, after those given, in a buffer of their own; no more at the end. */
  read(after: Uint8Array = NOTHING): Buffer<ArrayBuffer> {
    const piece = Buffer.from(new ArrayBuffer(after.length + Math.min(PIECE_BYTES, this.size - this.#at)));
    piece.set(after);
    for (let filled = after.length; filled < piece.length; ) {
      const bytes = readSync(this.#fd, piece, filled, piece.length - filled, this.#at);
      if (bytes === 0) throw new UsageError('the file became shorter while it was read');
      filled += bytes;
      this.#at += bytes;
    }
    this.#hash.update(piece.subarray(after.length));
    return piece;
  }

  /** The digest of what was read. @throws UsageError when the file is no longer as long as it was */
  digest(): string {
    if (fstatSync(this.#fd).size !== this.size) throw new UsageError('the file changed while it was read');
    return this.#hash.digest('hex');
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Whole rows of a text file, as UTF-8. */
export interface Rows {
  /** In a buffer that nobody else has, and that may be given away. */
  readonly bytes: Buffer<ArrayBuffer>;
  /** Whether the file ends with them, and so perhaps without a line end. */
  readonly last: boolean;
}

/**
 * A text file in pieces of whole rows.
 * @throws UsageError for what is not of its encoding, and for a row without end
 */
export class RowPieces {
  /** As the byte order mark has it, or else as was said. */
  readonly encoding: Encoding;
  readonly hasMark: boolean;
  readonly #file: FileReader;
  readonly #recoder: Recoder;
  #rest: Buffer<ArrayBuffer>;
  #ended = false;

  constructor(file: FileReader, encoding: Encoding) {
    this.#file = file;
    const start = file.read();
    const marked = markedEncoding(start);
    this.hasMark = marked !== undefined;
    this.encoding = marked?.encoding ?? encoding;
    this.#recoder = new Recoder(this.encoding);
    this.#ended = file.position === file.size;
    this.#rest = own(this.#recoder.push(start.subarray(marked?.markBytes ?? 0), this.#ended));
  }

  /** Takes the first row off, for whoever must know it before how to cut the others. */
  takeFirst(cut: Cut): Buffer {
    for (;;) {
      const end = cut.first(this.#rest) || (this.#ended ? this.#rest.length : 0);
      if (end > 0 || this.#ended) {
        const row = this.#rest.subarray(0, end);
        this.#rest = this.#rest.subarray(end);
        return row;
      }
      this.#more();
    }
  }

  /** The first bytes that are there, for a look. */
  peek(bytes: number): Buffer {
    return this.#rest.subarray(0, bytes);
  }

  /** The next rows; undefined at the end. */
  next(cut: Cut): Rows | undefined {
    for (;;) {
      const whole = cut.last(this.#rest);
      if (whole > 0 || this.#ended) {
        const bytes = this.#rest.subarray(0, this.#ended ? this.#rest.length : whole);
        this.#rest = own(this.#rest.subarray(bytes.length));
        return bytes.length > 0 ? { bytes, last: this.#ended } : undefined;
      }
      this.#more();
    }
  }

  #more(): void {
    if (this.#rest.length > MAX_ROW_BYTES)
      throw new UsageError(
        `a row ahead of byte ${this.#file.position} is longer than 1 MB: is a quote left open?`,
      );
    if (this.encoding === 'utf-8') {
      this.#rest = this.#file.read(this.#rest);
      this.#ended = this.#file.position === this.#file.size;
    } else {
      const piece = this.#file.read();
      this.#ended = this.#file.position === this.#file.size;
      this.#rest = own(this.#rest, this.#recoder.push(piece, this.#ended));
    }
  }
}

/** A copy in a buffer of its own, not in one that Node shares out. */
function own(...parts: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(new ArrayBuffer(parts.reduce((sum, part) => sum + part.length, 0)));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
