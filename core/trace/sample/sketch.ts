import * as z from 'zod';
import type { LeakSample, RowKeys, SampleKeyring } from '../../fingerprint/sample.ts';
import type { FieldSet } from '../../fingerprint/sets.ts';

/** Fingerprints kept of a sample: the lowest, which are as good as drawn at random and the same for the same values. */
const KEPT = 1_024;

/** By what a sample is compared with others, in place of all its rows (bottom-k; Cohen & Kaplan, PODC 2007). */
export const SampleSketch = z.strictObject({
  amanatSketch: z.literal(1),
  rings: z.array(
    z.strictObject({
      keyCheck: z.string(),
      set: z.string(),
      distinct: z.int().min(0),
      lowest: z.array(z.string()).max(KEPT),
    }),
  ),
});
export type SampleSketch = z.infer<typeof SampleSketch>;

/** Different values of a set in a sample. */
export function distinctOf({ words, present }: RowKeys): string[] {
  const seen = new Set<bigint>();
  const keys = new BigUint64Array(words.buffer, words.byteOffset, present.length);
  for (let row = 0; row < present.length; row++) if (present[row]) seen.add(keys[row] as bigint);
  return [...seen].sort((a, b) => (a < b ? -1 : 1)).map((key) => key.toString(16).padStart(16, '0'));
}

export const sketchOf = ({ keyrings }: LeakSample): SampleSketch => ({
  amanatSketch: 1,
  rings: keyrings.map((ring) => {
    const [set, keys] = widest(ring);
    const all = distinctOf(keys);
    return { keyCheck: ring.keyCheck, set, distinct: all.length, lowest: all.slice(0, KEPT) };
  }),
});

/** The set that most rows have; of several the one with most fields, which changes with any of them. */
function widest({ sets }: SampleKeyring): [FieldSet, RowKeys] {
  const rowsOf = ({ present }: RowKeys) => present.reduce((sum, each) => sum + each, 0);
  const [best] = [...sets].sort(
    ([a, keysA], [b, keysB]) => rowsOf(keysB) - rowsOf(keysA) || b.length - a.length || (a < b ? -1 : 1),
  );
  if (!best) throw new TypeError('a keyring without sets');
  return best;
}

/** How alike two samples are: the share of all their values that both have, and how many values only one has. */
export interface Likeness {
  readonly jaccard: number;
  readonly differing: number;
}

/** Undefined where the two have no key and set in common, so that nothing can be compared. */
export function likeness(a: SampleSketch, b: SampleSketch): Likeness | undefined {
  const found = a.rings.flatMap((ring) => {
    const other = b.rings.find(({ keyCheck, set }) => keyCheck === ring.keyCheck && set === ring.set);
    return other ? [alike(ring, other)] : [];
  });
  return found.sort((x, y) => y.jaccard - x.jaccard)[0];
}

type Ring = SampleSketch['rings'][number];

function alike(a: Ring, b: Ring): Likeness {
  const [ofA, ofB] = [new Set(a.lowest), new Set(b.lowest)];
  // The lowest of the union are among the lowest of either, as far as both lists reach.
  const union = [...ofA.union(ofB)].sort().slice(0, KEPT);
  const shared = union.filter((key) => ofA.has(key) && ofB.has(key)).length;
  const jaccard = union.length === 0 ? 0 : shared / union.length;
  const all = (a.distinct + b.distinct) / (1 + jaccard);
  return { jaccard, differing: Math.round((1 - jaccard) * all) };
}
