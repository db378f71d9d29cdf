import type { Patterns } from './evidence.ts';

/** So many rows are looked at one by one; of a larger leak, so many spread evenly over its patterns. */
export const MOST_ROWS = 5_000;

/**
 * Every n-th row of a leak in the order of its patterns (systematic sampling): the same rows whatever order they came
 * in, and of each frequent pattern its share.
 * @param patterns collapsed, so that their order does not depend on that of the rows
 */
export function thin(patterns: Patterns, most: number = MOST_ROWS): Patterns {
  const total = patterns.counts.reduce((sum, count) => sum + count, 0);
  if (total <= most) return patterns;
  const step = total / most;
  const counts = new Float64Array(patterns.size);
  let [before, next] = [0, step / 2];
  for (let i = 0; i < patterns.size; i++) {
    before += patterns.counts[i] as number;
    for (; next < before; next += step) counts[i] = (counts[i] as number) + 1;
  }
  const kept = [...counts.keys()].filter((i) => (counts[i] as number) > 0);
  const pick = (column: Uint8Array) => Uint8Array.from(kept, (i) => column[i] as number);
  return {
    size: kept.length,
    counts: Float64Array.from(kept, (i) => counts[i] as number),
    strata: pick(patterns.strata),
    present: new Map([...patterns.present].map(([set, column]) => [set, pick(column)])),
    held: new Map([...patterns.held].map(([set, held]) => [set, held.map(pick)])),
  };
}
