import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { folded, shorten, slugOf, slugWithDigest, slugWithin, tidy } from '../../../cli/import/text.ts';
import { AgencyId, DatasetId } from '../../../core/model/scalars.ts';

test('a tidy cell has single blanks, none at its ends, and no control characters', () => {
  expect(tidy(' \u00a0a\r\n\t b\u0000c \u2003')).toBe('a b c');
  expect(tidy('e\u0301')).toBe('é');
  expect(tidy(' \n ')).toBe('');
});

test('names compare in any case, blank and width', () => {
  expect(folded(' Leeds  City COUNCIL ')).toBe(folded('leeds city council'));
  expect(folded('ＡＢＣ')).toBe('abc');
  expect(folded("King's")).not.toBe(folded('Kings'));
});

describe('a shortened text', () => {
  test('ends in an ellipsis and is never longer than allowed', () => {
    expect(shorten('abcdefghij', 10)).toBe('abcdefghij');
    expect(shorten('abcdefghijk', 10)).toBe('abcdefghi…');
    expect(shorten('abcdefgh   xyz', 10)).toBe('abcdefgh…');
  });

  test('is not cut within a character', () => {
    expect(shorten(`${'a'.repeat(8)}😀bcd`, 10)).toBe('aaaaaaaa…');
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 10, max: 40 }),
        (text, max) => {
          const short = shorten(text, max);
          expect(short.length).toBeLessThanOrEqual(max);
          expect(short.isWellFormed()).toBe(true);
          expect(short === text || short.endsWith('…')).toBe(true);
        },
      ),
    );
  });
});

describe('a slug', () => {
  test.each([
    ["King's College, London", 'kings-college-london'],
    ['Hygiene & Tropical  Medicine', 'hygiene-and-tropical-medicine'],
    ['Istituto Superiore di Sanità', 'istituto-superiore-di-sanita'],
    ['--ISI--', 'isi'],
    ['Straße 9', 'stra-e-9'],
    ['پی ٹی اے', ''],
  ])('of %s is %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });

  test('that is too long, or empty, ends in a digest of the whole name', () => {
    expect(slugWithin('Department of Statistics', 40)).toBe('department-of-statistics');
    const long = 'Royal College of Surgeons Clinical Effectiveness Unit';
    expect(slugWithin(long, 40)).toMatch(/^royal-college-of-surgeons-clinica-[0-9a-f]{6}$/);
    expect(slugWithin(long, 40)).not.toBe(slugWithin(`${long} II`, 40));
    expect(slugWithin('پی ٹی اے', 40)).toMatch(/^x-[0-9a-f]{6}$/);
    expect(slugWithDigest('LEEDS  council', 40)).toBe(slugWithDigest('Leeds Council', 40));
  });

  test('of any name is an id, unless it looks like a number of a person', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (name) => {
        for (const [schema, max] of [
          [AgencyId, 40],
          [DatasetId, 80],
        ] as const) {
          const { error } = schema.safeParse(slugWithin(name, max));
          expect(error?.issues.filter(({ code }) => code !== 'custom') ?? []).toEqual([]);
        }
      }),
    );
  });
});
