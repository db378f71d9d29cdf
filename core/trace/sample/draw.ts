import type { Sample } from '../../attribution/evidence.ts';
import { BEGINNING_KEYS } from '../../fingerprint/beginnings.ts';
import { KEY_MASK, NO_STRATUM, wordsOf } from '../../fingerprint/filter/order.ts';
import { STRATA } from '../../fingerprint/header.ts';
import type { FieldSet } from '../../fingerprint/sets.ts';
import type { FingerprintSet, Keys } from '../../fingerprint/types.ts';
import type { KnownFile, Weighable } from './weighable.ts';

/** Of a file no more than twice so many fingerprints are drawn: more would hardly make sizes more exact. */
const DRAWN = 8_192;

/** The lowest fingerprints of one file, and the share of all that they are. */
export interface Lowest {
  readonly keys: Keys;
  /** Places in {@link STRATA}. */
  readonly strata: Uint8Array;
  readonly rate: number;
}

/** What is drawn from the sketch of a file: all of it, or so much of it as is below a power of two. */
export async function lowestOf(file: FingerprintSet, set: FieldSet): Promise<Lowest> {
  const { keys: all = 0, bits = 0 } = file.header.sets.find((part) => part.set === set)?.sketch ?? {};
  const fewer = Math.max(0, Math.floor(Math.log2(Math.max(1, all / DRAWN))));
  const least = 1n << BigInt(64 - bits - fewer);
  let { keys, strata } = await file.sketch(set, BEGINNING_KEYS);
  // Nearly never: it takes a file of which twice as many are below as of others.
  if (keys.length < all && (keys.at(-1) as bigint) < least) ({ keys, strata } = await file.sketch(set));
  // In ascending order: those below come first.
  const end = fewer === 0 ? keys.length : keys.findIndex((key) => key >= least);
  const count = end < 0 ? keys.length : end;
  return {
    keys: keys.slice(0, count),
    strata: strata.slice(0, count).map(placeOf),
    rate: 2 ** -(bits + fewer),
  };
}

/** The place in {@link STRATA} of what a row or a sketch has as its stratum. */
export const placeOf = (stratum: number): number => (stratum === NO_STRATUM ? STRATA.length - 1 : stratum);

/** All that was drawn from files of one key, each fingerprint once, in ascending order. */
export interface Drawn {
  readonly keys: Keys;
  readonly strata: Uint8Array;
}

export function together(lowest: readonly Lowest[]): Drawn {
  const all = new BigUint64Array(lowest.reduce((sum, { keys }) => sum + keys.length, 0));
  const words = wordsOf(all);
  let end = 0;
  for (const { keys, strata } of lowest) {
    all.set(keys, end);
    for (let i = 0; i < keys.length; i++, end++)
      words[end * 2] = (words[end * 2] as number) | (strata[i] as number);
  }
  // The lowest bits of a key are free, and strata fit there. So the lowest comes first where files differ, and every file
  // in every order says the same.
  all.sort();
  const strata = new Uint8Array(all.length);
  let count = 0;
  for (let at = 0; at < words.length; at += 2) {
    const [key, high] = [((words[at] as number) & KEY_MASK) >>> 0, words[at + 1] as number];
    if (count > 0 && words[count * 2 - 2] === key && words[count * 2 - 1] === high) continue;
    strata[count] = (words[at] as number) & ~KEY_MASK;
    words[count * 2] = key;
    words[count * 2 + 1] = high;
    count++;
  }
  return { keys: all.slice(0, count), strata: strata.slice(0, count) };
}

/** How files are come by, and how many of them are read at the same time. */
export interface Reading {
  open(this: void, file: KnownFile): FingerprintSet;
  each<T>(this: void, items: readonly T[], visit: (item: T) => Promise<void>): Promise<void>;
}

/** A file with its place among those that are weighed. */
interface Placed {
  readonly place: number;
  readonly file: KnownFile;
}

/**
 * Fingerprints drawn from all files and looked up in all others: by what is held by two of them it is told how many rows
 * they share. Of every file the sketches are read first, and the filters once all was drawn.
 */
export async function drawAll({ files, drawn }: Weighable, reading: Reading): Promise<Sample[]> {
  const placed = files.map((file, place) => ({ place, file }));
  // Under another key the same value has another fingerprint.
  const byKey = Map.groupBy(placed, ({ file }) => file.compared.header.keyCheck);
  const samples: Sample[] = [];
  for (const [, ofKey] of [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)))
    samples.push(...(await draw(drawn, ofKey, reading)));
  return samples;
}

async function draw(
  drawn: readonly FieldSet[],
  files: readonly Placed[],
  { open, each }: Reading,
): Promise<Sample[]> {
  const lowest = drawn.map((fields) => ({ fields, of: new Map<number, Lowest>() }));
  // One field set after the other: the filters of all at once would not fit the memory, where files are large.
  await each(files, async ({ place, file }) => {
    const opened = open(file);
    for (const { fields, of } of lowest) of.set(place, await lowestOf(opened, fields));
  });
  const asked = lowest.map(({ fields, of }) => ({
    fields,
    of,
    ...together([...of.values()]),
    held: new Map<number, { column: Uint8Array; rate: number }>(),
  }));
  await each(files, async ({ place, file }) => {
    const opened = open(file);
    for (const { fields, of, keys, held } of asked) {
      const { rate } = of.get(place) as Lowest;
      held.set(place, { column: await opened.contains(fields, keys), rate });
    }
  });
  return asked.map(({ fields, keys, strata, held }) => ({
    fields,
    ranks: Float64Array.from(keys, (key) => Number(key) / 2 ** 64),
    strata,
    held: new Map([...held].sort(([a], [b]) => a - b)),
  }));
}
