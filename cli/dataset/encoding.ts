import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { UsageError } from '../failure.ts';

export const ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'windows-1256',
  'iso-8859-1',
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** What the first bytes of a file say about the rest: its byte order mark, which counts for more than any option. */
export function markedEncoding(start: Uint8Array): { encoding: Encoding; markBytes: number } | undefined {
  const [a, b, c] = start;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', markBytes: 3 };
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', markBytes: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', markBytes: 2 };
  return undefined;
}

/** Makes UTF-8 of the bytes of a file, piece by piece, wherever those are cut. UTF-8 itself passes as it is. */
export class Recoder {
  readonly #encoding: Encoding;
  readonly #decoder: TextDecoder | undefined;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
    this.#decoder =
      encoding === 'utf-8' ? undefined : new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  }

  /** @throws UsageError when the bytes are not of that encoding */
  push(piece: Buffer, last: boolean): Buffer {
    if (!this.#decoder) return piece;
    try {
      return Buffer.from(this.#decoder.decode(piece, { stream: !last }));
    } catch {
      throw wrongEncoding(this.#encoding);
    }
  }
}

/** Turns UTF-8 back into what the file was. @throws UsageError for encodings that it cannot write */
export function encoder(encoding: Encoding): (text: Buffer) => Buffer {
  if (encoding === 'utf-8') return (text) => text;
  if (encoding === 'utf-16le') return (text) => Buffer.from(text.toString(), 'utf16le');
  if (encoding === 'utf-16be') return (text) => Buffer.from(text.toString(), 'utf16le').swap16();
  throw new UsageError(`a file in ${encoding} cannot be written again: convert it to UTF-8 first`);
}

/** Makes sure that whole rows are UTF-8 text. @throws UsageError */
export function checkText(rows: Buffer): void {
  if (!isUtf8(rows)) throw wrongEncoding('utf-8');
  if (rows.includes(0))
    throw new UsageError(
      'the file holds NUL characters: it may be UTF-16 (say so by --encoding), or no text',
    );
}

const wrongEncoding = (encoding: Encoding) =>
  new UsageError(`the file is not ${encoding}: say by --encoding what it is`);
