import { CsvError, parse } from 'csv-parse/sync';
import { type Encoding, markedEncoding } from '../dataset/encoding.ts';
import { UsageError } from '../failure.ts';
import { tidy } from './text.ts';

/** How the text of a register is written down, as its mapping says. */
export interface CsvForm {
  readonly encoding: Encoding;
  readonly delimiter: string;
  readonly quote: string;
  /** Takes a quote within a cell literally, where it would otherwise be an error. */
  readonly relaxedQuotes: boolean;
  /** The names of the columns of a file that has no header line. */
  readonly columns?: readonly string[] | undefined;
}

/** One row of a register: its tidied cells, and the line of the file on which it starts (the first is 1). */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Table {
  /** The tidied names of the columns. */
  readonly columns: readonly string[];
  /** Without the rows that are blank throughout. Their cells may be more or fewer than the columns. */
  readonly rows: readonly CsvRow[];
}

/**
 * A register is read as a whole, for its digest and its agencies must be known before the first row is sent. This is
 * some 50,000 rows, which take a gigabyte while they wait.
 */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** A row beyond this is a quote left open, not a row. */
const MAX_ROW_BYTES = 1024 * 1024;

/** Reads the bytes of a register. @throws UsageError when they are no table in that form, with the line at fault */
export function readTable(bytes: Uint8Array, form: CsvForm): Table {
  if (bytes.length > MAX_FILE_BYTES)
    throw new UsageError(`the file has more than ${MAX_FILE_BYTES / 1024 / 1024} MB: split it`);
  const records = parsed(decoded(bytes, form.encoding), form);
  const header = form.columns ?? records.shift()?.cells;
  if (header === undefined) throw new UsageError('the file is empty');
  const rows = records.filter(({ cells }) => cells.some((cell) => cell !== ''));
  return { columns: header.map(tidy), rows };
}

function parsed(text: string, form: CsvForm): CsvRow[] {
  let lastGoodLine = 0;
  try {
    const records: unknown = parse(text, {
      delimiter: form.delimiter,
      quote: form.quote,
      relax_quotes: form.relaxedQuotes,
      record_delimiter: '\n',
      // Blanks around a quoted cell (`"a", "b" `) are no part of it.
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_ROW_BYTES,
      info: true,
      on_record: (record, { lines }) => {
        lastGoodLine = lines;
        return record;
      },
    });
    // With `info`, each record comes with where the parser stood; the package's types do not know that.
    return (records as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      line: firstLine(record, info.lines),
      cells: record.map(tidy),
    }));
  } catch (error) {
    throw error instanceof CsvError ? new UsageError(explained(error, lastGoodLine + 1)) : error;
  }
}

/** The parser knows the line on which a row ends; the rest of its lines lie within its cells. */
const firstLine = (record: readonly string[], lastLine: number) =>
  record.reduce((line, cell) => line - cell.split('\n').length + 1, lastLine);

/** @param start the line on which the row at fault starts, or a blank one before it */
function explained(error: CsvError, start: number): string {
  const line = typeof error['lines'] === 'number' ? `line ${error['lines']}: ` : '';
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return `line ${start}: a quote that this row opens is never closed`;
    case 'CSV_MAX_RECORD_SIZE':
      return `line ${start}: the row is longer than 1 MB: is a quote left open?`;
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return `${line}text follows a closing quote; "relaxedQuotes" in the mapping takes such quotes literally`;
    case 'INVALID_OPENING_QUOTE':
      return `${line}a quote stands within a cell; "relaxedQuotes" in the mapping takes such quotes literally`;
    default:
      return `${line}the file cannot be read as CSV (${error.code})`;
  }
}

/**
 * The text of a file. A byte order mark says more than the mapping; line ends become `\n`, for files that were put
 * together from several mix them.
 */
function decoded(bytes: Uint8Array, encoding: Encoding): string {
  const actual = markedEncoding(bytes)?.encoding ?? encoding;
  let text: string;
  try {
    text = new TextDecoder(actual, { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`the file is not ${actual}: name its "encoding" in the mapping`);
  }
  if (text.includes('\0'))
    throw new UsageError(`the file holds NUL characters: it may be UTF-16, or no text; read as ${actual}`);
  return text.replace(/\r\n?/g, '\n');
}
