import { describe, expect, it } from 'vitest';
import { condense } from '../../../core/attribution/condense.ts';
import type { Sample } from '../../../core/attribution/evidence.ts';

/** Five values before two sets; the third and fifth differ from the first in stratum alone. */
const SAMPLE: Sample = {
  fields: 'cnic',
  ranks: Float64Array.from([0.1, 0.2, 0.3, 0.4, 0.5]),
  strata: Uint8Array.from([1, 1, 2, 1, 2]),
  held: new Map([
    [0, { column: Uint8Array.from([1, 0, 1, 1, 1]), rate: 1 }],
    [7, { column: Uint8Array.from([0, 1, 0, 0, 0]), rate: 0.25 }],
  ]),
};

const flags = (shown: boolean) => {
  const { counts, strata, held } = condense(SAMPLE, shown);
  return [...counts.keys()]
    .map((v) => [counts[v], strata[v], held.get(0)?.column[v], held.get(7)?.column[v]].join())
    .sort();
};

describe('values that no set tells apart', () => {
  it('are one, with their number', () => {
    expect(flags(true)).toEqual(['1,1,0,1', '2,1,1,0', '2,2,1,0']);
  });

  it('are not told apart by a stratum that they do not show', () => {
    expect(flags(false)).toEqual(['1,0,0,1', '4,0,1,0']);
  });

  it('keep the sets, and how densely these were drawn from', () => {
    const { held, fields } = condense(SAMPLE, true);
    expect([fields, [...held].map(([set, { rate }]) => [set, rate])]).toEqual([
      'cnic',
      [
        [0, 1],
        [7, 0.25],
      ],
    ]);
  });
});
