import type { Sample } from '../../attribution/evidence.ts';
import { NO_STRATUM } from '../../fingerprint/filter/order.ts';
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
  const { keys, strata, bits } = await file.sketch(set);
  const fewer = Math.max(0, Math.floor(Math.log2(Math.max(1, keys.length / DRAWN))));
  const least = 1n << BigInt(64 - bits - fewer);
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
  const strata = new Map<bigint, number>();
  for (const { keys, strata: own } of lowest)
    for (const [i, key] of keys.entries()) {
      const before = strata.get(key);
      // The lowest, where files differ: so every file in every order says the same.
      if (before === undefined || before > (own[i] as number)) strata.set(key, own[i] as number);
    }
  const keys = BigUint64Array.from(strata.keys()).sort();
  return { keys, strata: Uint8Array.from(keys, (key) => strata.get(key) as number) };
}

/** How files are come by, and how many of them at the same time. */
export interface Reading {
  open(this: void, file: KnownFile): Promise<FingerprintSet>;
  each<T>(this: void, items: readonly T[], visit: (item: T) => Promise<void>): Promise<void>;
}

/** A file with its place among those that are weighed. */
interface Placed {
  readonly place: number;
  readonly file: KnownFile;
}

/**
 * Fingerprints drawn from all files and looked up in all others: by what is held by two of them it is told how many rows
 * they share. Every file is read for each field set twice.
 */
export async function drawAll({ files, drawn }: Weighable, reading: Reading): Promise<Sample[]> {
  const placed = files.map((file, place) => ({ place, file }));
  // Under another key the same value has another fingerprint.
  const byKey = Map.groupBy(placed, ({ file }) => file.compared.header.keyCheck);
  const samples: Sample[] = [];
  for (const [, ofKey] of [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const set of drawn) samples.push(await draw(set, ofKey, reading));
  return samples;
}

async function draw(fields: FieldSet, files: readonly Placed[], { open, each }: Reading): Promise<Sample> {
  const lowest = new Map<number, Lowest>();
  await each(files, async ({ place, file }) => {
    lowest.set(place, await lowestOf(await open(file), fields));
  });
  const { keys, strata } = together([...lowest.values()]);
  const held = new Map<number, { column: Uint8Array; rate: number }>();
  await each(files, async ({ place, file }) => {
    const column = await (await open(file)).contains(fields, keys);
    held.set(place, { column, rate: (lowest.get(place) as Lowest).rate });
  });
  return {
    fields,
    ranks: Float64Array.from(keys, (key) => Number(key) / 2 ** 64),
    strata,
    held: new Map([...held].sort(([a], [b]) => a - b)),
  };
}
