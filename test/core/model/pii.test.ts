import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problemOf } from '../../../core/api/faults.ts';
import { type PersonalDataKind, personalDataIn } from '../../../core/model/pii.ts';
import { text } from '../../../core/model/scalars.ts';
import { TransferRecord } from '../../../core/model/transfer.ts';
import { transferBody } from '../../support/transfers.ts';

const digits = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((list) => list.join(''));

/** What may stand between the groups of a number, and what cannot be seen there. */
const separator = fc.constantFrom(
  '',
  ' ',
  '-',
  '.',
  '/',
  '_',
  ' - ',
  '–',
  '—',
  '‑',
  '−',
  '\u00a0',
  '\u202f',
  '·',
  '|',
  ') ',
);
const invisible = fc.constantFrom(
  '',
  '',
  '',
  '\u200b',
  '\u200d',
  '\u2060',
  '\ufeff',
  '\u00ad',
  '\u200f',
  '\ufe0f',
);
/** The zeros of some scripts: ASCII, Arabic-Indic, Extended Arabic-Indic (Urdu), Devanagari, fullwidth, bold. */
const zero = fc.constantFrom(0x30, 0x660, 0x6f0, 0x966, 0xff10, 0x1d7ce);

const inScript = (number: string, start: number) =>
  number.replace(/\d/g, (digit) => String.fromCodePoint(start + Number(digit)));

/** Groups of a number with the same separator between them, in any script, with invisible characters strewn in. */
const spelled = (groups: fc.Arbitrary<readonly string[]>) =>
  fc
    .tuple(groups, separator, zero, fc.array(invisible, { minLength: 40, maxLength: 40 }))
    .map(([parts, between, start, strewn]) =>
      [...inScript(parts.join(between), start)]
        .map((character, i) => character + (strewn[i % 40] ?? ''))
        .join(''),
    );

const within = (number: fc.Arbitrary<string>) =>
  fc
    .tuple(
      fc.constantFrom('', 'call ', 'id:', '(', 'سیریل '),
      number,
      fc.constantFrom('', ' today', ')', ', twice', '۔'),
    )
    .map((parts) => parts.join(''));

const luhn = (body: string): string => {
  const sum = [...body].reverse().reduce((total, digit, i) => {
    const weighted = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return String((10 - (sum % 10)) % 10);
};

const cnic = fc.tuple(digits(5), digits(7), digits(1));
const mobile = fc
  .tuple(
    fc.constantFrom('0', '92', '+92', '0092', ''),
    fc.oneof(
      fc.tuple(fc.constantFrom('0', '1', '2', '4', '7'), digits(1)).map((pair) => pair.join('')),
      fc.constantFrom('30', '37', '39', '55', '64'),
    ),
    digits(3),
    digits(4),
  )
  .map(([prefix, operator, head, tail]) => [`${prefix}3${operator}`, head, tail]);
const imei = fc
  .tuple(digits(2), digits(6), digits(6))
  .map(([type, model, serial]) => [type, model, serial, luhn(type + model + serial)]);
const imsi = fc.tuple(digits(2), digits(10)).map(([network, subscriber]) => ['410', network, subscriber]);

describe('finds', () => {
  const KINDS: Record<PersonalDataKind, fc.Arbitrary<readonly string[]>> = {
    CNIC: cnic,
    MSISDN: mobile,
    IMEI: imei,
    IMSI: imsi,
  };
  for (const [kind, groups] of Object.entries(KINDS))
    test(`a ${kind} in every script and spelling`, () => {
      fc.assert(
        fc.property(within(spelled(groups)), (value) =>
          personalDataIn(value).includes(kind as PersonalDataKind),
        ),
        { numRuns: 500 },
      );
    });

  test.each([
    ['35202-1234567-1', 'CNIC'],
    ['3520212345671', 'CNIC'],
    ['CNIC۳۵۲۰۲-۱۲۳۴۵۶۷-۱', 'CNIC'],
    ['3\ufe0f\u20e35202-1234567-1', 'CNIC'],
    ['+92 300 1234567', 'MSISDN'],
    ['+92 (0)300 1234567', 'MSISDN'],
    ['0092-300-123-4567', 'MSISDN'],
    ['(0300) 123-4567', 'MSISDN'],
    ['3001234567', 'MSISDN'],
    ['490154203237518', 'IMEI'],
    ['49-015420-323751-8', 'IMEI'],
    ['490154 20 323751 8', 'IMEI'],
    ['410012345678901', 'IMSI'],
  ])('%s as %s', (value, kind) => {
    expect(personalDataIn(value)).toContain(kind);
  });
});

describe('leaves alone', () => {
  const day = fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString());

  const INNOCENT: Record<string, fc.Arbitrary<string>> = {
    'days and moments': fc.oneof(
      day,
      day.map((moment) => moment.slice(0, 10)),
      day.map((moment) => moment.slice(0, 10).replaceAll('-', '')),
      fc.tuple(day, day).map(([from, to]) => `${from.slice(0, 10)}/${to.slice(0, 10)}`),
      fc.tuple(day, day).map(([from, to]) => `${from.slice(0, 10)} - ${to.slice(0, 10)}`),
    ),
    'digests and ids made of them': fc
      .tuple(
        fc.string(),
        fc.constantFrom('sha256', 'sha1', 'md5', 'sha512'),
        fc.constantFrom('', 'tr-', 'sha256:'),
      )
      .map(([of, algorithm, prefix]) => prefix + createHash(algorithm).update(of).digest('hex')),
    UUIDs: fc.uuid(),
    'counts of rows and bytes': fc.integer({ min: 0, max: 299_999_999 }).map((count) => `${count} rows`),
    'counts with commas': fc.integer({ min: 0 }).map((count) => `${count.toLocaleString('en')} bytes`),
    'numbers of letters and files': fc
      .tuple(fc.nat(9999), fc.nat(99))
      .map(([number, year]) => `letter ${number}/${year}, page ${year}`),
    'addresses of machines and versions': fc.oneof(
      fc.ipV4(),
      fc.tuple(fc.nat(99), fc.nat(99)).map((v) => v.join('.')),
    ),
    'words without digits': fc.string().map((words) => words.normalize('NFKC').replace(/\p{N}/gu, '')),
  };
  for (const [what, arbitrary] of Object.entries(INNOCENT))
    test(`${what}`, () => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          expect(personalDataIn(value)).toEqual([]);
        }),
        { numRuns: 500 },
      );
    });

  test.each([
    ['an operator code that no operator has', '0389-1234567'],
    ['a mobile number with a digit too many', '0300-12345678'],
    ['fourteen digits', '35202123456712'],
    ['fifteen digits with a wrong check digit', '490154203237519'],
  ])('%s', (_, value) => {
    expect(personalDataIn(value)).toEqual([]);
  });
});

