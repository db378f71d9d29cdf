import { dropRepetitions, type KeyWords, sortKeys } from '../../fingerprint/filter/order.ts';
import type { RowKeys } from '../../fingerprint/sample.ts';

/*
 * Rows are counted as a crowd: by their different values. Were copies of one row counted, whoever hides them among
 * strangers would read from any count whether that one is known.
 */

/** Worked out once for a sample, however many files there are. */
interface Crowd {
  /** Of each row the place of its value among all that are different; undefined where no two rows have the same. */
  readonly ranks: Uint32Array | undefined;
  /** How many different values the rows have that have one. */
  readonly size: number;
}

const known = new WeakMap<RowKeys, Crowd>();

function crowdOf(keys: RowKeys): Crowd {
  const before = known.get(keys);
  if (before) return before;
  const ranks = ranksOf(keys);
  const crowd = { ranks, size: counted(keys.present, ranks)[1] as number };
  known.set(keys, crowd);
  return crowd;
}

/** By sorting: a table of a million values takes several times as long. */
function ranksOf({ words }: RowKeys): Uint32Array | undefined {
  const values = dropRepetitions(sortKeys(words, 0)).words;
  if (values.length === words.length) return undefined;
  const ranks = new Uint32Array(words.length / 2);
  for (let row = 0; row < ranks.length; row++)
    ranks[row] = rankOf(words[row * 2] as number, words[row * 2 + 1] as number, values);
  return ranks;
}

/** @param values in ascending order, this one among them */
function rankOf(low: number, high: number, values: KeyWords): number {
  let [from, to] = [0, values.length / 2 - 1];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const itsHigh = values[middle * 2 + 1] as number;
    if (itsHigh < high || (itsHigh === high && (values[middle * 2] as number) < low)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** How many different values there are. */
export const crowdSize = (keys: RowKeys): number => crowdOf(keys).size;

/**
 * How many different values the rows have that are marked alike, by mark.
 * @param marks of each row a number from 1 to 7, or 0 for a row that does not count
 */
export const different = (marks: Uint8Array, keys: RowKeys): Uint32Array =>
  counted(marks, crowdOf(keys).ranks);

function counted(marks: Uint8Array, ranks: Uint32Array | undefined): Uint32Array {
  const counts = new Uint32Array(8);
  // Of each value the marks that were counted with it, a bit each.
  const seen = ranks && new Uint8Array(marks.length);
  for (let row = 0; row < marks.length; row++) {
    const mark = marks[row] as number;
    if (mark === 0) continue;
    if (seen) {
      const rank = ranks[row] as number;
      const before = seen[rank] as number;
      if ((before >>> mark) & 1) continue;
      seen[rank] = before | (1 << mark);
    }
    counts[mark] = (counts[mark] as number) + 1;
  }
  return counts;
}
