/**
 * A set of up to 60 names as two 30-bit integers: the integer operators of JavaScript end at 32 bits, and a pass over
 * 100,000 transfers has no time for bigint.
 */
export interface Bits {
  readonly low: number;
  readonly high: number;
}

export const MAX_NAMES = 60;
const HALF = 30;

export const NONE: Bits = { low: 0, high: 0 };

export const isNone = ({ low, high }: Bits): boolean => low === 0 && high === 0;
export const sameBits = (a: Bits, b: Bits): boolean => a.low === b.low && a.high === b.high;
export const union = (a: Bits, b: Bits): Bits => ({ low: a.low | b.low, high: a.high | b.high });
export const minus = (a: Bits, b: Bits): Bits => ({ low: a.low & ~b.low, high: a.high & ~b.high });
export const both = (a: Bits, b: Bits): Bits => ({ low: a.low & b.low, high: a.high & b.high });
export const sizeOf = ({ low, high }: Bits): number => ones(low) + ones(high);

/** One key for one set, cheap where only the first 30 names are in use. */
export const keyOf = ({ low, high }: Bits): number | string => (high === 0 ? low : `${high}:${low}`);

/** A total order of sets. */
export const byBits = (a: Bits, b: Bits): number => a.high - b.high || a.low - b.low;

/** How many bits of a 32-bit integer are set (Warren, Hacker's Delight, 5-1). */
export function ones(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The names that bits stand for: bit n is the n-th of them. */
export class Names<Name extends string> {
  readonly all: readonly Name[];
  readonly #places: ReadonlyMap<string, number>;

  /** @throws RangeError for more than {@link MAX_NAMES} names */
  constructor(names: readonly Name[]) {
    if (names.length > MAX_NAMES) throw new RangeError(`at most ${MAX_NAMES} names: ${names.length}`);
    this.all = names;
    this.#places = new Map(names.map((name, place) => [name, place]));
  }

  /** Those of the names that are among the values. */
  among(values: readonly string[]): Bits {
    let low = 0;
    let high = 0;
    for (const value of values) {
      const place = this.#places.get(value);
      if (place === undefined) continue;
      if (place < HALF) low |= 1 << place;
      else high |= 1 << (place - HALF);
    }
    return low === 0 && high === 0 ? NONE : { low, high };
  }

  namesOf(bits: Bits): Name[] {
    return placesIn(bits).flatMap((place) => this.all[place] ?? []);
  }

  everything(): Bits {
    return this.among(this.all);
  }
}

/** The set of only the name at a place. */
export const bitAt = (place: number): Bits =>
  place < HALF ? { low: 1 << place, high: 0 } : { low: 0, high: 1 << (place - HALF) };

/** The places of the names in a set, ascending. */
export function placesIn({ low, high }: Bits): number[] {
  const places: number[] = [];
  for (let rest = low; rest !== 0; rest &= rest - 1) places.push(31 - Math.clz32(rest & -rest));
  for (let rest = high; rest !== 0; rest &= rest - 1) places.push(HALF + 31 - Math.clz32(rest & -rest));
  return places;
}
