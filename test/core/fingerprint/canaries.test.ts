import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canaryFinder } from '../../../core/fingerprint/canaries/find.ts';
import { invent } from '../../../core/fingerprint/canaries/invent.ts';
import {
  type CanaryList,
  commitmentTo,
  newSalt,
  openCanaries,
  sealCanaries,
} from '../../../core/fingerprint/canaries/list.ts';
import { respelled } from '../../../core/fingerprint/canaries/respell.ts';
import { FINGERPRINT_FIELDS } from '../../../core/fingerprint/sets.ts';
import { testKeys } from './files.ts';

const keys = await testKeys();
const ranges = {
  msisdn: [{ first: 923_009_990_000, last: 923_009_990_059 }],
  cnic: [
    { first: 3_520_299_900_000, last: 3_520_299_900_029 },
    { first: 4_210_199_900_000, last: 4_210_199_900_039 },
  ],
};
const records = (count: number) => invent(count, FINGERPRINT_FIELDS, { ...ranges, random: randomInt });
const list = (count = 20): CanaryList => ({
  amanatCanaries: 1,
  salt: newSalt(),
  rows: 1_000,
  records: records(count),
});

describe('invented records', () => {
  test('have ids of the ranges, each its own, though all of a range is used', () => {
    const invented = records(60);
    expect(new Set(invented.map(({ msisdn }) => msisdn)).size).toBe(60);
    expect(invented.every(({ msisdn }) => /^9230099900[0-5]\d$/.test(msisdn ?? ''))).toBe(true);
    expect(new Set(invented.map(({ cnic }) => cnic)).size).toBe(60);
    expect(invented.every(({ cnic }) => /^(?:35202999000[0-2]\d|42101999000[0-3]\d)$/.test(cnic ?? ''))).toBe(
      true,
    );
  });

  test('have names, an address of the province of their id, and the fields that were asked for', () => {
    for (const { cnic, address, name } of records(60)) {
      expect(name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
      expect(address).toMatch(
        cnic?.startsWith('4') ? /(?:Karachi|Hyderabad|Sukkur)$/ : /(?:Lahore|Faisalabad|Rawalpindi|Multan)$/,
      );
    }
    expect(Object.keys(invent(1, ['cnic', 'name'], { ...ranges, random: randomInt })[0] ?? {})).toEqual([
      'cnic',
      'name',
    ]);
  });

  test('are spelled as the rows around them', () => {
    const canary = { msisdn: '923009990001', cnic: '3520299900001', name: 'Ali Raza' };
    const cases = [
      ['msisdn', '0300-1234567', '0300-9990001'],
      ['msisdn', '+92 300 1234567', '+92 300 9990001'],
      ['msisdn', '3001234567', '3009990001'],
      ['msisdn', '923001234567', '923009990001'],
      ['msisdn', 'n/a', '03009990001'],
      ['msisdn', '', '03009990001'],
      ['cnic', '35202-1234567-1', '35202-9990000-1'],
      ['cnic', '1234567', '3520299900001'],
      ['name', 'HASSAN', 'ALI RAZA'],
      ['name', 'Hassan', 'Ali Raza'],
      ['address', 'x', ''],
    ] as const;
    for (const [field, like, expected] of cases)
      expect([like, respelled(field, canary, like)]).toEqual([like, expected]);
  });
});

describe('a list', () => {
  test('opens under its key alone, as it was sealed', async () => {
    const given = list();
    const sealed = sealCanaries(given, keys);
    expect(openCanaries(sealed, keys)).toEqual(given);
    expect(commitmentTo(openCanaries(sealed, keys))).toEqual(commitmentTo(given));
    for (const other of [await testKeys('b'), await testKeys('a', '2027')])
      expect(() => openCanaries(sealed, other)).toThrow(expect.objectContaining({ code: 'wrong-key' }));
  });

  test('tells nothing of what is in it, and seals differently each time', () => {
    const given = list();
    const [one, two] = [sealCanaries(given, keys), sealCanaries(given, keys)].map((bytes) =>
      Buffer.from(bytes).toString(),
    );
    expect(one).not.toBe(two);
    for (const { msisdn = '', cnic = '', name = '' } of given.records) {
      expect(one).not.toContain(msisdn);
      expect(one).not.toContain(cnic);
      expect(one).not.toContain(name);
    }
  });

  test('that was changed anywhere is refused', () => {
    const sealed = sealCanaries(list(3), keys);
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 127 }), (at, change) => {
        const changed = Uint8Array.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(() => openCanaries(changed, keys)).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^(?:altered|wrong-key)$/) }),
        );
      }),
      { numRuns: 2_000 },
    );
    expect(() => openCanaries(sealed.subarray(0, -1), keys)).toThrow('no list of canaries');
  });

  test('has a commitment that depends on its salt', () => {
    const given = list();
    expect(commitmentTo({ ...given, salt: newSalt() }).sha256).not.toBe(commitmentTo(given).sha256);
    expect(commitmentTo(given).count).toBe(20);
  });
});

describe('a leak', () => {
  const given: CanaryList = {
    ...list(1),
    records: [
      {
        msisdn: '923009990001',
        cnic: '3520299900001',
        name: 'Ali Raza',
        address: 'House 1, Street 2, Lahore',
      },
      {
        msisdn: '923009990002',
        cnic: '3520299900002',
        name: 'Sana Khan',
        address: 'House 7, Street 2, Lahore',
      },
    ],
  };
  test('shows a record by either id, in any spelling, or by name and address together', () => {
    const rows = [
      ['03001234567', '35202-1234567-1', 'Ali Raza', 'elsewhere'],
      ['0300-9990001', '', 'ALI RAZA', 'H 1 St 2 Lahore'],
      ['', '3520299900002', 'x', ''],
      ['', '', 'sana khan', 'house 7, street 2, lahore'],
      ['+923009990002', '35202-9990000-1', '', ''],
    ];
    expect(canaryFinder(given, ['msisdn', 'cnic', 'name', 'address'])(rows)).toEqual([
      { canary: 0, row: 1, fields: ['msisdn', 'name', 'address'] },
      { canary: 1, row: 2, fields: ['cnic'] },
      { canary: 1, row: 3, fields: ['name', 'address'] },
      { canary: 1, row: 4, fields: ['msisdn'] },
      { canary: 0, row: 4, fields: ['cnic'] },
    ]);
  });
});
