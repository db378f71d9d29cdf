/**
 * Keys in bulk are pairs of words, low and high: on the machines that Node runs on, those of a `BigUint64Array`. While
 * a file is built, the lowest four bits hold the stratum of the row.
 */
export type KeyWords = Uint32Array<ArrayBuffer>;

/** The stratum of what has none; others are the first digit of the national id. */
export const NO_STRATUM = 15;

/** What is left of a key's low word without the stratum. */
export const KEY_MASK = 0xffff_fff0;

export const wordsOf = (keys: BigUint64Array<ArrayBuffer>): KeyWords =>
  new Uint32Array(keys.buffer, keys.byteOffset, keys.length * 2);

export const keysOf = (words: KeyWords): BigUint64Array<ArrayBuffer> =>
  new BigUint64Array(words.buffer, words.byteOffset, words.length / 2);

/** Buckets hold four keys on the average. */
const KEYS_A_BUCKET = 4;
/** What one key occurs this often is sorted by a method that does not mind. */
const LARGE_BUCKET = 48;

/**
 * Sorts keys of which all have the same `prefixBits` first bits. They are near to uniform beyond those, being the
 * output of a PRF: one pass puts each into the bucket of its next bits, and what is left is to order a handful.
 */
export function sortKeys(words: KeyWords, prefixBits: number): KeyWords {
  const count = words.length / 2;
  const bits = Math.max(1, Math.ceil(Math.log2(Math.max(1, count / KEYS_A_BUCKET))));
  const ends = bucketEnds(words, prefixBits, bits);
  const sorted: KeyWords = new Uint32Array(words.length);
  const next = ends.slice();
  // From behind, so that what is the end of a bucket becomes its start.
  for (let at = words.length - 2; at >= 0; at -= 2) {
    const [low, high] = [words[at] as number, words[at + 1] as number];
    const bucket = place(low, high, prefixBits) >>> (32 - bits);
    const to = (next[bucket] as number) - 2;
    next[bucket] = to;
    sorted[to] = low;
    sorted[to + 1] = high;
  }
  const keys = keysOf(sorted);
  for (let bucket = 0; bucket < ends.length; bucket++) {
    const [from, to] = [next[bucket] as number, ends[bucket] as number];
    if (to - from > LARGE_BUCKET * 2) keys.subarray(from / 2, to / 2).sort();
    else insertionSort(sorted, from, to);
  }
  return sorted;
}

/** The 32 bits of a key after its first `prefixBits`, of which there are at most 16. */
export const place = (low: number, high: number, prefixBits: number): number =>
  prefixBits === 0 ? high : ((high << prefixBits) | (low >>> (32 - prefixBits))) >>> 0;

function bucketEnds(words: KeyWords, prefixBits: number, bits: number): Uint32Array {
  const ends = new Uint32Array(2 ** bits);
  for (let at = 0; at < words.length; at += 2) {
    const bucket = place(words[at] as number, words[at + 1] as number, prefixBits) >>> (32 - bits);
    ends[bucket] = (ends[bucket] as number) + 2;
  }
  for (let bucket = 1; bucket < ends.length; bucket++)
    ends[bucket] = (ends[bucket] as number) + (ends[bucket - 1] as number);
  return ends;
}

function insertionSort(words: KeyWords, from: number, to: number): void {
  for (let at = from + 2; at < to; at += 2) {
    const [low, high] = [words[at] as number, words[at + 1] as number];
    let hole = at;
    while (hole > from) {
      const before = words[hole - 1] as number;
      if (before < high || (before === high && (words[hole - 2] as number) <= low)) break;
      words[hole] = words[hole - 2] as number;
      words[hole + 1] = before;
      hole -= 2;
    }
    words[hole] = low;
    words[hole + 1] = high;
  }
}

/**
 * Of keys with strata in their lowest bits, in order: the different keys, each with the lowest stratum in which it
 * occurs, and how many occur in each.
 */
export interface Distinct {
  readonly words: KeyWords;
  /** By stratum, 16 of them. */
  readonly strata: Uint32Array;
}

/** Drops repetitions from sorted keys, in place. */
export function dropRepetitions(sorted: KeyWords): Distinct {
  const strata = new Uint32Array(16);
  let [end, lastLow, lastHigh] = [0, -1, -1];
  for (let at = 0; at < sorted.length; at += 2) {
    const [low, high] = [sorted[at] as number, sorted[at + 1] as number];
    if (low === lastLow && high === lastHigh) continue;
    const stratum = low & 0xf;
    strata[stratum] = (strata[stratum] as number) + 1;
    // Equal keys of different strata stand beside each other.
    if (end === 0 || high !== lastHigh || low >>> 4 !== lastLow >>> 4) {
      sorted[end] = low;
      sorted[end + 1] = high;
      end += 2;
    }
    [lastLow, lastHigh] = [low, high];
  }
  return { words: sorted.subarray(0, end), strata };
}
