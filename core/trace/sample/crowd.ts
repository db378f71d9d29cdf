import type { RowKeys } from '../../fingerprint/sample.ts';

/*
 * Rows are counted as a crowd: by their different values. Were copies of one row counted, whoever hides them among
 * strangers would read from any count whether that one is known.
 */

const known = new WeakMap<RowKeys, Uint32Array>();

/** Of each row the first row that has the same value. Worked out once for a sample, however many files there are. */
export function firstRows(keys: RowKeys): Uint32Array {
  const before = known.get(keys);
  if (before) return before;
  const { words, present } = keys;
  const values = new BigUint64Array(words.buffer, words.byteOffset, present.length);
  const firsts = new Map<bigint, number>();
  const result = Uint32Array.from(values, (value, row) => {
    const first = firsts.get(value);
    if (first === undefined) firsts.set(value, row);
    return first ?? row;
  });
  known.set(keys, result);
  return result;
}

/** How many different values the rows that `flags` marks have. */
export function different(flags: Uint8Array, keys: RowKeys): number {
  const firsts = firstRows(keys);
  const seen = new Uint8Array(flags.length);
  let count = 0;
  for (let row = 0; row < flags.length; row++) {
    const first = firsts[row] as number;
    if (flags[row] === 0 || seen[first] === 1) continue;
    seen[first] = 1;
    count++;
  }
  return count;
}
