import { describe, expect, test } from 'vitest';
import { Taken, type Value } from '../../../cli/import/mapping.ts';
import { Row } from '../../../cli/import/row.ts';
import { folded } from '../../../cli/import/text.ts';
import { mappingOf } from './examples.ts';

/** Reads one expression from a row with one cell, `Basis`, and a number, `No`. */
function read(expression: unknown, cell: string, changes: Readonly<Record<string, unknown>> = {}) {
  const mapping = mappingOf(expression, changes);
  const blanks = new Set(mapping.blanks.map(folded));
  const row = new Row({ line: 7, cells: ['12', cell] }, ['No', 'Basis'], mapping, blanks);
  const value = row.read(mapping.record.purposeText as Value, ['purposeText']);
  return { value, row, faults: row.faults.map(({ detail }) => detail) };
}
const valueIn = (expression: unknown, cell: string, changes?: Readonly<Record<string, unknown>>) =>
  read(expression, cell, changes).value;

test('a constant is itself', () => {
  expect(valueIn('audit', 'x')).toBe('audit');
  expect(valueIn(['GB'], 'x')).toEqual(['GB']);
});

test('a column is its cell, and a blank cell is nothing', () => {
  expect(valueIn({ column: 'Basis' }, 'Consent')).toBe('Consent');
  expect(valueIn({ column: 'Basis' }, '')).toBeUndefined();
  expect(valueIn({ column: 'Basis' }, ' N/A', { blanks: ['n/a'] })).toBeUndefined();
});

describe('a template', () => {
  test('holds the cells of its columns, and says so of a blank one', () => {
    expect(valueIn({ template: '{No}: {Basis}' }, 'Consent')).toBe('12: Consent');
    expect(valueIn({ template: '{No}: {Basis}' }, '')).toBe('12: not stated');
    expect(valueIn({ template: 'line {@line}' }, '')).toBe('line 7');
  });

  test('of blank cells only is nothing', () => {
    expect(valueIn({ template: 'basis {Basis}' }, '')).toBeUndefined();
    expect(valueIn({ template: '{Basis} on line {@line}' }, '')).toBeUndefined();
  });

  test('takes a cell literally, braces and dollars included', () => {
    expect(valueIn({ template: 'x {Basis}' }, '{No} $& $1')).toBe('x {No} $& $1');
  });
});

describe('a value map', () => {
  const map = { Consent: ['c'], 'Direct  Care': null, Other: { a: 1 } };
  test('is looked up in any case and blank', () => {
    expect(valueIn({ column: 'Basis', map }, 'CONSENT ')).toEqual(['c']);
    expect(valueIn({ column: 'Basis', map }, 'other')).toEqual({ a: 1 });
  });

  test('says with null that there is nothing to say', () => {
    expect(read({ column: 'Basis', map }, 'direct care')).toMatchObject({ value: undefined, faults: [] });
  });

  test('refuses what it does not hold, without repeating it', () => {
    const { value, faults, row } = read({ column: 'Basis', map }, 'Secret 42');
    expect(value).toBeUndefined();
    expect(faults).toEqual(['the value of column "Basis" is not in the map']);
    expect(row.faults[0]?.pointer).toBe('/purposeText');
  });

  test('may have a default, keep what it does not hold, or pass it over; a blank stays a blank', () => {
    expect(valueIn({ column: 'Basis', map, default: 'd' }, 'x')).toBe('d');
    expect(valueIn({ column: 'Basis', map, default: 'd' }, '')).toBeUndefined();
    expect(valueIn({ column: 'Basis', map: { '': 'none' } }, '')).toBe('none');
    expect(valueIn({ column: 'Basis', map, unmapped: 'keep' }, 'x')).toBe('x');
    expect(read({ column: 'Basis', map, unmapped: 'absent' }, 'x')).toMatchObject({
      value: undefined,
      faults: [],
    });
    expect(valueIn({ column: 'Basis', map, unmapped: 'keep', as: 'slug' }, 'X y')).toBe('x-y');
  });

  test('is not fooled by names that every object has', () => {
    expect(read({ column: 'Basis', map }, 'constructor').faults).toHaveLength(1);
    expect(read({ column: 'Basis', map }, '__proto__').faults).toHaveLength(1);
  });
});

