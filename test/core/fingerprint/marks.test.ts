import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowMarks } from '../../../core/fingerprint/marks/bits.ts';
import { countMarks, type ReadRows, weighMarks } from '../../../core/fingerprint/marks/score.ts';
import { type Bit, VARIANTS } from '../../../core/fingerprint/marks/variants.ts';
import { normaliseId } from '../../../core/fingerprint/normalise/id.ts';
import { normaliseNumber } from '../../../core/fingerprint/normalise/number.ts';
import { TEXT_NORMALISERS } from '../../../core/fingerprint/normalise/row.ts';
import { FINGERPRINT_FIELDS, type FingerprintField } from '../../../core/fingerprint/sets.ts';
import { testKeys } from './files.ts';

const keys = await testKeys();

function normal(field: FingerprintField, cell: string): string {
  const bytes = Buffer.from(cell);
  if (field === 'msisdn') return String(normaliseNumber(bytes, 0, bytes.length));
  if (field === 'cnic') return String(normaliseId(bytes, 0, bytes.length, false));
  const into = new Uint8Array(64);
  const code = TEXT_NORMALISERS[field](bytes, 0, bytes.length, into);
  return code < 0 ? String(code) : Buffer.from(into).toString();
}

describe('two spellings', () => {
  const words = fc.constantFrom(
    ...['Street', 'st', 'ROAD', 'House', 'H', 'block.', 'Sector', 'Ali', 'Mohd', 'O’Brien', "D'Souza", 'ALI'],
    ...['7', 'G-9/4', 'No.', 'House.7', 'xHouse', 'غلی', 'McArthur', '(Road)', ' ', ', ', '.', '-', "'"],
  );
  const digits = fc.stringMatching(/^[+]?\d{0,15}$|^\d{3,6}-\d{7}$|^\d{5}-\d{7}-\d$/);
  const cell = fc.oneof(
    fc.array(words).map((parts) => parts.join(' ')),
    fc.array(words).map((parts) => parts.join('')),
    digits,
    fc.string(),
  );

  test.each(FINGERPRINT_FIELDS)('of a %s are the same to fingerprints, and say their bit', (field) => {
    fc.assert(
      fc.property(cell, fc.constantFrom<Bit>(0, 1), (text, bit) => {
        const spelled = VARIANTS[field].spell(text, bit);
        if (spelled === undefined) return;
        expect(normal(field, spelled)).toBe(normal(field, text));
        expect(VARIANTS[field].read(spelled)).toBe(bit);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[FingerprintField, string, string, string]>([
    ['msisdn', '03001234567', '03001234567', '0300-1234567'],
    ['msisdn', '+92300-1234567', '+923001234567', '+92300-1234567'],
    ['cnic', '35202-1234567-1', '3520212345671', '35202-1234567-1'],
    ['name', 'ALI RAZA', 'Ali Raza', 'ALI RAZA'],
    ['name', 'Ali McArthur', 'Ali McArthur', 'ALI MCARTHUR'],
    ['address', 'House 7, Mall Road, LAHORE', 'House 7, Mall Road, LAHORE', 'H 7, Mall Rd, LAHORE'],
    ['address', 'HOUSE 7 mall road', 'HOUSE 7 mall road', 'H 7 mall rd'],
  ])('of the %s %j are %j and %j', (field, text, zero, one) => {
    expect([VARIANTS[field].spell(text, 0), VARIANTS[field].spell(text, 1)]).toEqual([zero, one]);
  });

  test.each<[FingerprintField, string]>([
    ['msisdn', '0300 1234567'],
    ['cnic', '352021234567'],
    ['name', 'علی'],
    ['name', 'A'],
    ['address', 'St Mary, Lahore'],
    ['address', "Butcher's Block's end"],
  ])('there are not of the %s %j', (field, text) => {
    expect([VARIANTS[field].spell(text, 0), VARIANTS[field].spell(text, 1)]).toEqual([undefined, undefined]);
  });
});

const identities = (count: number, from = 0) =>
  Float64Array.from({ length: count }, (_, at) => 3_520_200_000_000 + from + at);
const label = (n: number) => n.toString(16).padStart(32, '0');
const marks = (n: number, rows: Float64Array, omitted?: number) =>
  new RowMarks(keys, { label: label(n), by: 'cnic', ...(omitted !== undefined && { omitted }) }, rows);

describe('what the key decides', () => {
  test('is even, and differs by label, key, field and kind of id', async () => {
    const rows = identities(20_000);
    const others = [
      marks(1, rows),
      marks(2, rows),
      new RowMarks(await testKeys('b'), { label: label(1), by: 'cnic' }, rows),
      new RowMarks(keys, { label: label(1), by: 'msisdn' }, rows),
    ].flatMap((each) =>
      FINGERPRINT_FIELDS.map((field) => Array.from(rows, (_, row) => each.bit(row, field))),
    );
    for (const [at, bits] of others.entries()) {
      const ones = bits.filter((bit) => bit === 1).length;
      // Five standard deviations.
      expect(Math.abs(ones - 10_000)).toBeLessThan(354);
      for (const other of others.slice(0, at)) {
        const same = bits.filter((bit, row) => bit === other[row]).length;
        expect(Math.abs(same - 10_000)).toBeLessThan(354);
      }
    }
  });

  test('is the same for a row wherever it stands', () => {
    const rows = identities(100);
    const [all, alone] = [marks(1, rows), marks(1, rows.slice(40, 41))];
    expect(all.bit(40, 'name')).toBe(alone.bit(0, 'name'));
  });

  test('leaves out the share that was asked for', () => {
    const rows = identities(100_000);
    const left = marks(1, rows, 0.005);
    const omitted = rows.filter((_, row) => left.isOmitted(row)).length;
    expect(Math.abs(omitted - 500)).toBeLessThan(112);
    const none = marks(1, rows);
    expect(rows.some((_, row) => none.isOmitted(row))).toBe(false);
  });
});

/** Rows of copy `source`, of which each cell keeps its spelling with probability `kept`, or else gets one by chance. */
function leaked(source: number, rows: Float64Array, kept: number, random: () => number): ReadRows {
  const given = marks(source, rows);
  const bits = Array.from(
    rows,
    (_, row): Bit => (random() < kept ? given.bit(row, 'name') : random() < 0.5 ? 0 : 1),
  );
  return { identities: rows, bits: new Map([['name', bits]]) };
}

/** The same numbers on every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('the score of a leak', () => {
  const scoreMarks = (leak: ReadRows, given: RowMarks, omitted: number | undefined) =>
    weighMarks(countMarks(leak, given, omitted), omitted);
  const median = (values: number[]) =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const scores = (count: number, kept: number, of: number, trials = 60) =>
    Array.from({ length: trials }, (_, trial) => {
      const rows = identities(count, trial * count);
      return scoreMarks(leaked(1, rows, kept, randomFrom(trial + 1)), marks(of, rows), undefined).log10Lr;
    });

  test.each([
    // 20 rows, 106 and 688 where the share kept is known; not knowing it costs a factor of ten or two.
    [20, 1],
    [106, 0.5],
    [688, 0.2],
  ])('of %i rows that kept their spelling with probability %d is about a million', (count, kept) => {
    expect(median(scores(count, kept, 1))).toBeGreaterThan(4);
    expect(median(scores(Math.ceil(count * 1.4), kept, 1))).toBeGreaterThan(6);
    expect(median(scores(count, kept, 1))).toBeLessThan(6.5);
  });

  test('tells eight recipients of one extract apart by 1,500 rows, a fifth of them as they were', () => {
    for (let trial = 0; trial < 40; trial++) {
      const rows = identities(1_500, trial * 1_500);
      const source = trial % 8;
      const leak = leaked(source, rows, 0.2, randomFrom(trial + 1));
      const all = Array.from({ length: 8 }, (_, n) => scoreMarks(leak, marks(n, rows), undefined).log10Lr);
      expect(all.indexOf(Math.max(...all))).toBe(source);
      expect(all[source]).toBeGreaterThan(4);
      expect(Math.max(...all.filter((_, n) => n !== source))).toBeLessThan(2);
    }
  });

  test('errs about a copy that is not the source no more often than it says', () => {
    const wrong = scores(200, 0.5, 2, 2_000);
    expect(wrong.filter((score) => score > 1).length / wrong.length).toBeLessThan(0.1);
    expect(wrong.filter((score) => score > 2).length / wrong.length).toBeLessThan(0.01);
    expect(wrong.filter((score) => score > 3).length).toBe(0);
  });

  test('of rows that were all spelled anew says next to nothing', () => {
    for (const tidied of [0, 1] as const) {
      const rows = identities(5_000);
      const leak: ReadRows = { identities: rows, bits: new Map([['name', Array.from(rows, () => tidied)]]) };
      expect(Math.abs(scoreMarks(leak, marks(1, rows), undefined).log10Lr)).toBeLessThan(1);
    }
  });

  test('takes the fields by themselves, and passes over rows that say nothing', () => {
    const rows = Float64Array.from([...identities(60), -1, -2]);
    const given = marks(1, rows);
    const bits = (field: FingerprintField) => Array.from(rows, (_, row) => given.bit(row, field));
    const name = bits('name').map((bit, row) => (row < 30 ? bit : undefined));
    const { fields, log10Lr } = scoreMarks(
      {
        identities: rows,
        bits: new Map<FingerprintField, (Bit | undefined)[]>([
          ['name', name],
          ['cnic', bits('cnic')],
        ]),
      },
      given,
      undefined,
    );
    expect(fields).toMatchObject([
      { field: 'name', read: 30, agreeing: 30 },
      { field: 'cnic', read: 60, agreeing: 60 },
    ]);
    expect(log10Lr).toBeCloseTo((fields[0]?.log10Lr ?? 0) + (fields[1]?.log10Lr ?? 0));
  });

  test('counts rows that the copy does not hold: 7.5 in 1,500 of another, none of its own', () => {
    const rows = identities(300_000);
    const given = marks(1, rows, 0.005);
    const own = rows.filter((_, row) => !given.isOmitted(row)).slice(0, 1_500);
    const score = (leak: Float64Array) =>
      scoreMarks({ identities: leak, bits: new Map() }, marks(1, leak, 0.005), 0.005).omission;
    expect(score(own)).toMatchObject({ rows: 1_500, contradicting: 0 });
    expect(score(own)?.log10Lr).toBeGreaterThan(1);
    const counts = Array.from(
      { length: 200 },
      (_, n) => score(rows.slice(n * 1_500, (n + 1) * 1_500))?.contradicting ?? 0,
    );
    expect(counts.reduce((sum, count) => sum + count, 0) / 200).toBeCloseTo(7.5, 0);
    expect(
      median(
        Array.from({ length: 200 }, (_, n) => score(rows.slice(n * 1_500, (n + 1) * 1_500))?.log10Lr ?? 0),
      ),
    ).toBeLessThan(0);
  });
});
