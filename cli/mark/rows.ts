import { type CsvForm, CsvReader, refuseCutOff, undoubled } from '../dataset/csv.ts';
import type { FieldPlan } from '../fingerprint/pipeline/plan.ts';

/** A row that can be written again with some of its cells spelled otherwise, and all else as it was, byte for byte. */
export interface MarkableRow {
  /** By field's index; undefined where the row has no such cell, or is none. */
  readonly cells: readonly (string | undefined)[];
  /** @param cells new texts by field's index. Undefined when they do not go in there */
  rewritten(cells: ReadonlyMap<number, string>): Uint8Array | undefined;
  readonly plain: Uint8Array;
}

/** The rows of a piece of CSV. @param last whether the file ends with it */
export function csvRows(
  bytes: Buffer,
  last: boolean,
  { form, width }: { readonly form: CsvForm; readonly width: number },
  fields: readonly FieldPlan[],
): MarkableRow[] {
  const reader = new CsvReader(
    form,
    fields.map(({ column }) => Number(column)),
    width,
  );
  const rows: MarkableRow[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    at = reader.next(bytes, at, bytes.length);
    if (last) refuseCutOff(reader, start, at, bytes.length);
    rows.push(csvRow(bytes, bytes.subarray(start, at), reader, form));
  }
  return rows;
}

function csvRow(bytes: Buffer, plain: Buffer, reader: CsvReader, { delimiter, quote }: CsvForm): MarkableRow {
  if (reader.fault !== undefined || reader.cells === 0)
    return { cells: [], rewritten: () => undefined, plain };
  const start = plain.byteOffset - bytes.byteOffset;
  const spans = Array.from(reader.from, (from, index) => ({
    index,
    from,
    to: reader.to[index] ?? from,
    quoted: reader.quoted[index] === 1,
  }));
  const cells = spans.map(({ from, to }, index) =>
    Buffer.from(
      reader.doubled[index] ? undoubled(bytes, from, to, quote) : bytes.subarray(from, to),
    ).toString(),
  );
  const quotes = String.fromCharCode(quote);
  const mustBeQuoted = [String.fromCharCode(delimiter), quotes, '\r', '\n'];
  return {
    cells,
    plain,
    rewritten: (texts) => {
      const parts: Uint8Array[] = [];
      let at = start;
      for (const { index, from, to, quoted } of spans.toSorted((a, b) => a.from - b.from)) {
        const text = texts.get(index);
        if (text === undefined) continue;
        if (!quoted && mustBeQuoted.some((character) => text.includes(character))) return undefined;
        parts.push(
          bytes.subarray(at, from),
          Buffer.from(quoted ? text.replaceAll(quotes, quotes + quotes) : text),
        );
        at = to;
      }
      return Buffer.concat([...parts, bytes.subarray(at, start + plain.length)]);
    },
  };
}

/** A line of NDJSON, with its end. */
export function jsonRow(line: string, fields: readonly FieldPlan[]): MarkableRow {
  const plain = Buffer.from(line);
  const value = parsed(line);
  if (value === undefined) return { cells: [], rewritten: () => undefined, plain };
  return {
    cells: fields.map(({ column }) => {
      const cell = value[column];
      return typeof cell === 'string' ? cell : undefined;
    }),
    plain,
    rewritten: (texts) => {
      let text = line;
      const expected = { ...value };
      for (const [index, cell] of texts) {
        const column = String(fields[index]?.column);
        expected[column] = cell;
        text = withMember(text, column, cell);
      }
      // Where the name stands elsewhere too, or is written in another way, the line stays as it is.
      return JSON.stringify(parsed(text)) === JSON.stringify(expected) ? Buffer.from(text) : undefined;
    },
  };
}

/** Puts a string in place of the first member of that name; numbers and blanks stay as they are written. */
function withMember(line: string, name: string, text: string): string {
  const escaped = JSON.stringify(name).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const member = new RegExp(`(${escaped}\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`);
  return line.replace(member, (_, start: string) => start + JSON.stringify(text));
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
