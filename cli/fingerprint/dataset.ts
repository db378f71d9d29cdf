import { closeSync, openSync, readSync } from 'node:fs';
import { normaliseId } from '../../core/fingerprint/normalise/id.ts';
import { normaliseNumber } from '../../core/fingerprint/normalise/number.ts';
import type { FingerprintField } from '../../core/fingerprint/sets.ts';
import { CsvReader, csvCut, lineCut, undoubled } from '../dataset/csv.ts';
import { checkText, type Encoding } from '../dataset/encoding.ts';
import { FileReader, RowPieces, type Rows } from '../dataset/pieces.ts';
import { errorCode, UsageError } from '../failure.ts';
import type { FieldPlan, SourcePlan, Task } from './pipeline/plan.ts';

/** Which column holds a field: its name, or `#` and its number from 1. */
export interface ColumnChoice {
  readonly field: FingerprintField;
  readonly column: string;
  readonly numeric: boolean;
}

/** What is said of a dataset from outside; what is not said is looked for. */
export interface DatasetOptions {
  readonly form?: 'csv' | 'ndjson' | 'parquet' | undefined;
  readonly delimiter?: string | undefined;
  readonly quote: string;
  readonly encoding: Encoding;
  /** Whether the first row names the columns. */
  readonly header: boolean;
}

/** How the file looks, as far as the transfer's record says it. */
export interface Look {
  readonly headers?: readonly string[];
  readonly delimiter?: string;
  readonly encoding?: string;
}

/** A dataset whose columns were found, ready to be read once. */
export interface Dataset {
  readonly source: SourcePlan;
  readonly fields: readonly FieldPlan[];
  readonly look: Look;
  /** Of a text, its encoding, and in UTF-8 what stands ahead of its rows: byte order mark and header. */
  readonly text?: { readonly encoding: Encoding; readonly head: Buffer };
  readonly bytes: number;
  /** The tasks that read all of it, in order; with how many of its bytes are read by then, and buffers to hand over. */
  tasks(): Iterable<{ task: Task; read: number; transferred: ArrayBuffer[] }>;
  /** SHA-256 of its bytes, once it is read. */
  digest(): string;
  close(): void;
}

/** Opens a dataset and finds its columns. @throws UsageError */
export async function openDataset(
  path: string,
  choices: readonly ColumnChoice[],
  options: DatasetOptions,
): Promise<Dataset> {
  const form = options.form ?? formOf(path);
  const file = new FileReader(path);
  try {
    if (form === 'parquet') return await parquetDataset(file, choices);
    const pieces = new RowPieces(file, options.encoding);
    return form === 'csv' ? csvDataset(file, pieces, choices, options) : ndjsonDataset(file, pieces, choices);
  } catch (error) {
    file.close();
    throw error;
  }
}

/** By the file's name, but for Parquet, which begins with its own. */
function formOf(path: string): 'csv' | 'ndjson' | 'parquet' {
  if (firstBytes(path, 4).equals(Buffer.from('PAR1'))) return 'parquet';
  return /\.(?:ndjson|jsonl)$/i.test(path) ? 'ndjson' : 'csv';
}

