import { expect, it } from 'vitest';
import { inMemory, openFingerprints } from '../../../../core/fingerprint/open.ts';
import { compare } from '../../../../core/trace/sample/compare.ts';
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
