import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inMemory, openFingerprints } from '../../../../core/fingerprint/open.ts';
import { compare } from '../../../../core/trace/sample/compare.ts';
import { crowdSize, different } from '../../../../core/trace/sample/crowd.ts';
import { fileOf, people, type Row, testKeys } from '../../fingerprint/files.ts';
import { sampleOf } from '../../fingerprint/samples.ts';

const keys = await testKeys();
const file = await openFingerprints(inMemory(fileOf(people(0, 500), keys)));
const compared = async (rows: readonly Row[]) => {
  const outcome = await compare(sampleOf(rows, [keys]), file);
  return typeof outcome === 'string' ? expect.fail(outcome) : outcome;
};
const strangers = people(9_000, 9_060);
const [known = [0, 0], stranger = [0, 0]] = [...people(7, 8), ...people(9_500, 9_501)] as [number, number][];
/** Nobody may tell by an answer whether it was the known one or the stranger that was hidden in the crowd. */
const told = async (rowsOf: (each: readonly [number, number]) => readonly Row[]) => {
  const of = async (each: readonly [number, number]) => {
    const { found, pairs } = await compared([...strangers, ...rowsOf(each)]);
    return { found, pairs };
  };
  return [await of(known), await of(stranger)];
};

it('copies of one row among strangers tell nothing of it', async () => {
  const [one, other] = await told((each) => Array.from({ length: 40 }, () => each));
  expect(one).toEqual(other);
});

it('nor does a number beside many ids, or an id beside many numbers', async () => {
  const others = people(9_100, 9_140) as [number, number][];
  for (const rowsOf of [
    ([number]: readonly [number, number]) => others.map(([, id]): Row => [number, id]),
    ([, id]: readonly [number, number]) => others.map(([number]): Row => [number, id]),
  ]) {
    const [one, other] = await told(rowsOf);
    expect(one).toEqual(other);
  }
});

it('but a crowd is told as what it is', async () => {
  const { found, pairs } = await compared([...strangers, ...people(100, 140), ...people(100, 140)]);
  expect(found.map(({ tested, found }) => [tested, found])).toEqual([
    [100, 40],
    [100, 40],
    [100, 40],
  ]);
  expect(pairs).toEqual({ together: 40, apart: 0, numberOnly: 0, idOnly: 0, neither: 60 });
});

it('each kind of pair is told by the fewer of its numbers and ids', async () => {
  const [left, right] = [people(100, 160), people(200, 260)] as [[number, number][], [number, number][]];
  const { pairs } = await compared([
    ...people(300, 370),
    ...left.map(([number], at): Row => [number, right[at]?.[1]]),
    ...people(0, 40).map(([number], at): Row => [number, strangers[at]?.[1]]),
    ...people(40, 70).map(([, id], at): Row => [strangers[at]?.[0], id]),
    ...people(9_200, 9_220),
    // Thirty numbers beside one id.
    ...people(400, 430).map(([number]): Row => [number, known[1]]),
    ...people(430, 450).map(([number]): Row => [number, undefined]),
  ]);
  expect(pairs).toEqual({ together: 70, apart: 60, numberOnly: 40, idOnly: 30, neither: 20 });
});

it('values are counted by mark as a table of them would count them', () => {
  const row = fc.record({ value: fc.nat(6), present: fc.nat(1), mark: fc.nat(7) });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), fc.boolean(), (rows, apart) => {
      const words = Uint32Array.from(
        rows.flatMap(({ value }, at) => (apart ? [at << 4, at] : [(value & 1) << 4, value >> 1])),
      );
      const keys = { words, present: Uint8Array.from(rows, ({ present }) => present) };
      const nameOf = (at: number) => `${words[at * 2]} ${words[at * 2 + 1]}`;
      const countOf = (are: (at: number) => unknown) =>
        new Set([...rows.keys()].filter(are).map(nameOf)).size;
      const counts = different(
        Uint8Array.from(rows, ({ mark }) => mark),
        keys,
      );
      for (const mark of [1, 2, 3, 4, 5, 6, 7])
        expect(counts[mark]).toBe(countOf((at) => rows[at]?.mark === mark));
      expect(crowdSize(keys)).toBe(countOf((at) => rows[at]?.present));
    }),
  );
});