describe('in a record', () => {
  test('every free text is guarded, and the client is told where and what kind', () => {
    const PLACES: readonly [Record<string, unknown>, string][] = [
      [{ purposeText: 'for 35202-1234567-1' }, '/purposeText'],
      [{ custodians: [{ role: 'sender', staffRef: '35202-1234567-1' }] }, '/custodians/0/staffRef'],
      [{ exception: { reason: 'x', approver: '35202-1234567-1' } }, '/exception/approver'],
      [{ provider: { agencyId: 'a', unit: '35202-1234567-1' } }, '/provider/unit'],
      [{ dataset: { id: '3520212345671', title: 'x' } }, '/dataset/id'],
      [{ manifest: [{ file: '35202-1234567-1.csv', digestUnknown: 'lost' }] }, '/manifest/0/file'],
      [{ coverage: { areas: ['PK'], subjects: '35202-1234567-1' } }, '/coverage/subjects'],
      [{ format: { headers: ['35202-1234567-1'] } }, '/format/headers/0'],
    ];
    for (const [overrides, pointer] of PLACES) {
      const { error } = TransferRecord.safeParse(transferBody(overrides));
      const problem = error && problemOf(error, 'body');
      expect(problem?.slug).toBe('personal-data-refused');
      expect(problem?.faults).toEqual([{ pointer, detail: 'seems to hold personal data (CNIC)' }]);
    }
  });

  test('the value is never repeated, whatever else is wrong', () => {
    fc.assert(
      fc.property(fc.oneof(cnic, mobile, imsi), separator, fc.boolean(), (groups, between, tooLong) => {
        const value = groups.join(between) + (tooLong ? ` ${'y'.repeat(600)} ` : '');
        // As a text, as a word of a list, as the name of a property, as an id and as a number.
        const spoilt = {
          purposeText: value,
          [value]: 1,
          method: value,
          dataset: { id: value, title: value },
        };
        const { error } = TransferRecord.safeParse(transferBody({ ...spoilt, volume: { rows: value } }));
        const told = JSON.stringify(error && problemOf(error, 'body').toDocument());
        expect(told).toContain('/purposeText');
        for (const group of groups.filter(({ length }) => length >= 4)) expect(told).not.toContain(group);
      }),
    );
  });

  test('a text of any length is judged in no time', () => {
    for (const nasty of ['1-', '1 ', '9', 'a1b2', '3001234 ', '12345 1234567 ', '410 01 ']) {
      const start = performance.now();
      expect(text(500).safeParse(nasty.repeat(100_000)).success).toBe(false);
      expect(performance.now() - start).toBeLessThan(200);
    }
  });
});
