import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CsvForm, CsvReader, csvCut, lineCut, undoubled } from '../../../cli/dataset/csv.ts';
import { FileReader, MAX_ROW_BYTES, RowPieces } from '../../../cli/dataset/pieces.ts';

const COMMA: CsvForm = { delimiter: 0x2c, quote: 0x22 };
const folder = mkdtempSync(join(tmpdir(), 'amanat-csv-'));

/** All rows of the bytes: their cells, or what is wrong with them. */
function rowsOf(bytes: Buffer, width: number, form = COMMA) {
  const reader = new CsvReader(form, [...Array(width).keys()], width);
  const rows: (string[] | string)[] = [];
  for (let at = 0; at < bytes.length; ) {
    at = reader.next(bytes, at, bytes.length);
    if (reader.cells === 0) continue;
    rows.push(
      reader.fault ??
        Array.from({ length: width }, (_, slot) => {
          const [from, to] = [reader.from[slot] ?? 0, reader.to[slot] ?? 0];
          const cell = reader.doubled[slot]
            ? undoubled(bytes, from, to, form.quote)
            : bytes.subarray(from, to);
          return Buffer.from(cell).toString();
        }),
    );
  }
  return rows;
}

/** The same, of bytes that arrive in pieces cut anywhere. */
function rowsInPieces(bytes: Buffer, cuts: readonly number[], width: number) {
  const cut = csvCut(COMMA);
  const rows = [];
  let rest = Buffer.alloc(0);
  let from = 0;
  for (const to of [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    rest = Buffer.concat([rest, bytes.subarray(from, to)]);
    from = to;
    const whole = cut.last(rest);
    rows.push(...rowsOf(rest.subarray(0, whole), width));
    rest = rest.subarray(whole);
  }
  return [...rows, ...rowsOf(rest, width)];
}

const anyText = fc.string({
  unit: fc.constantFrom('a', '1', ' ', ',', '"', '\n', '\r\n', 'ü', '؛'),
  maxLength: 8,
});
const table = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 12 }))
  .chain(([width, rows]) =>
    fc.array(fc.array(anyText, { minLength: width, maxLength: width }), { minLength: rows, maxLength: rows }),
  );
