import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bits, byBits, isNone, minus, Names, NONE, sameBits, union } from '../../../core/trace/bits.ts';
import { irredundantCovers } from '../../../core/trace/covers.ts';

const WIDE = { steps: 10_000_000, covers: 1_000_000 };

/** Elements on both sides of the 30-bit border of {@link Bits}. */
const ELEMENTS = Array.from({ length: 60 }, (_, i) => `e${i}`);
const names = new Names(ELEMENTS);
const bits = (...elements: number[]): Bits => names.among(elements.map((i) => `e${i}`));

const isCover = (target: Bits, sets: readonly Bits[]) => isNone(sets.reduce(minus, target));
const isIrredundant = (target: Bits, sets: readonly Bits[]) =>
  sets.every(
    (set) =>
      !isCover(
        target,
        sets.filter((other) => other !== set),
      ),
  );

/** By definition, from all subsets. */
function bruteForce(target: Bits, sets: readonly Bits[]): number[][] {
  const found: number[][] = [];
  for (let choice = 1; choice < 2 ** sets.length; choice++) {
    const places = sets.flatMap((_, i) => ((choice >> i) & 1 ? [i] : []));
    const chosen = places.flatMap((i) => sets[i] ?? []);
    if (isCover(target, chosen) && isIrredundant(target, chosen)) found.push(places);
  }
  return found;
}

const distinctSets = fc
  .uniqueArray(fc.subarray([0, 1, 2, 28, 29, 30, 31, 59], { minLength: 1 }), {
    maxLength: 9,
    selector: (elements) => elements.join(),
  })
  .map((lists) => lists.map((list) => bits(...list)).sort(byBits));
const unionOf = (sets: readonly Bits[]) => sets.reduce(union, NONE);
const sorted = (covers: readonly (readonly number[])[]) => covers.map((cover) => cover.join()).sort();

describe('irredundant covers', () => {
  it('are, on any sets, exactly those that the definition names', () => {
    fc.assert(
      fc.property(distinctSets, (sets) => {
        const target = unionOf(sets);
        const search = irredundantCovers(target, sets, WIDE);
        expect(search.complete).toBe(true);
        expect(sorted(search.covers)).toEqual(sorted(bruteForce(target, sets)));
      }),
      { numRuns: 300 },
    );
  });

  it('come smallest first', () => {
    fc.assert(
      fc.property(distinctSets, (sets) => {
        const sizes = irredundantCovers(unionOf(sets), sets, WIDE).covers.map((cover) => cover.length);
        expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
      }),
    );
  });

  it('are as many as there are minimal covers of a set by all its subsets', () => {
    // OEIS A046165: minimal covers of n labelled elements.
    const counts = [1, 2, 8, 49, 462].map((_, i) => {
      const elements = Array.from({ length: i + 1 }, (_, e) => e + 27);
      const subsets = Array.from({ length: 2 ** elements.length - 1 }, (_, choice) =>
        bits(...elements.filter((_, e) => ((choice + 1) >> e) & 1)),
      );
      return irredundantCovers(bits(...elements), subsets, WIDE).covers.length;
    });
    expect(counts).toEqual([1, 2, 8, 49, 462]);
  });

  it('within a limit of steps are complete up to the size that is said', () => {
    fc.assert(
      fc.property(distinctSets, fc.integer({ min: 0, max: 200 }), (sets, steps) => {
        const target = unionOf(sets);
        const search = irredundantCovers(target, sets, { steps, covers: 1_000 });
        const all = bruteForce(target, sets);
        const small = all.filter((cover) => cover.length <= search.completeToSize);
        expect(sorted(search.covers)).toEqual(expect.arrayContaining(sorted(small)));
        expect(sorted(all)).toEqual(expect.arrayContaining(sorted(search.covers)));
        if (search.complete) expect(search.covers.length).toBe(all.length);
        else if (sets.length > 0) expect(search.covers.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it('within a limit of covers are labelled incomplete', () => {
    const search = irredundantCovers(bits(1, 2), [bits(1), bits(2), bits(1, 2)], { steps: 1_000, covers: 1 });
    expect(search).toEqual({ covers: [[2]], completeToSize: 1, complete: false });
  });

  it('has as many members as elements when each set holds one', () => {
    const sets = ELEMENTS.map((_, i) => bits(i));
    const search = irredundantCovers(unionOf(sets), sets, WIDE);
    expect(search.complete).toBe(true);
    expect(search.covers).toEqual([sets.map((_, i) => i)]);
  });

  it('are none of nothing', () => {
    expect(irredundantCovers(NONE, [], WIDE)).toEqual({ covers: [], completeToSize: 0, complete: true });
  });
});

describe('bits', () => {
  it('hold any set of up to 60 names', () => {
    fc.assert(
      fc.property(fc.subarray(ELEMENTS), fc.subarray(ELEMENTS), (some, others) => {
        const [a, b] = [names.among(some), names.among(others)];
        expect(names.namesOf(a)).toEqual(some);
        expect(names.namesOf(union(a, b))).toEqual(
          ELEMENTS.filter((name) => some.includes(name) || others.includes(name)),
        );
        expect(names.namesOf(minus(a, b))).toEqual(some.filter((name) => !others.includes(name)));
        expect(sameBits(a, b)).toBe(some.join() === others.join());
      }),
    );
  });

  it('refuse a 61st name', () => {
    expect(() => new Names([...ELEMENTS, 'one more'])).toThrow(RangeError);
  });
});
