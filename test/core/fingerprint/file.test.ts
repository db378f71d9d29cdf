import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from '../../../core/canonical.ts';
import { BEGINNING_KEYS } from '../../../core/fingerprint/beginnings.ts';
import { encodeFingerprints, PREFIX_BYTES } from '../../../core/fingerprint/encode.ts';
import { overlap } from '../../../core/fingerprint/estimate.ts';
import { keysOf, sortKeys } from '../../../core/fingerprint/filter/order.ts';
import type { FingerprintHeader } from '../../../core/fingerprint/header.ts';
import { checkKeys } from '../../../core/fingerprint/keys.ts';
import { inMemory, openFingerprints, reopenFingerprints } from '../../../core/fingerprint/open.ts';
import type { FieldSet } from '../../../core/fingerprint/sets.ts';
import type { AgencyId } from '../../../core/model/scalars.ts';
import {
  described,
  fileOf,
  fingerprinted,
  keyStream,
  PROVIDER,
  people,
  type Row,
  testKeys,
} from './files.ts';

const keys = await testKeys();
const rows: readonly Row[] = [
  ...people(0, 3_000),
  ...people(0, 100),
  [923_009_999_999, undefined],
  [undefined, 3_520_212_345_671],
  [923_000_000_000, 9_000_000_000_001],
];
const bytes = fileOf(rows, keys);
const open = (file: Uint8Array, sha256?: string) => openFingerprints(inMemory(file), sha256);
const query = (asked: readonly Row[], set: FieldSet, with_ = keys) =>
  keysOf(fingerprinted(asked, set, with_).map((word, at) => (at % 2 ? word : (word & ~15) >>> 0)));

describe('a fingerprint file', () => {
  test('holds the rows that it was made of, by each field set', async () => {
    const file = await open(bytes, hash('sha256', bytes));
    expect(file.fieldSets).toEqual(['msisdn', 'cnic', 'msisdn+cnic']);
    for (const set of file.fieldSets) {
      const found = await file.contains(set, query(rows, set));
      expect(found.every((flag) => flag === 1)).toBe(true);
      expect(await file.contains(set, query(people(5_000, 5_400), set))).not.toContain(1);
    }
    const crossed = rows.slice(0, 500).map(([number], at): Row => [number, rows[at + 1]?.[1]]);
    expect(await file.contains('msisdn+cnic', query(crossed, 'msisdn+cnic'))).not.toContain(1);
  });

  test('counts what is different, by province too, and tells no small counts', async () => {
    const file = await open(bytes);
    expect(['msisdn', 'cnic', 'msisdn+cnic'].map((set) => file.distinct(set as FieldSet))).toEqual([
      3_001, 3_002, 3_001,
    ]);
    // 3,000 rows over seven provinces in turn; one more of Punjab, one of no province, one without an id.
    expect(file.strata('cnic')).toEqual({ 1: 429, 2: 429, 3: 430, 4: 429, 5: 428, 6: 428, 7: 428 });
    const { keys: sampled, strata } = await file.sketch('cnic');
    expect(sampled.every((key) => key % 16n === 0n)).toBe(true);
    expect([...strata].filter((stratum) => stratum === 3)).toHaveLength(430);
    const { strata: ofNumbers } = await file.sketch('msisdn');
    expect([...ofNumbers].filter((stratum) => stratum === 15)).toHaveLength(1);
    expect(file.strata('msisdn')).toEqual({ 1: 429, 2: 429, 3: 429, 4: 429, 5: 428, 6: 428, 7: 428 });
  });

  test('is the same bytes for the same rows in any order', () => {
    expect(fileOf(rows.toReversed(), keys)).toEqual(bytes);
  });

  test('answers for the same rows under another key, epoch or provider with nothing', async () => {
    const file = await open(bytes);
    for (const other of [
      await testKeys('b'),
      await testKeys('a', '2027'),
      await testKeys('a', '2026', 'citizen-registry' as AgencyId),
    ]) {
      expect(await file.contains('cnic', query(rows.slice(0, 500), 'cnic', other))).not.toContain(1);
      expect(() => checkKeys(other, file.header)).toThrow(expect.objectContaining({ code: 'wrong-key' }));
    }
    expect(() => checkKeys(keys, file.header)).not.toThrow();
    expect(file.header.provider).toBe(PROVIDER);
  });

  test('of no rows holds nothing', async () => {
    const file = await open(fileOf([], keys));
    expect(file.distinct('cnic')).toBe(0);
    expect(await file.contains('cnic', query(rows, 'cnic'))).not.toContain(1);
    expect((await file.sketch('cnic')).keys).toHaveLength(0);
  });

  test('of more keys than a shard takes is cut into shards, each with what it should hold', async () => {
    const many = keyStream(1_700_000);
    const file = await open(encodeFingerprints(described(keys, 1_700_000), new Map([['cnic', many]])));
    expect(file.header.sets[0]?.shards).toHaveLength(2);
    expect(file.distinct('cnic')).toBe(1_700_000);
    const found = await file.contains('cnic', keysOf(many));
    expect(found.indexOf(0)).toBe(-1);
    const sketch = await file.sketch('cnic');
    expect(sketch.bits).toBe(5);
    const below = BigUint64Array.from(keysOf(many).filter((key) => key < 2n ** 59n));
    expect(sketch.keys).toEqual(below.sort());
  }, 60_000);
});

