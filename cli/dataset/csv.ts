import { UsageError } from '../failure.ts';

/** The bytes that a CSV file is cut by. Both are ASCII. */
export interface CsvForm {
  readonly delimiter: number;
  readonly quote: number;
}

const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;

/** Where rows end within bytes that start with one: counts of bytes, 0 where none ends. */
export interface Cut {
  readonly first: (bytes: Buffer) => number;
  readonly last: (bytes: Buffer) => number;
}

/** Every line is a row. */
export const lineCut: Cut = {
  first: (bytes) => bytes.indexOf(LF) + 1,
  last: (bytes) => bytes.lastIndexOf(LF) + 1,
};

/** A row is a line of which the end does not stand within quotes. */
export const csvCut = (form: CsvForm): Cut => ({
  first: (bytes) => rowsEnd(bytes, form, true),
  last: (bytes) => (bytes.includes(form.quote) ? rowsEnd(bytes, form, false) : lineCut.last(bytes)),
});

/**
 * Where the first or the last of the whole rows ends. A quote opens a cell only as its first byte (RFC 4180); elsewhere it stands for itself. {@link CsvReader}
 * goes by the same rule, so that both see the same rows.
 */
function rowsEnd(bytes: Buffer, { delimiter, quote }: CsvForm, first: boolean): number {
  const end = bytes.length;
  let [at, whole] = [0, 0];
  while (at < end) {
    if (bytes[at] === quote) {
      at++;
      for (;;) {
        while (at < end && bytes[at] !== quote) at++;
        // The last byte may be the first of two quotes that stand for one.
        if (at + 1 >= end) return whole;
        if (bytes[at + 1] !== quote) break;
        at += 2;
      }
      at++;
    }
    let byte = bytes[at];
    while (at < end && byte !== delimiter && byte !== LF) byte = bytes[++at];
    if (at >= end) return whole;
    at++;
    if (byte === LF) whole = at;
    if (first && whole > 0) return whole;
  }
  return whole;
}

/** What is wrong with a row: another number of cells than the columns, text after a closing quote, a quote left open. */
export type RowFault = 'ragged' | 'quotes' | 'open-quote';

/**
 * Reads rows of CSV in place, at one to two million a second: it notes where the cells of the wanted columns lie, and
 * looks at nothing else. (Of the packages, udsv reads half as many and papaparse a third, each making strings.)
 */
export class CsvReader {
  /** Of each wanted column, where its cell begins and ends; without its quotes. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Whether the cell holds doubled quotes. */
  readonly doubled: Uint8Array;
  /** Whether the cell stands in quotes. */
  readonly quoted: Uint8Array;
  /** Of the row that was read last. */
  cells = 0;
  fault: RowFault | undefined;

  readonly #form: CsvForm;
  readonly #width: number;
  /** For each column, which of the wanted ones it is, or -1. */
  readonly #slots: Int32Array;

  /**
   * @param wanted indexes of columns, from 0, in any order
   * @param width how many columns there are
   */
  constructor(form: CsvForm, wanted: readonly number[], width: number) {
    this.#form = form;
    this.#width = width;
    this.#slots = new Int32Array(width).fill(-1);
    wanted.forEach((column, slot) => {
      this.#slots[column] = slot;
    });
    this.from = new Int32Array(wanted.length);
    this.to = new Int32Array(wanted.length);
    this.doubled = new Uint8Array(wanted.length);
    this.quoted = new Uint8Array(wanted.length);
  }

  /** Reads the row that begins at `at`; answers where the next begins. A row that is blank has no cells. */
  next(bytes: Uint8Array, at: number, end: number): number {
    const { delimiter, quote } = this.#form;
    this.fault = undefined;
    this.cells = 0;
    if (bytes[at] === LF) return at + 1;
    if (bytes[at] === CR && (at + 1 === end || bytes[at + 1] === LF)) return at + 2;
    let column = 0;
    for (;;) {
      let from = at;
      let to: number;
      let [doubled, quoted] = [0, 0];
      let byte = bytes[at];
      if (byte === quote && at < end) {
        quoted = 1;
        from = ++at;
        for (;;) {
          while (at < end && bytes[at] !== quote) at++;
          if (at + 1 >= end || bytes[at + 1] !== quote) break;
          doubled = 1;
          at += 2;
        }
        if (at >= end) this.fault = 'open-quote';
        to = at++;
        byte = bytes[at];
        while (at < end && byte !== delimiter && byte !== LF) {
          if (byte !== BLANK && !(byte === CR && (at + 1 === end || bytes[at + 1] === LF)))
            this.fault = 'quotes';
          byte = bytes[++at];
        }
      } else {
        while (at < end && byte !== delimiter && byte !== LF) byte = bytes[++at];
        to = at;
        if ((at >= end || byte === LF) && to > from && bytes[to - 1] === CR) to--;
      }
      const slot = column < this.#width ? (this.#slots[column] as number) : -1;
      if (slot >= 0) {
        this.from[slot] = from;
        this.to[slot] = to;
        this.doubled[slot] = doubled;
        this.quoted[slot] = quoted;
      }
      column++;
      if (at >= end || byte === LF) break;
      at++;
    }
    this.cells = column;
    if (column !== this.#width) this.fault ??= 'ragged';
    return at + 1;
  }
}

/**
 * Refuses the last row of a file when the file was cut within it: it has no line end, and too few cells, or a quote that
 * hides all that follows.
 * @param next where the reader would go on, past the end for a row without line end
 */
export function refuseCutOff({ fault, cells }: CsvReader, start: number, next: number, end: number): void {
  if (next <= end) return;
  if (fault === 'open-quote')
    throw new UsageError(
      `a quote is opened and never closed, ${end - start} bytes ahead of the end: is the file cut off?`,
    );
  if (fault === 'ragged')
    throw new UsageError(`the file ends within a row, after ${cells} of its cells: is it cut off?`);
}

/** A cell without its doubled quotes, as new bytes. */
export function undoubled(bytes: Uint8Array, from: number, to: number, quote: number): Uint8Array {
  const plain = new Uint8Array(to - from);
  let length = 0;
  for (let at = from; at < to; at++) {
    plain[length++] = bytes[at] as number;
    if (bytes[at] === quote) at++;
  }
  return plain.subarray(0, length);
}
