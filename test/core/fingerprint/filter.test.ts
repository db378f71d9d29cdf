import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildFuse, fuseShape, queryFuse } from '../../../core/fingerprint/filter/fuse.ts';
import { dropRepetitions, type KeyWords, keysOf, sortKeys } from '../../../core/fingerprint/filter/order.ts';
import { buildShard, shardBitsFor, sketchBitsFor } from '../../../core/fingerprint/filter/shard.ts';
import { keyStream } from './files.ts';

/** {@link keyStream} with the same bits ahead of all. */
function uniform(count: number, seed: number, prefix = 0, prefixBits = 0): KeyWords {
  const words = keyStream(count, seed);
  for (let at = 1; prefixBits > 0 && at < words.length; at += 2)
    words[at] = ((words[at] ?? 0) >>> prefixBits) | (prefix << (32 - prefixBits));
  return words;
}

const all = (words: KeyWords) => Uint32Array.from({ length: words.length / 2 }, (_, at) => at);

function found(words: KeyWords, fuse: ReturnType<typeof buildFuse>, prefixBits: number): number {
  const into = new Uint8Array(words.length / 2);
  queryFuse(fuse, prefixBits, words, all(words), into);
  return into.reduce((sum, flag) => sum + flag, 0);
}

const prefixed = fc
  .tuple(fc.integer({ min: 0, max: 10 }), fc.nat(1023))
  .map(([bits, value]) => [bits, value % 2 ** bits] as const);

describe('a filter', () => {
  test('holds every key that it was built of', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.nat(), prefixed, (count, seed, [bits, prefix]) => {
        const { words } = dropRepetitions(sortKeys(uniform(count, seed, prefix, bits), bits));
        expect(found(words, buildFuse(words, bits), bits)).toBe(words.length / 2);
      }),
      { numRuns: 150 },
    );
  });

  test('holds them in a shard of two thousand thousands nearly, and others with one in 65,536', () => {
    const { words } = dropRepetitions(sortKeys(uniform(1_600_000, 1, 3, 2), 2));
    const fuse = buildFuse(words, 2);
    expect(found(words, fuse, 2)).toBe(words.length / 2);
    const others = 2_000_000;
    const strangers = uniform(others, 2, 3, 2);
    // Expected 30.5; five standard deviations to either side.
    expect(found(strangers, fuse, 2)).toBeGreaterThan(3);
    expect(found(strangers, fuse, 2)).toBeLessThan(59);
    expect((fuse.slots.byteLength * 8) / 1_600_000).toBeLessThan(18.3);
  }, 60_000);

  test.each([50, 1_000, 40_000])(
    'of %i keys claims no more strangers than it says',
    (count) => {
      let claimed = 0;
      for (let seed = 0; seed < 4; seed++) {
        const { words } = dropRepetitions(sortKeys(uniform(count, seed), 0));
        claimed += found(uniform(500_000, 100 + seed), buildFuse(words, 0), 0);
      }
      expect(claimed).toBeGreaterThan(3);
      expect(claimed).toBeLessThan(59);
    },
    60_000,
  );

  test('that would be too large is refused', () => {
    expect(() => fuseShape(2_500_000)).toThrow(expect.objectContaining({ code: 'not-built' }));
  });

  test('of a key that stands twice is never found', () => {
    const words = uniform(100, 1);
    const twice = sortKeys(Uint32Array.from([...words, ...words.subarray(0, 2)]), 0);
    expect(() => buildFuse(twice, 0)).toThrow(expect.objectContaining({ code: 'not-built' }));
  });
});

describe('keys', () => {
  test('are sorted as the 64-bit numbers that they are, however unevenly they lie', () => {
    const anyKeys = fc.array(
      fc.oneof(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.bigInt({ min: 0n, max: 40n }),
        fc.constantFrom(7n << 40n, (7n << 40n) + 1n),
      ),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(anyKeys, fc.constantFrom(1, 300), (keys, times) => {
        const many = keys.flatMap((key) => (key < 3n ? Array<bigint>(times).fill(key) : [key]));
        const words = new Uint32Array(BigUint64Array.from(many).buffer);
        expect([...keysOf(sortKeys(words, 0))]).toEqual([...BigUint64Array.from(many).sort()]);
      }),
    );
  });

  test('are counted once, and once in each stratum in which they occur', () => {
    const rows = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 30n }), fc.nat(15)));
    fc.assert(
      fc.property(rows, (pairs) => {
        const words = new Uint32Array(
          BigUint64Array.from(pairs.map(([key, stratum]) => (key << 4n) | BigInt(stratum))).buffer,
        );
        const distinct = dropRepetitions(sortKeys(words, 0));
        const lowest = new Map<bigint, number>();
        for (const [key, stratum] of pairs) lowest.set(key, Math.min(stratum, lowest.get(key) ?? stratum));
        const keys = [...lowest].map(([key, stratum]) => (key << 4n) | BigInt(stratum));
        expect([...keysOf(distinct.words)]).toEqual([...BigUint64Array.from(keys).sort()]);
        const strata = Array.from(
          { length: 16 },
          (_, at) => new Set(pairs.filter(([, stratum]) => stratum === at).map(([key]) => key)).size,
        );
        expect([...distinct.strata]).toEqual(strata);
      }),
    );
  });

  test('that all rows share do not hold the sorting up', () => {
    const words = uniform(400_000, 1);
    // The number that somebody types where none is known, with ids of all provinces.
    for (let at = 0; at < words.length; at += 4) {
      words[at] = 0x1230 + ((at / 4) % 11);
      words[at + 1] = 0x7777_7777;
    }
    const distinct = dropRepetitions(sortKeys(words, 0));
    expect(distinct.words.length / 2).toBe(200_001);
  });
});

describe('a shard', () => {
  test('comes with the part of its keys that lies below the threshold', () => {
    const words = uniform(100_000, 5);
    const shard = buildShard(words, 0, 3);
    const below = [...keysOf(words)].filter((key) => key < 2n ** 61n);
    expect([...keysOf(shard.sketch)]).toEqual([...BigUint64Array.from(below).sort()]);
    expect(below.length).toBeGreaterThan(12_000);
  });

  test('has at most 1.6 million keys, a sketch at least 32,768 or all, and no more than one in 64', () => {
    expect([1, 1_600_000, 1_600_001, 3_200_001, 2e8, 1e12].map(shardBitsFor)).toEqual([0, 0, 1, 2, 7, 10]);
    expect([0, 65_536, 65_537, 1_000_000, 1e9].map(sketchBitsFor)).toEqual([0, 0, 1, 4, 6]);
  });

  test('of random keys agrees with itself', () => {
    const words = new Uint32Array(20_000);
    // Strata and all: what is left of them must not matter.
    randomFillSync(words);
    const shard = buildShard(words, 0, 0);
    expect(shard.keys).toBe(new Set(keysOf(words.map((word, at) => (at % 2 ? word : word & ~15)))).size);
    expect(shard.sketch.length / 2).toBe(shard.keys);
  });
});