function firstBytes(path: string, count: number): Buffer {
  try {
    const fd = openSync(path, 'r');
    const bytes = Buffer.alloc(count);
    const read = readSync(fd, bytes, 0, count, 0);
    closeSync(fd);
    return bytes.subarray(0, read);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}

const COMMON_DELIMITERS = [',', ';', '\t', '|'];

function csvDataset(
  file: FileReader,
  pieces: RowPieces,
  choices: readonly ColumnChoice[],
  { delimiter, quote, header }: DatasetOptions,
): Dataset {
  const candidates = delimiter === undefined ? COMMON_DELIMITERS : [delimiter];
  const forms = candidates.map((each) => ({ delimiter: asciiByte(each), quote: asciiByte(quote) }));
  // The delimiter by which the first row has most cells: quoting depends on it, if at all, in files that no one writes.
  const first = pieces.takeFirst(csvCut(forms[0] ?? { delimiter: 0x2c, quote: 0x22 }));
  checkText(first);
  const [best] = forms
    .map((form) => ({ form, cells: cellsOf(first, form) }))
    .sort((a, b) => b.cells.length - a.cells.length);
  if (!best) throw new UsageError('the file is empty');
  const { form, cells } = best;
  if (cells.some((cell) => cell.includes('\r')))
    throw new UsageError('the lines of the file end in CR alone: convert it first');
  if (header && cells.some(isData))
    throw new UsageError('the first row seems to hold data, not the names of columns: say --no-header');
  const names = header ? cells : cells.map(() => '');
  return {
    source: { kind: 'csv', form, width: cells.length },
    fields: planned(
      choices,
      names.map((name) => ({ name, numeric: false })),
      true,
    ),
    look: {
      ...(header && { headers: names }),
      delimiter: String.fromCharCode(form.delimiter),
      encoding: encodingName(pieces),
    },
    text: textOf(pieces, header ? first : Buffer.alloc(0)),
    bytes: file.size,
    *tasks() {
      if (!header) yield rowsTask({ bytes: Buffer.from(new Uint8Array(first).buffer), last: false }, file);
      for (let rows = pieces.next(csvCut(form)); rows; rows = pieces.next(csvCut(form)))
        yield rowsTask(rows, file);
    },
    digest: () => file.digest(),
    close: () => file.close(),
  };
}

function ndjsonDataset(file: FileReader, pieces: RowPieces, choices: readonly ColumnChoice[]): Dataset {
  return {
    source: { kind: 'ndjson' },
    // Objects need not have all properties; one that none has shows in what is rejected.
    fields: choices.map((choice) => ({ ...choice })),
    look: { delimiter: 'none', encoding: encodingName(pieces) },
    text: textOf(pieces, Buffer.alloc(0)),
    bytes: file.size,
    *tasks() {
      for (let rows = pieces.next(lineCut); rows; rows = pieces.next(lineCut)) yield rowsTask(rows, file);
    },
    digest: () => file.digest(),
    close: () => file.close(),
  };
}

async function parquetDataset(file: FileReader, choices: readonly ColumnChoice[]): Promise<Dataset> {
  // Its library is for those who need it.
  const { parquetColumns, parquetMetadata, rowRanges } = await import('../dataset/parquet.ts');
  const metadata = await parquetMetadata(file.path);
  const columns = parquetColumns(metadata);
  const ranges = rowRanges(metadata);
  return {
    source: { kind: 'parquet', path: file.path },
    fields: planned(choices, columns, false),
    look: { headers: columns.map(({ name }) => name), delimiter: 'none' },
    bytes: file.size,
    *tasks() {
      for (const [at, { from, to }] of ranges.entries()) {
        // The bytes are read a second time for the digest, about as far as the rows are.
        while (file.position < (file.size * (at + 1)) / ranges.length) file.read();
        yield { task: { kind: 'row-group', from, to }, read: file.position, transferred: [] };
      }
      while (file.position < file.size) file.read();
    },
    digest: () => file.digest(),
    close: () => file.close(),
  };
}

/** The header in a buffer of its own, for the rows after it are given away. */
const textOf = ({ encoding, hasMark }: RowPieces, header: Buffer) => ({
  encoding,
  head: Buffer.concat([Buffer.from(hasMark ? '\uFEFF' : ''), header]),
});

function rowsTask({ bytes, last }: Rows, file: FileReader) {
  const task: Task = {
    kind: 'rows',
    bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    last,
  };
  return { task, read: file.position, transferred: [bytes.buffer] };
}

function cellsOf(row: Buffer, form: { delimiter: number; quote: number }): string[] {
  const most = row.length + 1;
  const reader = new CsvReader(
    form,
    Array.from({ length: Math.min(most, 5_000) }, (_, at) => at),
    most,
  );
  reader.next(row, 0, row.length);
  if (reader.fault === 'open-quote') throw new UsageError('a quote in the first row is never closed');
  return Array.from({ length: reader.cells }, (_, at) => {
    const [from, to] = [reader.from[at] ?? 0, reader.to[at] ?? 0];
    return Buffer.from(reader.doubled[at] ? undoubled(row, from, to, form.quote) : row.subarray(from, to))
      .toString()
      .trim()
      .normalize('NFC');
  });
}

/** Whether a cell of the first row is a number or id, and so no name. */
function isData(cell: string): boolean {
  const bytes = Buffer.from(cell);
  return normaliseNumber(bytes, 0, bytes.length) >= 0 || normaliseId(bytes, 0, bytes.length, false) >= 0;
}

/** @throws UsageError for a column that is not there, or there twice */
function planned(
  choices: readonly ColumnChoice[],
  columns: readonly { readonly name: string; readonly numeric: boolean }[],
  byIndex: boolean,
): FieldPlan[] {
  return choices.map(({ field, column, numeric }) => {
    const numbered = /^#([1-9]\d{0,4})$/.exec(column);
    const indexes = numbered
      ? [Number(numbered[1]) - 1].filter((index) => index < columns.length)
      : columns.flatMap(({ name }, index) => (name === column.normalize('NFC') ? [index] : []));
    const [index] = indexes;
    if (index === undefined) {
      // Not which columns there are: without a header line, those would be somebody's data.
      throw new UsageError(
        `there is no column ${column} for ${field} among the ${columns.length} of the file`,
      );
    }
    if (indexes.length > 1)
      throw new UsageError(
        `${indexes.length} columns are called ${column}: give its number, as in #${index + 1}`,
      );
    const found = columns[index];
    return {
      field,
      column: byIndex ? index : (found?.name ?? ''),
      numeric: numeric || found?.numeric === true,
    };
  });
}

function asciiByte(character: string): number {
  const code = character.charCodeAt(0);
  if (character.length !== 1 || code >= 0x80 || code === 0x0a || code === 0x0d)
    throw new UsageError('a delimiter or quote must be one ASCII character');
  return code;
}

function encodingName({ encoding, hasMark }: RowPieces): string {
  if (encoding === 'utf-8') return hasMark ? 'utf-8-bom' : 'utf-8';
  return encoding.replace(/^utf-16.*/, 'utf-16');
}
