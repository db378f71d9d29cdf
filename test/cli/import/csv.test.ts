import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../cli/failure.ts';
import { type CsvForm, MAX_FILE_BYTES, readTable } from '../../../cli/import/csv.ts';
import { plainCsv } from './examples.ts';

const read = (text: string | Uint8Array, form: Partial<CsvForm> = {}) =>
  readTable(typeof text === 'string' ? Buffer.from(text) : text, { ...plainCsv, ...form });
const cells = (text: string | Uint8Array, form?: Partial<CsvForm>) =>
  read(text, form).rows.map((row) => row.cells);

describe('a register', () => {
  test('with blanks around quoted cells, as in the header of a real one', () => {
    const table = read('"Key", "RowID","Date of Release" \n1,"R1" , 2014-04-02 \n');
    expect(table.columns).toEqual(['Key', 'RowID', 'Date of Release']);
    expect(table.rows).toEqual([{ line: 2, cells: ['1', 'R1', '2014-04-02'] }]);
  });

  test('knows the line on which each row starts, over line breaks in quotes and blank lines', () => {
    const { rows } = read('a,b\r\n1,"x\r\ny"\r\n\r\n  \r\n2,"p\nq\nr"\r3,z\n,\n4,w');
    expect(rows.map(({ line, cells: [first] }) => [line, first])).toEqual([
      [2, '1'],
      [6, '2'],
      [9, '3'],
      [11, '4'],
    ]);
  });

  test('keeps doubled quotes and makes a line break a blank', () => {
    expect(cells('a,b\n"he said ""no""","x\n\n y"\n')).toEqual([['he said "no"', 'x y']]);
  });

  test('may have ragged rows, which are for the plan to judge', () => {
    expect(cells('a,b\n1\n1,2,3\n')).toEqual([['1'], ['1', '2', '3']]);
  });

  test('may lack a header line when the mapping names the columns', () => {
    expect(read('1;2\n', { delimiter: ';', columns: ['a', 'b'] })).toEqual({
      columns: ['a', 'b'],
      rows: [{ line: 1, cells: ['1', '2'] }],
    });
  });

  test('with a header alone has no rows', () => {
    expect(read('a,b\n').rows).toEqual([]);
  });
});

describe('an encoding', () => {
  test('UTF-8, with and without byte order mark', () => {
    expect(read('\uFEFFä,b\n1,ü\n')).toEqual({ columns: ['ä', 'b'], rows: [{ line: 2, cells: ['1', 'ü'] }] });
  });

  test('UTF-16 by its byte order mark, either way round', () => {
    const little = Buffer.from('\uFEFFa,b\n1,ش\n', 'utf16le');
    expect(cells(little)).toEqual([['1', 'ش']]);
    expect(cells(Buffer.from(little).swap16())).toEqual([['1', 'ش']]);
  });

  test('UTF-16 and windows-1252 as the mapping names them', () => {
    expect(cells(Buffer.from('a,b\n1,é\n', 'utf16le'), { encoding: 'utf-16le' })).toEqual([['1', 'é']]);
    const bytes = Buffer.from([...Buffer.from('a,b\n1,'), 0xe9, 0x93, 0x0a]);
    expect(cells(bytes, { encoding: 'windows-1252' })).toEqual([['1', 'é“']]);
  });

  test('that is not that of the file is refused, not guessed around', () => {
    expect(() => read(Buffer.from([0x61, 0x0a, 0xe9, 0x0a]))).toThrow(
      'the file is not utf-8: name its "encoding"',
    );
    expect(() => read(Buffer.from('a,b\n', 'utf16le'))).toThrow('NUL characters');
  });
});

describe('what is no table', () => {
  test.each([
    ['', 'the file is empty'],
    [' \n\n', 'the file is empty'],
    ['a,b\n0,z\n1,"x\n2,y\n', /^line 3: a quote that this row opens is never closed/],
    ['a,b\n1,"x" y\n', /^line 2: text follows a closing quote/],
    ['a,b\n1,2\n1,x"y"\n', /^line 3: a quote stands within a cell/],
    [`a,b\n1,2\n1,${'z'.repeat(1_100_000)}\n`, /^line 3: the row is longer than 1 MB/],
  ])('%# is refused with its line', (text, message) => {
    expect(() => read(text)).toThrow(UsageError);
    expect(() => read(text)).toThrow(message);
  });

  test('stray quotes are taken literally when the mapping says so', () => {
    expect(cells('a,b\n1,5" pipe\n', { relaxedQuotes: true })).toEqual([['1', '5" pipe']]);
  });

  test('a file beyond all measure is refused before it is decoded', () => {
    const huge = { length: MAX_FILE_BYTES + 1 } as unknown as Uint8Array;
    expect(() => read(huge)).toThrow('more than 32 MB');
  });
});
