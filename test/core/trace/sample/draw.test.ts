import { describe, expect, it } from 'vitest';
import { encodeFingerprints } from '../../../../core/fingerprint/encode.ts';
import { NO_STRATUM } from '../../../../core/fingerprint/filter/order.ts';
import { inMemory, openFingerprints } from '../../../../core/fingerprint/open.ts';
import type { FieldSet } from '../../../../core/fingerprint/sets.ts';
import { lowestOf, together } from '../../../../core/trace/sample/draw.ts';
import { described, keyStream, testKeys } from '../../fingerprint/files.ts';

const fileOf = async (count: number, stratum: number) => {
  const words = keyStream(count).map((word, at) => (at % 2 === 0 ? word | stratum : word));
  const keys = await testKeys();
  return openFingerprints(
    inMemory(encodeFingerprints(described(keys, count), new Map<FieldSet, typeof words>([['cnic', words]]))),
  );
};

describe('what is drawn from a file', () => {
  it('is all of its sketch while that is small, in the places that the model knows strata by', async () => {
    const file = await fileOf(3_000, NO_STRATUM);
    const sketch = await file.sketch('cnic');
    const { keys, strata, rate } = await lowestOf(file, 'cnic');
    expect([keys.length, rate]).toEqual([sketch.keys.length, 2 ** -sketch.bits]);
    expect(new Set(strata)).toEqual(new Set([10]));
  });

  it('is, of a large one, what is below a power of two, as many as it says', async () => {
    const file = await fileOf(2_200_000, 3);
    const sketch = await file.sketch('cnic');
    expect(sketch.keys.length).toBeGreaterThan(2 * 8_192);
    const { keys, rate } = await lowestOf(file, 'cnic');
    expect(keys.length).toBeGreaterThanOrEqual(8_192 * 0.9);
    expect(keys.length).toBeLessThan(2 * 8_192);
    expect(keys.length).toBe(sketch.keys.filter((key) => Number(key) / 2 ** 64 < rate).length);
    expect(Math.abs(keys.length / rate / 2_200_000 - 1)).toBeLessThan(0.05);
  });

  it('is put together in order, each once, with the lowest stratum that any file has for it', () => {
    const of = (keys: bigint[], strata: number[]) => ({
      keys: BigUint64Array.from(keys),
      strata: Uint8Array.from(strata),
      rate: 1,
    });
    const files = [of([16n, 48n], [3, 2]), of([16n, 32n], [1, 10])];
    const expected = { keys: BigUint64Array.from([16n, 32n, 48n]), strata: Uint8Array.from([1, 10, 2]) };
    expect(together(files)).toEqual(expected);
    expect(together(files.reverse())).toEqual(expected);
  });
});
