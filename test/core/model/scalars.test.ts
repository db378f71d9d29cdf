import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  AgencyId,
  AgreementId,
  addDays,
  DatasetId,
  Day,
  dayOf,
  daysBetween,
  distinct,
  EntryId,
  IncidentId,
  Instant,
  Sha256,
  TraceId,
  TransferId,
} from '../../../core/model/scalars.ts';
import { Area, areaHolds, areasOverlap } from '../../../core/model/vocabulary.ts';
import { faultsOf } from './faults.ts';

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

/** Days of the years 0000 to 9999, as JavaScript's own calendar has them. */
const day = fc
  .date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10) as Day);

describe('ids', () => {
  const HEX = '6f1d2a9c04be4f7783d5e0a1b2c3d4e5';
  test.each([
    [EntryId, ''],
    [TransferId, 'tr-'],
    [IncidentId, 'in-'],
    [TraceId, 'tc-'],
  ])('are hex digits after their own prefix', (schema, prefix) => {
    expect(takes(schema, prefix + HEX)).toBe(true);
    for (const other of ['', 'tr-', 'in-', 'tc-', 'TR-'].filter((name) => name !== prefix))
      expect(takes(schema, other + HEX)).toBe(false);
    for (const wrong of [
      HEX.slice(1),
      `${HEX}0`,
      HEX.toUpperCase(),
      HEX.replace('6', 'g'),
      ` ${HEX}`,
      `${HEX}\n`,
    ])
      expect(takes(schema, prefix + wrong)).toBe(false);
  });

  test.each([
    [AgencyId, 40],
    [AgreementId, 60],
    [DatasetId, 80],
  ])('that are chosen are short and plain', (schema, max) => {
    for (const right of ['a', 'a1', 'it-board', 'a.b-c', 'x'.repeat(max)])
      expect(takes(schema, right)).toBe(true);
    for (const wrong of ['', '-a', 'a-', '.a', 'a b', 'ä', 'a\n', 'x'.repeat(max + 1), 7, null])
      expect(takes(schema, wrong)).toBe(false);
  });

  test('of agencies have no capitals, those of datasets may', () => {
    expect(takes(AgencyId, 'Board')).toBe(false);
    expect(takes(DatasetId, 'HES/APC_2019')).toBe(true);
  });

  test('of digests are 64 hex digits', () => {
    expect(takes(Sha256, HEX + HEX)).toBe(true);
    expect(takes(Sha256, HEX)).toBe(false);
  });
});

describe('days', () => {
  test('are taken when the calendar has them, and only then', () => {
    fc.assert(fc.property(day, (value) => takes(Day, value)));
    const triple = fc.tuple(fc.integer({ min: 0, max: 9999 }), fc.nat(13), fc.nat(32));
    fc.assert(
      fc.property(triple, ([year, month, dayOfMonth]) => {
        const two = (number: number) => String(number).padStart(2, '0');
        const date = new Date(0);
        date.setUTCFullYear(year, month - 1, dayOfMonth);
        const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth;
        expect(takes(Day, `${String(year).padStart(4, '0')}-${two(month)}-${two(dayOfMonth)}`)).toBe(exists);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    '2022-3-1',
    '2022-03-31T00:00:00Z',
    '22-03-31',
    '+002022-03-31',
    ' 2022-03-31',
    '2022-03-31\n',
    '',
    20220331,
  ])('are not %j', (value) => {
    expect(faultsOf(Day, value)).toHaveLength(1);
  });

  test('say whether the form or the calendar is wrong', () => {
    expect(faultsOf(Day, 'soon')).toEqual([{ pointer: '', detail: 'must be a day, YYYY-MM-DD' }]);
    expect(faultsOf(Day, '2023-02-29')).toEqual([{ pointer: '', detail: 'is no day of the calendar' }]);
  });

  test('order as strings, count and add up', () => {
    const near = fc
      .date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10) as Day);
    fc.assert(
      fc.property(near, near, fc.integer({ min: -50_000, max: 50_000 }), (a, b, days) => {
        expect(Math.sign(daysBetween(a, b))).toBe(a < b ? 1 : a > b ? -1 : 0);
        expect(addDays(a, daysBetween(a, b))).toBe(b);
        expect(daysBetween(a, addDays(a, days))).toBe(days);
        expect(takes(Day, addDays(a, days))).toBe(true);
      }),
    );
    expect(addDays('2024-02-28' as Day, 1)).toBe('2024-02-29');
    expect(addDays('2023-12-31' as Day, 1)).toBe('2024-01-01');
  });
});

describe('moments', () => {
  test('are those that toISOString writes', () => {
    const moment = fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(moment, (date) => {
        expect(takes(Instant, date.toISOString())).toBe(true);
        expect(dayOf(date.toISOString() as Instant)).toBe(date.toISOString().slice(0, 10));
      }),
    );
  });

  test.each([
    '2026-01-31T09:30:00Z',
    '2026-01-31T09:30:00.00Z',
    '2026-01-31T09:30:00.0000Z',
    '2026-01-31T09:30:00.000+05:00',
    '2026-01-31 09:30:00.000Z',
    '2026-02-30T09:30:00.000Z',
    '2026-01-31T24:00:00.000Z',
    '2026-01-31T09:60:00.000Z',
  ])('are not %s', (value) => {
    expect(faultsOf(Instant, value)).toHaveLength(1);
  });
});

describe('a list of different things', () => {
  const list = distinct(z.strictObject({ a: z.int(), b: z.int().optional() }), 5);
  test('names the places of those that stand twice, however they are written', () => {
    const one = { a: 1, b: 2 };
    expect(faultsOf(list, [one, { b: 2, a: 1 }, { a: 3 }, one])).toEqual([
      { pointer: '/1', detail: 'stands twice' },
      { pointer: '/3', detail: 'stands twice' },
    ]);
  });
  test('is neither empty nor too long', () => {
    expect(faultsOf(list, [])).toEqual([{ pointer: '', detail: 'must have at least 1 item' }]);
    expect(
      faultsOf(
        list,
        [1, 2, 3, 4, 5, 6].map((a) => ({ a })),
      ),
    ).toEqual([{ pointer: '', detail: 'must have at most 5 items' }]);
  });
});

describe('areas', () => {
  test('a country holds its provinces, and no province the country', () => {
    expect(areaHolds('PK', 'PK-PB')).toBe(true);
    expect(areaHolds('PK-PB', 'PK')).toBe(false);
    expect(areaHolds('PK-PB', 'PK-SD')).toBe(false);
  });

  test('share ground both ways or not at all; what holds, shares', () => {
    const area = fc.constantFrom('PK', 'PK-PB', 'PK-SD', 'PK-JK', 'AF', 'GB');
    fc.assert(
      fc.property(area, area, (a, b) => {
        expect(takes(Area, a)).toBe(true);
        expect(areasOverlap(a, b)).toBe(areasOverlap(b, a));
        expect(areasOverlap(a, b)).toBe(areaHolds(a, b) || areaHolds(b, a));
      }),
    );
    expect(areasOverlap('PK-GB', 'GB')).toBe(false);
  });
});
