import { CsvReader, refuseCutOff, undoubled } from '../../dataset/csv.ts';
import { checkText } from '../../dataset/encoding.ts';
import { UsageError } from '../../failure.ts';
import type { FieldPlan, RowReject, SourcePlan, Task } from './plan.ts';
import { type IdStyle, styleOf } from './styles.ts';

/** Takes the rows of a dataset: each cell of a row by its field's index, then the end of the row. */
export interface RowSink {
  cell(index: number, bytes: Uint8Array, from: number, to: number): void;
  endRow(): void;
  /** A row that could not be read; no cell of it was given. */
  rejectRow(reason: RowReject): void;
  /** How an id of the present row is spelled; told of some rows. */
  style?(field: 'msisdn' | 'cnic', style: IdStyle): void;
}

/** Gives the rows of a task to the sink. @throws UsageError for what is no dataset of that form */
export type Reader = (task: Task) => void | Promise<void>;

export function readerOf(source: SourcePlan, fields: readonly FieldPlan[], rows: RowSink): Reader {
  switch (source.kind) {
    case 'csv':
      return csvReader(source, fields, rows);
    case 'ndjson':
      return ndjsonReader(fields, rows);
    case 'parquet':
      return parquetReader(source.path, fields, rows);
  }
}

/** Of each piece this many rows tell how ids are spelled. */
const SAMPLE_ROWS = 32;

function csvReader(
  { form, width }: SourcePlan & { kind: 'csv' },
  fields: readonly FieldPlan[],
  rows: RowSink,
): Reader {
  const reader = new CsvReader(
    form,
    fields.map(({ column }) => Number(column)),
    width,
  );
  return (task) => {
    if (task.kind !== 'rows') return;
    const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.length);
    checkText(bytes);
    let sampled = 0;
    for (let at = 0; at < bytes.length; ) {
      const start = at;
      at = reader.next(bytes, at, bytes.length);
      if (reader.cells === 0) continue;
      if (reader.fault !== undefined) {
        if (task.last) refuseCutOff(reader, start, at, bytes.length);
        rows.rejectRow(reader.fault);
        continue;
      }
      for (let index = 0; index < fields.length; index++) {
        const from = reader.from[index] as number;
        const to = reader.to[index] as number;
        if (reader.doubled[index] === 0) rows.cell(index, bytes, from, to);
        else {
          const cell = undoubled(bytes, from, to, form.quote);
          rows.cell(index, cell, 0, cell.length);
        }
      }
      if (sampled++ < SAMPLE_ROWS)
        sample(rows, fields, (index) => bytes.toString('utf8', reader.from[index], reader.to[index]));
      rows.endRow();
    }
  };
}

const encoder = new TextEncoder();

function ndjsonReader(fields: readonly FieldPlan[], rows: RowSink): Reader {
  const cells = new CellWriter(rows);
  return (task) => {
    if (task.kind !== 'rows') return;
    const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.length);
    checkText(bytes);
    const lines = bytes.toString().split('\n');
    const cut = task.last && lines.at(-1) !== '';
    lines.forEach((line, at) => {
      if (line.trim() === '') return;
      const value = jsonObject(line);
      if (value === undefined) {
        if (cut && at === lines.length - 1)
          throw new UsageError('the last line is no JSON object: is the file cut off?');
        rows.rejectRow('not-json');
        return;
      }
      fields.forEach(({ column }, index) => {
        cells.write(index, value[column]);
      });
      if (at < SAMPLE_ROWS) sample(rows, fields, (index) => shown(value[fields[index]?.column ?? '']));
      rows.endRow();
    });
  };
}

function jsonObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function parquetReader(path: string, fields: readonly FieldPlan[], rows: RowSink): Reader {
  const cells = new CellWriter(rows);
  // Its library is for those who need it.
  const columns = fields.map(({ column }) => String(column));
  const scanned = import('../../dataset/parquet.ts').then(({ scanParquet }) => scanParquet(path, columns));
  return async (task) => {
    if (task.kind !== 'row-group') return;
    const scan = await scanned;
    const values = await Promise.all(
      fields.map(({ column }) =>
        scan.readColumn({ column: String(column), rowStart: task.from, rowEnd: task.to }),
      ),
    ).catch(() => {
      throw new UsageError(`rows ${task.from + 1} to ${task.to} cannot be read: is the file damaged?`);
    });
    for (let row = 0; row < task.to - task.from; row++) {
      values.forEach((column, index) => {
        cells.write(index, column[row]);
      });
      if (row < SAMPLE_ROWS) sample(rows, fields, (index) => shown(values[index]?.[row]));
      rows.endRow();
    }
  };
}

/** Gives values that were decoded already to the fingerprinter, as the text that a CSV file would have. */
class CellWriter {
  readonly #rows: RowSink;
  readonly #bytes = new Uint8Array(4096);

  constructor(rows: RowSink) {
    this.#rows = rows;
  }

  write(index: number, value: unknown): void {
    const text = shown(value);
    const { read, written } = encoder.encodeInto(text, this.#bytes);
    if (read === text.length) this.#rows.cell(index, this.#bytes, 0, written);
    else {
      const bytes = encoder.encode(text);
      this.#rows.cell(index, bytes, 0, bytes.length);
    }
  }
}

const shown = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';

function sample(rows: RowSink, fields: readonly FieldPlan[], cell: (index: number) => string): void {
  if (!rows.style) return;
  fields.forEach(({ field }, index) => {
    if (field !== 'msisdn' && field !== 'cnic') return;
    const style = styleOf(field, cell(index));
    if (style !== undefined) rows.style?.(field, style);
  });
}
