import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilson } from '../../../core/attribution/intervals.ts';
import { thin } from '../../../core/attribution/thin.ts';
import { leakOf, register } from './ledgers.ts';

describe('the interval of a share', () => {
  it('is that of Wilson, out to whole rows', () => {
    // 10 of 100: 0.0552 to 0.1744 (Newcombe, Statistics in Medicine 17, 1998, his method 3).
    expect(wilson(10, 100)).toEqual({ value: 0.1, low: 0.05, high: 0.18 });
  });

  it('tells nothing of no rows', () => {
    expect(wilson(0, 0)).toEqual({ value: 0, low: 0, high: 1 });
  });

  it('holds the share itself, and becomes no wider with more rows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(5_000), (total, some) => {
        const count = some % (total + 1);
        const { value, low, high } = wilson(count, total);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
        const more = wilson(count * 10, total * 10);
        expect(more.high - more.low).toBeLessThanOrEqual(high - low + 2 / total);
      }),
    );
  });
});

describe('a thinned leak', () => {
  it('has as many rows as are wanted, of each pattern its share to within one', () => {
    const holders = [{ id: 'a', day: 1, rows: register(0, 30) }];
    const counts = [900, 100, 1_200, 800, 3_000];
    const patterns = { ...leakOf(holders, register(0, counts.length)), counts: Float64Array.from(counts) };
    const thinned = thin(patterns, 500);
    expect(thinned.counts.reduce((sum, count) => sum + count, 0)).toBe(500);
    for (const [i, count] of counts.entries())
      expect(Math.abs((thinned.counts[i] as number) - count / 12)).toBeLessThan(1);
  });

  it('is whole, where it is not larger', () => {
    const patterns = leakOf([{ id: 'a', day: 1, rows: [] }], register(0, 20));
    expect(thin(patterns, 20)).toBe(patterns);
  });
});
