import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { epochKeys } from '../../../core/fingerprint/keys.ts';
import { RowBatch } from '../../../core/fingerprint/messages.ts';
import { TEXT_NORMALISERS } from '../../../core/fingerprint/normalise/row.ts';
import { FIELD_SET_TAGS, FIELD_SETS, fieldsOf, usualSets } from '../../../core/fingerprint/sets.ts';
import { holder, PROVIDER, testKeys } from './files.ts';

describe('the keys of an epoch', () => {
  test('follow from one MAC, by HKDF (RFC 5869) with the field set as info', async () => {
    const mac = createHmac('sha256', 'a').update('fp/v1|2026|telecom-authority').digest();
    const keys = await testKeys('a');
    expect(Buffer.from(keys.key('cnic'))).toEqual(Buffer.from(hkdfSync('sha256', mac, '', 'cnic', 32)));
  });

  test('differ by field set, purpose, secret, epoch and provider', async () => {
    const keys = await testKeys();
    const all = [
      ...FIELD_SETS.map((set) => keys.key(set)),
      keys.derive('cnic'),
      keys.derive('marks'),
      (await testKeys('b')).key('cnic'),
      (await testKeys('a', '2027')).key('cnic'),
      (await testKeys('a', '2026', 'citizen-registry' as typeof PROVIDER)).key('cnic'),
    ].map((key) => Buffer.from(key).toString('hex'));
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((key) => !key.includes(keys.keyCheck))).toBe(true);
  });

  test('are not made of a holder that gives something else', async () => {
    const odd = { ...holder('a'), mac: () => Promise.resolve(new Uint8Array(16)) };
    await expect(epochKeys(odd, '2026', PROVIDER)).rejects.toMatchObject({ code: 'wrong-key' });
  });
});

describe('the message of a row', () => {
  test('is the tag, the ids and the texts of its set, and its fingerprint the start of the CMAC', async () => {
    const keys = await testKeys();
    const batch = new RowBatch(4, ['name', 'address', 'father-name']);
    batch.count = 1;
    batch.numbers[0] = 923_001_234_567;
    batch.ids[0] = 3_520_212_345_671;
    const texts = { name: 'ALI', 'father-name': 'HASSAN', address: 'HOUSE 7' };
    for (const [field, text] of Object.entries(texts)) {
      const normal = new Uint8Array(64);
      const bytes = Buffer.from(text);
      TEXT_NORMALISERS[field as keyof typeof texts](bytes, 0, bytes.length, normal);
      batch.setText(field as keyof typeof texts, 0, new Uint32Array(normal.buffer));
    }
    for (const set of FIELD_SETS) {
      const fields = fieldsOf(set);
      const head = Buffer.alloc(16);
      head.writeBigUInt64LE(
        BigInt(FIELD_SET_TAGS[set]) + (fields.includes('msisdn') ? 256n * 923_001_234_567n : 0n),
      );
      head.writeBigUInt64LE(fields.includes('cnic') ? 3_520_212_345_671n : 0n, 8);
      const message = Buffer.concat([
        head,
        ...fields.flatMap((field) =>
          field === 'msisdn' || field === 'cnic' ? [] : [Buffer.from(texts[field].padEnd(64, '\0'))],
        ),
      ]);
      const mac = Buffer.from(keys.prf(set).mac(message)).readBigUInt64LE();
      const { words, present } = batch.fingerprints(set, keys.prf(set));
      expect([set, new BigUint64Array(words.slice().buffer)[0], [...present]]).toEqual([
        set,
        mac & ~15n,
        [1],
      ]);
    }
  });

  test('is of no set of which the row lacks a field', async () => {
    const keys = await testKeys();
    const batch = new RowBatch(3, ['name']);
    batch.count = 3;
    batch.numbers.set([923_001_234_567, -1, 923_001_234_568]);
    batch.ids.set([-2, 3_520_212_345_671, 1_000_000_000_000]);
    batch.setText('name', 1, new Uint32Array(16));
    const present = (set: (typeof FIELD_SETS)[number]) => [...batch.fingerprints(set, keys.prf(set)).present];
    expect(present('msisdn')).toEqual([1, 0, 1]);
    expect(present('msisdn+cnic')).toEqual([0, 0, 1]);
    expect(present('cnic+name')).toEqual([0, 1, 0]);
    expect(present('cnic+address')).toEqual([0, 0, 0]);
    expect([0, 1, 2].map((row) => batch.stratum(row))).toEqual([15, 3, 1]);
  });
});

test('the usual sets are the ids, both, and each text with an id; texts alone only where there is no id', () => {
  expect(usualSets(['msisdn', 'cnic'])).toEqual(['msisdn', 'cnic', 'msisdn+cnic']);
  expect(usualSets(['msisdn', 'name', 'address'])).toEqual(['msisdn', 'msisdn+name', 'msisdn+address']);
  expect(usualSets(['msisdn', 'cnic', 'address'])).toEqual(['msisdn', 'cnic', 'msisdn+cnic', 'cnic+address']);
  expect(usualSets(['name', 'address'])).toEqual(['name+address']);
  expect(usualSets(['name'])).toEqual([]);
  expect(Object.values(FIELD_SET_TAGS)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
