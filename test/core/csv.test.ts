import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from '../../core/csv.ts';

const records = (text: string, delimiter = ','): string[][] => parse(text, { delimiter, relax_quotes: true });

describe('a line of CSV', () => {
  it('is read back as it was written, whatever is in its cells, by any reader of RFC 4180', async () => {
    const plain = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ';', 'é', 'ک', ' ', "'") });
    await fc.assert(
      fc.property(fc.array(plain, { minLength: 2, maxLength: 6 }), (cells) => {
        const line = csvLine(cells);
        expect(line.endsWith('\r\n')).toBe(true);
        expect(parse(line, { record_delimiter: '\r\n' })).toEqual([cells]);
      }),
    );
  });

  it('has an empty cell of nothing, and numbers as they are', () => {
    expect(csvLine(['a', undefined, 12, ''])).toBe('"a",,"12",""\r\n');
  });

  it.each([
    ['=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1', "  '=1"],
    ['\t=1', "\t'=1"],
    ['＝1', "'＝1"],
    ['a;=1', "a;'=1"],
    ['a, +1', "a, '+1"],
    ['a"=1', 'a"\'=1'],
    ['a\r\n=1', "a\r\n'=1"],
    ['Tax - arrears', 'Tax - arrears'],
    ['a=b', 'a=b'],
    ["o'clock", "o'clock"],
  ])('makes %j harmless', (cell, written) => {
    expect(records(csvLine([cell]))).toEqual([[written]]);
  });

  it('gives no reader a cell that begins a formula, whatever he takes for the end of a cell', async () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'=+-@＝＋－＠"\',; \t\r\nab') });
    await fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (cells) => {
        const line = csvLine(cells);
        for (const delimiter of [',', ';', '\t'])
          for (const cell of line.split(new RegExp(`[${delimiter}"\r\n]`)))
            expect(cell).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
      }),
    );
  });
});
