import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recorded } from '../../../core/attribution/component.ts';
import { sourceShares, wilson } from '../../../core/attribution/intervals.ts';
import { type Cells, JOINT, maximize } from '../../../core/attribution/likelihood.ts';
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

describe('the share of a source', () => {
  // One source is nearly all there is; the other is small. Of 100 rows that the first holds half may be strangers'.
  const counts = [300, 500, 100, 100];
  const of = (...values: number[]) => Float64Array.from(values);
  const cells: Cells = {
    size: counts.length,
    counts: of(...counts),
    shape: Uint8Array.from(counts, () => JOINT),
    elsewhere: of(1e-6, 0, 1e-6, 1e-6),
    outsideFirst: of(1e-6, 1e-6, 1e-6, 1e-6),
    outsideSecond: of(1e-6, 1e-6, 1e-6, 1e-6),
    known: Uint8Array.from(counts, () => 3),
    stray: of(0, 0, 0, 0),
    tilts: [],
    streams: [
      { whole: of(1e-6, 0, 1e-6, 0), first: of(1e-6, 0, 1e-6, 0), second: of(1e-6, 0, 1e-6, 0) },
      { whole: of(0, 1e-3, 0, 0), first: of(0, 1e-3, 0, 0), second: of(0, 1e-3, 0, 0) },
    ],
  };
  const fit = maximize(cells, { tolerance: 1e-9, steps: 5_000 });
  const explained = {
    components: [recorded(0, 1), recorded(1, 1)],
    fit,
    shares: fit.shares,
    cellOf: Uint16Array.from(counts.keys()),
    cells,
    owners: [0, 1],
  };

  it('is uncertain by the rows that this source may have given, and no other', () => {
    const [large, small] = [...sourceShares(explained, 1, 1_000).values()];
    const above = (share: typeof large) => (share ? share.high - share.value : Number.NaN);
    expect(large?.value).toBeLessThan(0.4);
    expect(large?.high).toBeGreaterThan(0.4);
    expect(small?.value).toBeCloseTo(0.5, 1);
    expect(above(small)).toBeLessThan(0.05);
    expect(above(large)).toBeGreaterThan(2 * above(small));
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
