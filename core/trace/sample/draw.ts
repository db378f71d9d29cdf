import type { Sample } from '../../attribution/evidence.ts';
import { NO_STRATUM } from '../../fingerprint/filter/order.ts';
import { STRATA } from '../../fingerprint/header.ts';
import type { FieldSet } from '../../fingerprint/sets.ts';
import type { FingerprintSet, Keys } from '../../fingerprint/types.ts';

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

/** @param held by the place of a file in the ledger which of the fingerprints drawn its filter knows */
export function sampleOf(
  fields: FieldSet,
  { keys, strata }: Drawn,
  held: ReadonlyMap<number, { column: Uint8Array; rate: number }>,
): Sample {
  return {
    fields,
    ranks: Float64Array.from(keys, (key) => Number(key) / 2 ** 64),
    strata,
    held: new Map([...held].sort(([a], [b]) => a - b)),
  };
}