describe('a list', () => {
  test('is split by any of its separators, without blanks and repetitions', () => {
    expect(valueIn({ column: 'Basis', split: [';', ' and '] }, 'a; b and a;; c ')).toEqual(['a', 'b', 'c']);
    expect(valueIn({ column: 'Basis', split: ',' }, 'a')).toEqual(['a']);
    expect(valueIn({ column: 'Basis', split: ',' }, ' , ')).toBeUndefined();
  });

  test('is mapped member by member; members that are lists join it', () => {
    const map = { a: ['x', 'y'], b: 'y', c: null };
    expect(valueIn({ column: 'Basis', split: ',', map }, 'a,b,c')).toEqual(['x', 'y']);
    expect(read({ column: 'Basis', split: ',', map }, 'a,d,e').faults).toHaveLength(2);
  });
});

describe('a whole number', () => {
  const integer = { column: 'Basis', as: 'integer' };
  test.each([
    ['0', 0],
    ['1234', 1234],
    ['1,234,567', 1_234_567],
    ["12'345", 12_345],
    ['1 234', 1234],
  ])('%s is %i', (cell, number) => {
    expect(valueIn(integer, cell)).toBe(number);
  });
  test.each(['1.5', '1,23', '12,3456', '-1', '1e3', 'about 100', '9007199254740993', '1.234'])(
    '%s is none',
    (cell) => {
      expect(read(integer, cell).faults).toEqual(['the value of column "Basis" is no whole number']);
    },
  );
});

describe('a day', () => {
  const day = { column: 'Basis', as: 'day', dates: ['DD/MM/YYYY', 'MM/DD/YYYY', 'MMM YYYY'] };
  test('of a month needs the end that is meant', () => {
    expect(valueIn({ ...day, end: 'first' }, 'feb 2016')).toBe('2016-02-01');
    expect(valueIn({ ...day, end: 'last' }, 'feb 2016')).toBe('2016-02-29');
    expect(read(day, 'feb 2016').faults).toEqual([
      'the value of column "Basis" is no single day, and the mapping does not say which end is meant',
    ]);
  });
  test('that is ambiguous or unreadable is a fault', () => {
    expect(read(day, '03/04/2016').faults).toEqual([
      'the value of column "Basis" can be read as more than one date',
    ]);
    expect(read(day, 'soon').faults).toEqual(['the value of column "Basis" fits none of the date patterns']);
    expect(valueIn(day, '25/12/2016')).toBe('2016-12-25');
  });
  test('is read by the patterns of the mapping where it has none', () => {
    expect(valueIn({ column: 'Basis', as: 'day' }, '2016-04-03')).toBe('2016-04-03');
    const dates = { patterns: ['D/M/YY'], pivot: 2000 };
    expect(valueIn({ column: 'Basis', as: 'day' }, '3/4/99', { dates })).toBe('2099-04-03');
  });
});

describe('a text', () => {
  test('that is shortened is told', () => {
    const { value, row } = read({ column: 'Basis', shorten: 10 }, 'abcdefghijklm');
    expect(value).toBe('abcdefghi…');
    expect(row.shortened).toEqual([{ line: 7, pointer: '/purposeText' }]);
    expect(read({ column: 'Basis', shorten: 10 }, 'abcdefghij').row.shortened).toEqual([]);
  });

  test('with a number of a person stays, to be refused with its record, or is withheld', () => {
    const cell = 'Call 0301 2345678 for more';
    expect(valueIn({ column: 'Basis' }, cell)).toBe(cell);
    const withheld = read({ column: 'Basis' }, cell, { onPersonalData: 'withhold' });
    expect(withheld.value).toBe('[withheld on import: seems to hold personal data (MSISDN)]');
    expect(withheld.row.withheld).toEqual([{ line: 7, pointer: '/purposeText' }]);
    expect(valueIn({ template: '{No}: {Basis}' }, cell, { onPersonalData: 'withhold' })).toBe(
      '12: [withheld on import: seems to hold personal data (MSISDN)]',
    );
  });
});

describe('a part of constants and cells', () => {
  const volume = { rows: { column: 'Basis', as: 'integer' }, exact: true };
  test('is nothing when every cell is blank', () => {
    expect(valueIn(volume, '12')).toEqual({ rows: 12, exact: true });
    expect(valueIn(volume, '')).toBeUndefined();
    expect(valueIn({ exact: true }, '')).toEqual({ exact: true });
    expect(valueIn([{ a: { column: 'Basis' }, b: 1 }, 'x'], '')).toEqual(['x']);
    expect(valueIn({ a: { b: { column: 'Basis' } }, c: 1 }, '')).toBeUndefined();
  });
});

test('an expression is told from plain JSON once, when the mapping is read', () => {
  expect(mappingOf({ column: 'Basis' }).record.purposeText).toBeInstanceOf(Taken);
});
