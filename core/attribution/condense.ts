import { alikeRows, type Column, type Sample } from './evidence.ts';

/** A sample of which the values that no set tells apart are one, with their number. */
export interface Condensed {
  readonly fields: string;
  readonly counts: Float64Array;
  readonly strata: Uint8Array;
  /** By the place of the set in the ledger, as in {@link Sample}. */
  readonly held: ReadonlyMap<number, { readonly column: Column; readonly rate: number }>;
}

/**
 * Puts values together of which every set says the same. What they stand for is the same, so sizes are as before; and
 * there are two to four times fewer to look at, which a search does thousands of times.
 * @param shown whether a value shows its stratum
 */
export function condense({ fields, ranks, strata, held }: Sample, shown: boolean): Condensed {
  const own = shown ? strata : new Uint8Array(ranks.length);
  const columns = [...held.values()].map(({ column }) => column);
  const groups = alikeRows(own, columns);
  const firsts = Uint32Array.from(groups, ([first = 0]) => first);
  const thin = (column: Column): Column => {
    const thinned = new Uint8Array(firsts.length);
    for (let i = 0; i < firsts.length; i++) thinned[i] = column[firsts[i] as number] as number;
    return thinned;
  };
  return {
    fields,
    counts: Float64Array.from(groups, (group) => group.length),
    strata: thin(own),
    held: new Map([...held].map(([set, { column, rate }]) => [set, { column: thin(column), rate }])),
  };
}