describe('a file that is not what it should be is refused', () => {
  const refusal = async (file: Uint8Array, ask?: FieldSet) => {
    try {
      const opened = await open(file);
      if (ask) await opened.contains(ask, query(rows, ask));
      if (ask) await opened.sketch(ask);
      return 'none';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const changed = (at: number) => {
    const copy = Uint8Array.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  const headerBytes = Buffer.from(bytes).readUInt32LE(12);
  const header = JSON.parse(Buffer.from(bytes).toString('utf8', PREFIX_BYTES, PREFIX_BYTES + headerBytes));
  /** With another header, well framed. */
  const reframed = (other: Uint8Array) => {
    const prefix = Buffer.from(bytes.subarray(0, PREFIX_BYTES));
    prefix.writeUInt32LE(other.length, 12);
    prefix.set(hash('sha256', other, 'buffer'), 16);
    return Buffer.concat([prefix, other, bytes.subarray(PREFIX_BYTES + headerBytes)]);
  };
  const withHeader = (change: object) => reframed(canonicalBytes({ ...header, ...change }));

  test('wherever it is cut', async () => {
    expect(await refusal(bytes.subarray(0, 0))).toBe('not-a-fingerprint-file');
    for (const at of [8, 20, PREFIX_BYTES, 300, PREFIX_BYTES + headerBytes, bytes.length - 1])
      expect([at, await refusal(bytes.subarray(0, at))]).toEqual([at, 'truncated']);
    expect(await refusal(Buffer.concat([bytes, bytes]))).toBe('truncated');
  });

  test('wherever a bit has changed', async () => {
    for (let at = 0; at < bytes.length; at += at < 64 ? 1 : 997) {
      const code = await Promise.all(
        ['msisdn', 'cnic', 'msisdn+cnic'].map((set) => refusal(changed(at), set as FieldSet)),
      );
      expect([at, code.find((each) => each !== 'none') ?? 'none']).not.toEqual([at, 'none']);
    }
  });

  test('when it is not the one that the record names', async () => {
    await expect(open(changed(bytes.length - 1), hash('sha256', bytes))).rejects.toMatchObject({
      code: 'altered',
    });
  });

  test('when a part is another by the time it is read, unless all of it is in memory', async () => {
    const elsewhere = Uint8Array.from(bytes);
    const { read } = inMemory(elsewhere);
    const file = await openFingerprints({ size: elsewhere.length, read }, hash('sha256', bytes));
    await file.contains('msisdn', query(rows, 'msisdn'));
    elsewhere[elsewhere.length - 1] = (elsewhere.at(-1) ?? 0) ^ 1;
    await expect(file.sketch('msisdn+cnic')).rejects.toMatchObject({ code: 'altered' });
    await expect(file.sketch('cnic')).resolves.toMatchObject({ bits: 0 });
  });

  test('when it is opened again by a header that is not its own, or was altered', async () => {
    const { header: known } = await open(bytes);
    const again = (of: Uint8Array, { filter }: { filter?: FieldSet } = {}) => {
      const opened = reopenFingerprints(known, [], (size) => {
        expect(size).toBe(bytes.length);
        return { ...inMemory(of), inMemory: false };
      });
      return filter ? opened.contains(filter, query(rows, filter)) : opened.sketch('cnic');
    };
    expect(await again(bytes)).toEqual(await (await open(bytes)).sketch('cnic'));
    expect(await again(bytes, { filter: 'msisdn' })).not.toContain(0);
    const other = fileOf(people(0, 3_001), keys);
    for (const asked of [{}, { filter: 'cnic' as const }]) {
      await expect(again(other, asked)).rejects.toMatchObject({ code: 'altered' });
      await expect(again(bytes.subarray(0, 400), asked)).rejects.toMatchObject({ code: 'truncated' });
    }
  });

  test('by what its header says', async () => {
    expect(await refusal(withHeader({}), 'cnic')).toBe('none');
    expect(await refusal(withHeader({ amanatFingerprint: 2 }))).toBe('unknown-version');
    expect(await refusal(withHeader({ filter: 'fuse-8/1' }))).toBe('unknown-version');
    expect(await refusal(withHeader({ prf: 'hmac' }))).toBe('unknown-version');
    expect(await refusal(withHeader({ normalisation: 'fp-norm/2' }))).toBe('other-normalisation');
    expect(await refusal(withHeader({ more: 1 }))).toBe('bad-header');
    expect(await refusal(withHeader({ sets: header.sets.slice(1) }))).toBe('bad-header');
    expect(await refusal(withHeader({ sets: header.sets.slice(0, 2) }))).toBe('truncated');
    expect(await refusal(withHeader({ sets: [...header.sets, header.sets[0]] }))).toBe('bad-header');
    expect(await refusal(reframed(Buffer.from('{}')))).toBe('unknown-version');
    expect(await refusal(reframed(Buffer.from('null')))).toBe('unknown-version');
    expect(await refusal(reframed(Buffer.from('{"amanat')))).toBe('bad-header');
    expect(await refusal(reframed(Buffer.from(`${JSON.stringify(header, null, 1)}`)))).toBe('bad-header');
    const [first, ...others] = header.sets;
    for (const change of [
      { distinct: first.distinct + 1 },
      { shards: [{ ...first.shards[0], segmentLength: 3 }] },
      { shards: [{ ...first.shards[0], segments: 2 ** 20 }] },
      { shards: [first.shards[0], first.shards[0], first.shards[0]] },
      { sketch: { ...first.sketch, keys: 1 } },
    ])
      expect(await refusal(withHeader({ sets: [{ ...first, ...change }, ...others] }))).toBe('bad-header');
  });

  test('when it is asked for fields that it does not have', async () => {
    expect(await refusal(bytes, 'name+address')).toBe('unknown-field-set');
  });
});

describe('a file that is opened again, its header and beginnings known', async () => {
  const SETS = ['msisdn', 'cnic'] as const;
  const large = fileOf(people(0, 300_000), keys);
  const whole = await open(large, hash('sha256', large));
  const beginnings = await whole.beginnings(SETS);
  const all = keysOf(sortKeys(keyStream(400_000), 0));
  const lowest = all.filter((key) => key < 2n ** 60n);
  const again = (of: Uint8Array) => {
    const read = { bytes: 0 };
    const file = reopenFingerprints(whole.header, beginnings, (size) => ({
      size,
      read: async (offset, length) => {
        read.bytes += length;
        return of.subarray(offset, offset + length);
      },
    }));
    return { read, file };
  };

  test.each(SETS)(
    'says of its lowest keys by %s what it always does, and reads a fraction of it',
    async (set) => {
      const { read, file } = again(large);
      const sketch = await whole.sketch(set);
      expect(sketch.keys.length).toBeGreaterThan(2 * BEGINNING_KEYS);
      const first = { ...sketch, keys: sketch.keys.slice(0, BEGINNING_KEYS) };
      expect(await file.sketch(set, BEGINNING_KEYS)).toEqual({
        ...first,
        strata: sketch.strata.slice(0, BEGINNING_KEYS),
      });
      const own = sketch.keys.filter((key) => key < 2n ** 60n);
      expect(await file.contains(set, own)).not.toContain(0);
      expect(await file.contains(set, lowest)).toEqual(await whole.contains(set, lowest));
      expect(read.bytes).toBeLessThan(large.length / 8);
      // Others, and all of the sketch, it reads as far as it has to.
      expect(await file.contains(set, all)).toEqual(await whole.contains(set, all));
      expect(await file.sketch(set)).toEqual(sketch);
    },
  );

  test('is refused where a beginning is not what it was', async () => {
    const altered = Uint8Array.from(large);
    for (const { offset, bytes: length } of beginnings)
      for (const at of [0, length - 1]) {
        const place = altered.length - bodyBytes(whole.header) + offset + at;
        altered[place] = (altered[place] ?? 0) ^ 1;
      }
    for (const set of SETS) {
      await expect(again(altered).file.sketch(set, 10)).rejects.toMatchObject({ code: 'altered' });
      await expect(again(altered).file.contains(set, lowest)).rejects.toMatchObject({ code: 'altered' });
    }
  });

  test('has no beginnings where these would be most of it', async () => {
    expect(beginnings).toHaveLength(4);
    expect(await (await open(bytes)).beginnings(SETS)).toEqual([]);
  });
});

const bodyBytes = ({ sets }: FingerprintHeader) =>
  sets.flatMap(({ shards, sketch }) => [...shards, sketch]).reduce((sum, part) => sum + part.bytes, 0);

describe('the overlap of two files', () => {
  const opened = async (from: number, to: number) => open(fileOf(people(from, to), keys));

  test('is exact where a sketch holds all keys', async () => {
    const [a, b] = [await opened(0, 3_000), await opened(2_500, 10_000)];
    for (const each of [await overlap(a, b, 'cnic'), await overlap(b, a, 'cnic')]) {
      expect(each.keys).toBeGreaterThan(499);
      expect(each.keys).toBeLessThan(501);
      expect(each.standardError).toBe(0);
    }
  });

  test('of a large and a small file is told by the small one', async () => {
    const [large, small] = [await opened(0, 300_000), await opened(299_000, 302_000)];
    expect((await large.sketch('msisdn')).bits).toBe(3);
    const { keys: shared, standardError } = await overlap(large, small, 'msisdn');
    expect(Math.round(shared)).toBe(1_000);
    expect(standardError).toBe(0);
  }, 60_000);

  test('of two large ones lies within its error', async () => {
    const [a, b] = [await opened(0, 200_000), await opened(120_000, 330_000)];
    const { keys: shared, standardError } = await overlap(a, b, 'cnic');
    expect(standardError).toBeGreaterThan(50);
    expect(standardError).toBeLessThan(500);
    expect(Math.abs(shared - 80_000)).toBeLessThan(4 * standardError);
  }, 60_000);
});
