import { type BuiltFuse, buildFuse } from './fuse.ts';
import { dropRepetitions, type KeyWords, sortKeys } from './order.ts';

/** Keys a shard at most, on the average; with half of that, each more shard would cost a larger share. */
const KEYS_A_SHARD = 1_600_000;
const MOST_SHARD_BITS = 10;

/** How many first bits of a key say in which shard it is, for so many keys. */
export const shardBitsFor = (keys: number): number =>
  Math.min(MOST_SHARD_BITS, Math.max(0, Math.ceil(Math.log2(keys / KEYS_A_SHARD))));

/** A sketch has this many keys where there are as many; but never less than one in 64. */
const SKETCH_KEYS = 65_536;
const MOST_SKETCH_BITS = 6;

/**
 * A sketch holds the keys below `2^(64 - bits)`. One bit a key is what it costs of a large set. Smaller ones have a
 * larger share of theirs: the size of an overlap is known as well as the smaller sketch is large.
 */
export const sketchBitsFor = (keys: number): number =>
  Math.min(MOST_SKETCH_BITS, Math.max(0, Math.ceil(Math.log2(keys / SKETCH_KEYS))));

/** The keys of a set that begin with the shard's number. */
export interface BuiltShard {
  readonly fuse: BuiltFuse;
  /** Different keys. */
  readonly keys: number;
  /** Of those, how many occur in each of the 16 strata. */
  readonly strata: Uint32Array;
  /** Of those, the ones below the sketch's threshold, in order, each with its lowest stratum. */
  readonly sketch: KeyWords;
}

/** Builds a shard of keys in any order, with repetitions, strata in their lowest bits. */
export function buildShard(words: KeyWords, shardBits: number, sketchBits: number): BuiltShard {
  const distinct = dropRepetitions(sortKeys(words, shardBits));
  return {
    fuse: buildFuse(distinct.words, shardBits),
    keys: distinct.words.length / 2,
    strata: distinct.strata,
    sketch: below(distinct.words, sketchBits),
  };
}

function below(sorted: KeyWords, sketchBits: number): KeyWords {
  let end = 0;
  while (end < sorted.length && (sorted[end + 1] as number) < 2 ** (32 - sketchBits)) end += 2;
  return sorted.slice(0, end);
}
