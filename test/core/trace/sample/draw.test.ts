import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEGINNING_KEYS } from '../../../../core/fingerprint/beginnings.ts';
import { encodeFingerprints } from '../../../../core/fingerprint/encode.ts';
import { NO_STRATUM } from '../../../../core/fingerprint/filter/order.ts';
import { inMemory, openFingerprints } from '../../../../core/fingerprint/open.ts';
import type { FieldSet } from '../../../../core/fingerprint/sets.ts';
import type { FingerprintSet } from '../../../../core/fingerprint/types.ts';
import {
  drawAll,
  type Lowest,
  lowestOf,
  type Reading,
  together,
} from '../../../../core/trace/sample/draw.ts';
import type { Weighable } from '../../../../core/trace/sample/weighable.ts';
import { described, fileOf as fileOfRows, keyStream, people, testKeys } from '../../fingerprint/files.ts';

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

  it('is had from the beginning of its sketch, and from all of it where that is not enough', async () => {
    const [total, below] = [30_000, 20_000];
    const all = Array.from({ length: total }, (_, at) => BigInt(at) * 16n + (at < below ? 0n : 2n ** 63n));
    const asked: number[] = [];
    const file = {
      header: { sets: [{ set: 'cnic', sketch: { keys: total, bits: 0 } }] },
      sketch: (_: FieldSet, most = total) => {
        asked.push(most);
        const keys = BigUint64Array.from(all.slice(0, most));
        return Promise.resolve({ keys, strata: new Uint8Array(keys.length), bits: 0 });
      },
    } as unknown as FingerprintSet;
    expect((await lowestOf(file, 'cnic')).keys.length).toBe(below);
    expect(asked).toEqual([BEGINNING_KEYS, total]);
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

/** What {@link together} gives, by definition. */
function defined(lowest: readonly Lowest[]) {
  const strata = new Map<bigint, number>();
  for (const { keys, strata: own } of lowest)
    for (const [i, key] of keys.entries())
      strata.set(key, Math.min(strata.get(key) ?? Number.POSITIVE_INFINITY, own[i] as number));
  const keys = BigUint64Array.from(strata.keys()).sort();
  return { keys, strata: Uint8Array.from(keys, (key) => strata.get(key) as number) };
}

/** Few different values, so that files share them; with either word at its ends. */
const drawnKey = fc
  .tuple(
    fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n),
    fc.constantFrom(0n, 16n, 2n ** 31n, 2n ** 32n - 16n),
    fc.integer({ min: 0, max: 10 }),
  )
  .map(([high, low, stratum]) => ({ key: (high << 32n) | low, stratum }));
const drawnFile = fc.uniqueArray(drawnKey, { selector: ({ key }) => key, maxLength: 12 }).map((drawn) => ({
  keys: BigUint64Array.from(drawn, ({ key }) => key),
  strata: Uint8Array.from(drawn, ({ stratum }) => stratum),
  rate: 1,
}));

it('what is put together is what its definition says, whatever files have in common', () => {
  fc.assert(
    fc.property(fc.array(drawnFile, { maxLength: 6 }), (files) => {
      expect(together(files)).toEqual(defined(files));
    }),
  );
});

describe('drawing from files of two keys', async () => {
  const SETS: readonly FieldSet[] = ['msisdn', 'cnic', 'msisdn+cnic'];
  const [keys, later] = [await testKeys(), await testKeys('a', '2027')];
  const files = await Promise.all(
    [
      { rows: people(0, 900), of: keys },
      { rows: people(600, 1_500), of: later },
      { rows: people(300, 1_200), of: keys },
      { rows: people(0, 1_000), of: later },
    ].map(({ rows, of }) => openFingerprints(inMemory(fileOfRows(rows, of)))),
  );
  const weighable = (drawn: readonly FieldSet[]) =>
    ({
      files: files.map(({ header }, at) => ({ id: String(at), compared: { header } })),
      drawn,
    }) as unknown as Weighable;
  const counting = () => {
    const opened: string[] = [];
    const reading: Reading = {
      open: ({ id }) => {
        opened.push(id);
        return files[Number(id)] as FingerprintSet;
      },
      each: async (items, visit) => {
        await Promise.all(items.map(visit));
      },
    };
    return { opened, reading };
  };

  it('gives for all field sets at once what it gives for each by itself', async () => {
    const samples = await drawAll(weighable(SETS), counting().reading);
    const apart = await Promise.all(SETS.map((set) => drawAll(weighable([set]), counting().reading)));
    expect(samples).toEqual([...apart.map(([first]) => first), ...apart.map(([, second]) => second)]);
    expect(samples.map(({ held }) => [...held.keys()].join())).toEqual(
      [keys, later]
        .sort((a, b) => (a.keyCheck < b.keyCheck ? -1 : 1))
        .flatMap((of) => {
          const places = of === keys ? '0,2' : '1,3';
          return SETS.map(() => places);
        }),
    );
    // What is held says who has it: the rows 300 to 900 are of both files of the first key.
    const of = samples.find(({ held }) => held.has(0));
    const both = of?.ranks.filter((_, v) => of.held.get(0)?.column[v] && of.held.get(2)?.column[v]);
    expect(both?.length).toBe(600);
  });

  it('opens each of them twice, however many field sets there are', async () => {
    const { opened, reading } = counting();
    await drawAll(weighable(SETS), reading);
    expect(opened.toSorted()).toEqual(['0', '0', '1', '1', '2', '2', '3', '3']);
  });
});
