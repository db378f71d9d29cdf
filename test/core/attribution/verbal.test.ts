import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STRENGTHS, verbalOf } from '../../../core/attribution/verbal.ts';

describe('a likelihood ratio in words', () => {
  it.each([
    [1.9, 'neither', 'none'],
    [2, 'contributed', 'weak'],
    [10, 'contributed', 'moderate'],
    [99, 'contributed', 'moderate'],
    [100, 'contributed', 'moderately strong'],
    [1_000, 'contributed', 'strong'],
    [9_999, 'contributed', 'strong'],
    [10_000, 'contributed', 'very strong'],
    [1e6, 'contributed', 'extremely strong'],
    [0.6, 'neither', 'none'],
    [0.5, 'did-not', 'weak'],
    [1e-7, 'did-not', 'extremely strong'],
  ])('of %d supports %s: %s', (ratio, supports, strength) => {
    expect(verbalOf(Math.log10(ratio))).toEqual({ supports, strength });
  });

  it('says as much for as against', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 300, noNaN: true }), (log10Ratio) => {
        expect(verbalOf(log10Ratio).strength).toBe(verbalOf(-log10Ratio).strength);
      }),
    );
  });

  it('never says less of a larger ratio', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 12, noNaN: true }),
        fc.double({ min: 0, max: 12, noNaN: true }),
        (a, b) => {
          const [less, more] = [Math.min(a, b), Math.max(a, b)].map((ratio) =>
            STRENGTHS.indexOf(verbalOf(ratio).strength),
          );
          expect(more).toBeGreaterThanOrEqual(less as number);
        },
      ),
    );
  });
});
