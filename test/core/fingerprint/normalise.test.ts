import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normaliseId } from '../../../core/fingerprint/normalise/id.ts';
import { normaliseNumber } from '../../../core/fingerprint/normalise/number.ts';
import { REJECT_REASONS, reasonOf } from '../../../core/fingerprint/normalise/reasons.ts';
import { NORMALISATION, TEXT_NORMALISERS } from '../../../core/fingerprint/normalise/row.ts';
import {
  ADDRESS_ABBREVIATIONS,
  NAME_ABBREVIATIONS,
  spelled,
} from '../../../core/fingerprint/normalise/text.ts';
import vectors from './fp-norm-1.json' with { type: 'json' };

/** A cell in the middle of other bytes, which must not matter. */
function cell(text: string): [Uint8Array, number, number] {
  const bytes = Buffer.from(`"9,${text},9"`);
  return [bytes, 3, bytes.length - 3];
}

const number = (text: string) => shown(normaliseNumber(...cell(text)), 12);
const id = (text: string, numeric = false) => shown(normaliseId(...cell(text), numeric), 13);
const shown = (value: number, digits: number) => reasonOf(value) ?? String(value).padStart(digits, '0');

function words(field: 'name' | 'address', text: string): string {
  const into = new Uint8Array(64).fill(0x7a);
  const code = TEXT_NORMALISERS[field](...cell(text), into);
  return reasonOf(code) ?? Buffer.from(into).toString().replace(/\0+$/, '');
}

describe('the golden vectors', () => {
  test('are those of this version', () => {
    expect(vectors.version).toBe(NORMALISATION);
  });
  test.each(vectors.msisdn)('number %j', (raw = '', normal) => expect(number(raw)).toBe(normal));
  test.each(vectors.cnic)('id %j', (raw = '', normal) => expect(id(raw)).toBe(normal));
  test.each(vectors['cnic, numeric column'])('id of a numeric column %j', (raw = '', normal) =>
    expect(id(raw, true)).toBe(normal),
  );
  test.each(vectors.name)('name %j', (raw = '', normal) => expect(words('name', raw)).toBe(normal));
  test.each(vectors.address)('address %j', (raw = '', normal) => expect(words('address', raw)).toBe(normal));

  test('name each reason at least once', () => {
    const named = Object.values(vectors).flat(2);
    expect(REJECT_REASONS.filter((reason) => !named.includes(reason))).toEqual([]);
  });
});

describe('a number', () => {
  const subscriber = fc.integer({ min: 3_000_000_000, max: 3_999_999_999 });
  const prefix = fc.constantFrom('92', '+92', '0092', '0', '', '+92(0)', '=”92');

  test('has one normal form, whatever its prefix and what stands between its digits', () => {
    fc.assert(
      fc.property(
        subscriber,
        prefix,
        fc.infiniteStream(fc.constantFrom('', '', '', ' ', '-', '.')),
        (n, p, s) => {
          const digits = [...String(n)].map((digit) => digit + s.next().value).join('');
          // A dot ahead of nothing but zeros makes a fraction of them.
          fc.pre(!/^\+?\d+\.0{1,2}$/.test(p + digits));
          expect(number(p.replace('”', '"') + digits)).toBe(`92${n}`);
        },
      ),
    );
  });

  test('never comes out of anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        expect(number(text.toWellFormed())).toMatch(/^(?:923\d{9}|[a-z-]+)$/);
      }),
    );
  });
});

describe('a text', () => {
  const parts = fc.constantFrom(
    'St',
    'st.',
    'H',
    'hno',
    'PO',
    ' ',
    '  ',
    ',',
    '-',
    "'",
    '.',
    'Distt',
    'Mohd',
    'A1',
  );
  const ascii = fc
    .array(fc.oneof(parts, fc.string({ unit: 'grapheme-ascii', maxLength: 12 })), { maxLength: 20 })
    .map((texts) => texts.join(''));

  test('in ASCII comes out byte by byte as it does by the rules', () => {
    fc.assert(
      fc.property(ascii, (text) => {
        for (const [field, table] of [
          ['name', NAME_ABBREVIATIONS],
          ['address', ADDRESS_ABBREVIATIONS],
        ] as const)
          expect(words(field, text)).toBe(spelled(text, table).slice(0, 64) || 'empty');
      }),
      { numRuns: 2000 },
    );
  });

  test('is its own normal form, when it is one that was not cut', () => {
    fc.assert(
      fc.property(fc.oneof(ascii, fc.string({ unit: 'grapheme', maxLength: 20 })), (text) => {
        const normal = words('address', text);
        fc.pre(normal !== 'empty' && Buffer.byteLength(normal) < 64);
        expect(words('address', normal)).toBe(normal);
      }),
    );
  });

  test('fills its 64 bytes, whatever was in them', () => {
    const into = new Uint8Array(64).fill(0xff);
    TEXT_NORMALISERS.name(...cell('Ali'), into);
    expect([...into]).toEqual([65, 76, 73, ...Array<number>(61).fill(0)]);
  });
});
