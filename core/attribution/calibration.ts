import type { Condensed } from './condense.ts';
import type { Ledger } from './evidence.ts';

/** Passes over all known counts; each brings the weights nearer to agreeing with all of them. */
const PASSES = 12;
/** By how much a pass may change what a value stands for. */
const MOST = 2;

/**
 * How many rows each value of a sample stands for: one by the rate at which it was drawn, corrected until the values of
 * every set, stratum by stratum, stand for as many rows as the set is known to have (raking; Deming & Stephan, 1940).
 * So the size of anything near to a known set is off by no more than chance makes of what lies between them, and two
 * cuts of nearly the same rows come out nearly the same.
 * @param members by set the places of the values that it holds
 * @param byStratum whether each value has one stratum, whatever the set
 */
export function calibrate(
  ledger: Ledger,
  sample: Condensed,
  members: ReadonlyMap<number, Uint32Array>,
  byStratum: boolean,
): Float64Array {
  const size = sample.counts.length;
  const rates = new Float64Array(size);
  for (const [set, { rate }] of sample.held)
    for (const v of members.get(set) ?? []) if (rate > (rates[v] as number)) rates[v] = rate;
  const stands = rates.map((rate) => 1 / rate);
  const strata = byStratum ? sample.strata : new Uint8Array(size);
  for (let pass = 0; pass < PASSES; pass++)
    for (const [place, own] of members) {
      const set = ledger.sets[place];
      const known = byStratum
        ? ledger.strata.map((stratum) => set?.strata[sample.fields]?.[stratum])
        : [set?.distinct[sample.fields]];
      rake(stands, sample.counts, strata, own, known);
    }
  return stands;
}

/** Brings what the values of one set stand for to the counts of its strata, where they are known. */
function rake(
  stands: Float64Array,
  counts: Float64Array,
  strata: Uint8Array,
  members: Uint32Array,
  known: readonly (number | undefined)[],
): void {
  const sums = new Float64Array(known.length);
  for (const v of members) {
    const s = strata[v] as number;
    sums[s] = (sums[s] as number) + (counts[v] as number) * (stands[v] as number);
  }
  const factors = sums.map((sum, s) => {
    const rows = known[s];
    return rows === undefined || sum === 0 ? 1 : Math.min(MOST, Math.max(1 / MOST, rows / sum));
  });
  for (const v of members) stands[v] = (stands[v] as number) * (factors[strata[v] as number] as number);
}
