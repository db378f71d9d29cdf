import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchEnds, inSteps, STEP } from '../../lambdas/restoring/ends.ts';
import { MAX_BATCH } from '../../lambdas/store/batches.ts';

const sizesFrom = (from: number) =>
  fc
    .uniqueArray(fc.integer({ min: from + 1, max: from + 20_000 }), { minLength: 1, maxLength: 30 })
    .map((sizes) => sizes.sort((a, b) => a - b));
const batch = (first: number, count: number) => ({ first, ids: Array(count).fill('') });

describe('where batches that are put back end', () => {
  it('is wherever the log was signed, and nowhere further apart than a batch can be long', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(), (from, seed) => {
        const [sizes = []] = fc.sample(sizesFrom(from), { numRuns: 1, seed });
        const ends = batchEnds(from, sizes, []);
        expect(ends.filter((end) => sizes.includes(end))).toEqual(sizes);
        expect(ends.at(-1)).toBe(sizes.at(-1));
        ends.forEach((end, i) => {
          expect(end - (ends[i - 1] ?? from)).toBeGreaterThan(0);
          expect(end - (ends[i - 1] ?? from)).toBeLessThanOrEqual(MAX_BATCH);
        });
      }),
    );
  });

  it('is where the standing ones do, whatever is missing among them', () => {
    expect(batchEnds(10, [40], [batch(10, 5), batch(15, 10), batch(30, 10)])).toEqual([15, 25, 30, 40]);
    expect(batchEnds(0, [9_000], [])).toEqual([4_096, 8_192, 9_000]);
    expect(batchEnds(0, [9_000], [batch(0, 100)])).toEqual([100, 4_196, 8_292, 9_000]);
    // One that reaches beyond what was signed is found to be another when it is compared.
    expect(batchEnds(0, [5], [batch(2, 7)])).toEqual([2, 5]);
  });

  it('come in steps, of which only the last may be short', () => {
    fc.assert(
      fc.property(sizesFrom(7), (ends) => {
        const steps = inSteps(7, ends);
        expect(steps.flat()).toEqual(ends);
        let start = 7;
        for (const step of steps.slice(0, -1)) {
          expect((step.at(-1) ?? 0) - start).toBeGreaterThanOrEqual(STEP);
          expect((step.at(-2) ?? start) - start).toBeLessThan(STEP);
          start = step.at(-1) ?? 0;
        }
      }),
    );
  });
});
