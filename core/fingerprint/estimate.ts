import type { FieldSet } from './sets.ts';
import { FALSE_POSITIVE_RATE, type FingerprintSet, type Overlap } from './types.ts';

/** How many of `tested` keys a set holds, when its filter says `hits`: false positives are taken off. */
export const trueHits = (hits: number, tested: number): number =>
  Math.max(0, (hits - tested * FALSE_POSITIVE_RATE) / (1 - FALSE_POSITIVE_RATE));

/**
 * How many keys of these fields two files share. The sketch of each is tested on the filter of the other, and the
 * estimate with the smaller variance kept: as a rule that of the smaller file, all of which the larger may hold.
 */
export async function overlap(a: FingerprintSet, b: FingerprintSet, set: FieldSet): Promise<Overlap> {
  const [ofA, ofB] = await Promise.all([sampled(a, b, set), sampled(b, a, set)]);
  return ofA.standardError <= ofB.standardError ? ofA : ofB;
}

/** How many keys of `from` are in `other`, by the sample that its sketch is. */
async function sampled(from: FingerprintSet, other: FingerprintSet, set: FieldSet): Promise<Overlap> {
  const { keys } = await from.sketch(set);
  const distinct = from.distinct(set);
  if (keys.length === 0) return { keys: 0, standardError: distinct };
  const hits = count(await other.contains(set, keys));
  // A share of 0 or 1 of a sample is not certain of the whole: half a key is added on either side.
  const share = (hits + 0.5) / (keys.length + 1);
  const unseen = 1 - keys.length / distinct;
  return {
    keys: (trueHits(hits, keys.length) * distinct) / keys.length,
    standardError: distinct * Math.sqrt((share * (1 - share) * unseen) / keys.length),
  };
}

const count = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0);
