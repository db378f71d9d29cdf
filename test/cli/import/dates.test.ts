import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern, readDate } from '../../../cli/import/dates.ts';

const read = (text: string, patterns: readonly string[], pivot = 1950) =>
  readDate(text, patterns.map(compilePattern), pivot);
const day = (on: string) => ({ first: on, last: on });

describe('a written date', () => {
  test.each([
    ['2016-02-29', 'YYYY-MM-DD', '2016-02-29'],
    ['29/02/2016', 'DD/MM/YYYY', '2016-02-29'],
    ['2/9/2016', 'D/M/YYYY', '2016-09-02'],
    ['02/09/2016', 'D/M/YYYY', '2016-09-02'],
    ['9.11.2016', 'D.M.YYYY', '2016-11-09'],
    ['3 March 2016', 'D MMMM YYYY', '2016-03-03'],
    ['3rd  mar 2016', 'D MMM YYYY', '2016-03-03'],
    ['03-SEPT.-2016', 'D-MMM-YYYY', '2016-09-03'],
    ['March 3, 2016', 'MMMM D, YYYY', '2016-03-03'],
    ['2016-03-03T10:20:30.123', 'YYYY-MM-DDThh:mm:ss', '2016-03-03'],
    ['3/4/16 0:00', 'D/M/YY hh:mm', '2016-04-03'],
  ])('%s by %s is %s', (text, pattern, expected) => {
    expect(read(text, [pattern])).toEqual(day(expected));
  });

  test('of a month or a year is every day of it', () => {
    expect(read('Feb 2016', ['YYYY', 'MMM YYYY'])).toEqual({ first: '2016-02-01', last: '2016-02-29' });
    expect(read('02/1900', ['MM/YYYY'])).toEqual({ first: '1900-02-01', last: '1900-02-28' });
    expect(read('2016', ['MMM YYYY', 'YYYY'])).toEqual({ first: '2016-01-01', last: '2016-12-31' });
  });

  test.each([
    ['30/02/2016', 'DD/MM/YYYY'],
    ['29/02/2015', 'DD/MM/YYYY'],
    ['31/04/2016', 'DD/MM/YYYY'],
    ['00/04/2016', 'DD/MM/YYYY'],
    ['04/13/2016', 'DD/MM/YYYY'],
    ['0216-04-03', 'YYYY-MM-DD'],
    ['3 Ma 2016', 'D MMM YYYY'],
    ['3 Marchy 2016', 'D MMMM YYYY'],
    ['2016-04-03x', 'YYYY-MM-DD'],
    ['x2016-04-03', 'YYYY-MM-DD'],
    ['2016.04.03', 'YYYY-MM-DD'],
    ['', 'YYYY'],
  ])('%s is unreadable by %s', (text, pattern) => {
    expect(read(text, [pattern])).toBe('unreadable');
  });

  test('that two patterns read as two days is ambiguous, and as one is not', () => {
    const both = ['DD/MM/YYYY', 'MM/DD/YYYY'];
    expect(read('03/04/2016', both)).toBe('ambiguous');
    expect(read('04/04/2016', both)).toEqual(day('2016-04-04'));
    expect(read('13/04/2016', both)).toEqual(day('2016-04-13'));
    expect(read('04/13/2016', both)).toEqual(day('2016-04-13'));
  });

  test.each([
    [1950, '49', 2049],
    [1950, '50', 1950],
    [1950, '00', 2000],
    [1987, '86', 2086],
    [1987, '87', 1987],
    [2000, '99', 2099],
    [2000, '00', 2000],
  ])('of two digits from %i on: %s is %i', (pivot, written, year) => {
    expect(read(`01/01/${written}`, ['DD/MM/YY'], pivot)).toEqual(day(`${year}-01-01`));
  });

  test('every day of two centuries is read as itself, in any pattern that has all its parts', () => {
    const names =
      'January February March April May June July August September October November December'.split(' ');
    const days = fc.date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(days, (date) => {
        const iso = date.toISOString().slice(0, 10);
        const [year = '', month = '', on = ''] = iso.split('-');
        const name = names[Number(month) - 1];
        expect(read(iso, ['YYYY-MM-DD'])).toEqual(day(iso));
        expect(read(`${on}/${month}/${year}`, ['DD/MM/YYYY'])).toEqual(day(iso));
        expect(read(`${Number(on)} ${name} ${year}`, ['D MMMM YYYY'])).toEqual(day(iso));
        expect(read(`${on}${month}${year.slice(2)}`, ['DDMMYY'], Number(year) - 50)).toEqual(day(iso));
      }),
    );
  });

  test('no text makes it throw, and what it reads are days in order', () => {
    const patterns = ['YYYY-MM-DD', 'D/M/YY', 'MMM YYYY', 'YYYY', 'D MMMM, YYYY hh:mm'];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789/-. ,:MarJunsept') }), (text) => {
        const range = read(text, patterns);
        if (typeof range === 'string') return;
        expect(range.first <= range.last).toBe(true);
        for (const end of [range.first, range.last])
          expect(new Date(`${end}T00:00:00Z`).toISOString().slice(0, 10)).toBe(end);
      }),
    );
  });
});

describe('a pattern', () => {
  test.each([
    ['DD/MM', 'has no year'],
    ['DD YYYY', 'has a day but no month'],
    ['YYYY-MM-MM', 'names a part of the date twice'],
    ['D/DD/MM/YYYY', 'names a part of the date twice'],
    ['', 'has no year'],
  ])('%s is refused', (pattern, why) => {
    expect(() => compilePattern(pattern)).toThrow(why);
  });

  test('takes what means something in a regular expression as it stands', () => {
    expect(read('(2016)*', ['(YYYY)*'])).toEqual({ first: '2016-01-01', last: '2016-12-31' });
    expect(read('2016a04', ['YYYY.MM'])).toBe('unreadable');
  });
});