const written = (rows: readonly (readonly string[])[], end: string, always: boolean) =>
  rows
    .map((cells) =>
      cells
        .map((cell) => (always || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
        .join(','),
    )
    .join(end);

describe('rows of CSV', () => {
  test('are what was written, quoted or not, with either line end', () => {
    fc.assert(
      fc.property(
        table,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.boolean(),
        (rows, end, always, last) => {
          const bytes = Buffer.from(written(rows, end, always) + (last ? end : ''));
          expect(rowsOf(bytes, rows[0]?.length ?? 0)).toEqual(rows);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('are the same wherever the file is cut into pieces', () => {
    // Well written, or anything at all.
    const content = fc.oneof(
      table.map((rows) => written(rows, '\n', false)),
      anyText,
      fc.string(),
      fc.array(anyText).map((texts) => texts.join('')),
    );
    fc.assert(
      fc.property(
        content,
        fc.array(fc.nat(400), { maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (text, cuts, width) => {
          const bytes = Buffer.from(text);
          expect(rowsInPieces(bytes, cuts, width)).toEqual(rowsOf(bytes, width));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('are those that csv-parse finds', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const text = written(rows, '\n', false);
        const other = parse(text, { relax_column_count: true, skip_empty_lines: true });
        expect(rowsOf(Buffer.from(text), rows[0]?.length ?? 0)).toEqual(other);
      }),
    );
  });

  test('may have a quote within a cell, blanks after a quoted one, and blank lines between them', () => {
    expect(rowsOf(Buffer.from('5" pipe,b\n\n\r\n"x" ,"y"\r\nz,""'), 2)).toEqual([
      ['5" pipe', 'b'],
      ['x', 'y'],
      ['z', ''],
    ]);
  });

  test('go by any delimiter and quote', () => {
    expect(rowsOf(Buffer.from("a;'b;''c'\n"), 2, { delimiter: 0x3b, quote: 0x27 })).toEqual([['a', "b;'c"]]);
    expect(rowsOf(Buffer.from('a\t"b\tc"\n'), 2, { delimiter: 9, quote: 0x22 })).toEqual([['a', 'b\tc']]);
  });

  test('say what is wrong with them', () => {
    expect(rowsOf(Buffer.from('1\n1,2,3\n"a"b,c\n"a,b\nc,d'), 2)).toEqual([
      'ragged',
      'ragged',
      'quotes',
      'open-quote',
    ]);
  });
});

describe('a text file', () => {
  const rowsOfFile = (
    content: Buffer,
    encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' = 'utf-8',
  ) => {
    const path = join(folder, 'file.csv');
    writeFileSync(path, content);
    const file = new FileReader(path);
    const pieces = new RowPieces(file, encoding);
    const first = pieces.takeFirst(csvCut(COMMA)).toString();
    const texts = [];
    for (let rows = pieces.next(csvCut(COMMA)); rows; rows = pieces.next(csvCut(COMMA)))
      texts.push([rows.bytes.toString(), rows.last] as const);
    return { first, texts, file, pieces };
  };

  test('of any length comes in whole rows, and has its digest', () => {
    const row = `1,"${'x'.repeat(50)}\nü"\n`;
    const { first, texts, file } = rowsOfFile(Buffer.from(`a,b\n${row.repeat(60_000)}`));
    expect(first).toBe('a,b\n');
    expect(texts.length).toBeGreaterThan(2);
    expect(texts.map(([text]) => text).join('')).toBe(row.repeat(60_000));
    expect(texts.every(([text]) => text.startsWith('1,"x') && text.endsWith('ü"\n'))).toBe(true);
    expect(texts.map(([, last]) => last)).toEqual([...Array(texts.length - 1).fill(false), true]);
    expect(file.digest()).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is UTF-8 whatever it was before', () => {
    const text = `ä,b\n${'1,ش\n'.repeat(200_000)}`;
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(little).swap16();
    const marked = (mark: number[], bytes: Buffer) => Buffer.concat([Buffer.from(mark), bytes]);
    for (const { first, texts } of [
      rowsOfFile(Buffer.from(text)),
      rowsOfFile(marked([0xef, 0xbb, 0xbf], Buffer.from(text))),
      rowsOfFile(marked([0xff, 0xfe], little)),
      rowsOfFile(marked([0xfe, 0xff], big)),
      rowsOfFile(little, 'utf-16le'),
      rowsOfFile(big, 'utf-16be'),
    ])
      expect(first + texts.map(([each]) => each).join('')).toBe(text);
    expect(rowsOfFile(Buffer.from([0x61, 0x0a, 0xe9, 0x0a]), 'windows-1252').texts).toEqual([['é\n', true]]);
  });

  test('says of which encoding it is', () => {
    const { pieces } = rowsOfFile(Buffer.from('\uFEFFa\n1\n'));
    expect([pieces.encoding, pieces.hasMark]).toEqual(['utf-8', true]);
    expect(() => rowsOfFile(Buffer.from('a\n1\n1'), 'utf-16le')).toThrow('the file is not utf-16le');
  });

  test('with a row that does not end is refused before it fills the memory', () => {
    expect(() => rowsOfFile(Buffer.from(`a,b\n1,"${'x\n'.repeat(2 * MAX_ROW_BYTES)}`))).toThrow(
      /^a row ahead of byte \d+ is longer than 1 MB: is a quote left open\?$/,
    );
    expect(() => rowsOfFile(Buffer.alloc(5 * MAX_ROW_BYTES, 0x61))).toThrow('longer than 1 MB');
  });

  test('of lines is cut at line ends alone', () => {
    expect([lineCut.first(Buffer.from('"a\n"b\n')), lineCut.last(Buffer.from('"a\n"b\nc'))]).toEqual([3, 6]);
  });

  test('that changes while it is read is refused', () => {
    const { file } = rowsOfFile(Buffer.from('a\n1\n'));
    writeFileSync(join(folder, 'file.csv'), 'a\n1\n2\n');
    expect(() => file.digest()).toThrow('the file changed while it was read');
  });
});
