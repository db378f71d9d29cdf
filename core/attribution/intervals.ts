import { type Component, sourceOf } from './component.ts';
import type { Explained } from './explanation.ts';
import {
  type Cells,
  ELSEWHERE,
  FIRST_ONLY,
  INTACT,
  JOINT,
  MIXED,
  maximize,
  SECOND_ONLY,
  STRANGE,
  type Stream,
  TYPES,
} from './likelihood.ts';

/** An estimate with the bounds of its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A standard normal value is within so much of 0 in 95 of 100 cases. */
const Z = 1.96;
/** The types of rows from outside. */
const STRANGERS = [STRANGE, STRANGE + 1, STRANGE + 2, STRANGE + 3];

/** A share of rows (Wilson, 1927): sound for few rows, and for none. Bounds go out to whole rows. */
export function wilson(count: number, total: number): Interval {
  if (total <= 0) return { value: 0, low: 0, high: 1 };
  const p = Math.min(1, Math.max(0, count / total));
  const z2 = (Z * Z) / total;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = (Z / (1 + z2)) * Math.sqrt((p * (1 - p)) / total + z2 / (4 * total));
  return {
    value: p,
    low: Math.min(p, Math.max(0, Math.floor((centre - half) * total) / total)),
    high: Math.max(p, Math.min(1, Math.ceil((centre + half) * total) / total)),
  };
}

/** The share of all rows that each type takes, over rows of all shapes. */
export function typeShare({ fit: { types }, cells }: Explained, type: number): number {
  const { counts, shape, size } = cells;
  let [sum, total] = [0, 0];
  for (let c = 0; c < size; c++) {
    sum += (counts[c] as number) * (types[(shape[c] as number) * TYPES + type] as number);
    total += counts[c] as number;
  }
  return total > 0 ? sum / total : 0;
}

/**
 * The share of rows that came from the sources at all, whole or in part. Rows of which nothing is known are from
 * outside, but for as many as would have had both parts spoiled, were either spoiled independently; how many these were
 * by chance is uncertain as well.
 */
function fromSources(explained: Explained, effectiveRows: number): Interval {
  const share = (type: number) => typeShare(explained, type);
  const strange = STRANGERS.reduce((sum, type) => sum + share(type), 0);
  const both = (share(FIRST_ONLY) * share(SECOND_ONLY)) / Math.max(1e-9, share(INTACT) + share(MIXED));
  const spoiled = Math.min(strange, both);
  const more = Math.min(strange, wilson(both * effectiveRows, effectiveRows).high) - spoiled;
  const inside = wilson((1 - share(ELSEWHERE) - strange + spoiled) * effectiveRows, effectiveRows);
  return { ...inside, high: Math.min(1, inside.high + Math.max(0, more)) };
}

/** Shares of all rows of which it is hardly told where they came from. */
interface Doubt {
  /** Taken to be of these sources, for one part; the row may as well be a stranger's. */
  readonly taken: number;
  /** Taken to be from outside, although these sources have what they are made of, or a part of it. */
  readonly left: number;
}

/** What is doubtful of some streams: by row as much as these would have given of it, were it from the sources. */
function doubtOf({ cells, fit: { types, densities, shares } }: Explained, own: readonly number[]): Doubt {
  const { size, counts, shape, known, elsewhere, outsideFirst, outsideSecond, streams } = cells;
  const drawn = (c: number, part: 'first' | 'second', of: Iterable<number>) => {
    let sum = 0;
    for (const j of of) sum += (shares[j] as number) * ((streams[j] as Stream)[part][c] as number);
    return sum;
  };
  const partOf = (some: number, all: number) => (all > 0 ? some / all : 0);
  let [taken, left, total] = [0, 0, 0];
  for (let c = 0; c < size; c++) {
    total += counts[c] as number;
    if (shape[c] !== JOINT) continue;
    const [first, second] = [drawn(c, 'first', streams.keys()), drawn(c, 'second', streams.keys())];
    const [ownFirst, ownSecond] = [drawn(c, 'first', own), drawn(c, 'second', own)];
    const [a, b] = [outsideFirst[c] as number, outsideSecond[c] as number];
    const per = (counts[c] as number) / (densities[c] as number);
    taken +=
      per * ((types[FIRST_ONLY] as number) * ownFirst * b + (types[SECOND_ONLY] as number) * a * ownSecond);
    const strange = (types[STRANGE + (known[c] as number)] as number) * a * b;
    const other = first > 0 && second > 0 ? (types[ELSEWHERE] as number) * (elsewhere[c] as number) : 0;
    left += per * (strange + other) * (first > 0 ? partOf(ownFirst, first) : partOf(ownSecond, second));
  }
  return total > 0 ? { taken: taken / total, left: left / total } : { taken: 0, left: 0 };
}

/** The share of rows whose parts were drawn independently of each other. */
export const mixedShare = (explained: Explained, effectiveRows: number): Interval =>
  wilson(typeShare(explained, MIXED) * effectiveRows, effectiveRows);

/**
 * The share of all rows that each source gave, in the order of {@link sourceOf} over the components: by where the
 * likelihood, profiled over all else, has fallen by half the 95 % point of chi-squared, and by how many rows may be of
 * the source or not. These are told source by source: one that is nearly all there is may have given most strangers, and
 * a small one none.
 * @param temper by what the likelihood of a large leak is tempered
 */
export function sourceShares(
  explained: Explained,
  temper: number,
  effectiveRows: number,
): Map<string, Interval> {
  const sources = Map.groupBy(explained.components.keys(), (i) =>
    sourceOf(explained.components[i] as Component),
  );
  const inside = fromSources(explained, effectiveRows);
  return new Map(
    [...sources].map(([source, places]) => {
      const streams = explained.owners.flatMap((owner, stream) => (places.includes(owner) ? [stream] : []));
      const value = places.reduce((sum, i) => sum + (explained.shares[i] as number), 0);
      const within =
        sources.size === 1 ? { value, low: 1, high: 1 } : profile(explained, streams, value, temper);
      const { taken, left } = doubtOf(explained, streams);
      const share = product(within, inside);
      return [
        source,
        { ...share, low: Math.max(0, share.low - taken), high: Math.min(1, share.high + left) },
      ];
    }),
  );
}

function profile(explained: Explained, streams: readonly number[], value: number, temper: number): Interval {
  const most = explained.fit.logLikelihood;
  const isWithin = (share: number) =>
    temper * (most - heldAt(explained.cells, explained, streams, share)) < (Z * Z) / 2;
  const bound = (from: number, to: number) => {
    let [inner, outer] = [from, to];
    for (let step = 0; step < 12; step++) {
      const middle = (inner + outer) / 2;
      if (isWithin(middle)) inner = middle;
      else outer = middle;
    }
    return inner;
  };
  return { value, low: bound(value, 0), high: bound(value, 1) };
}

const heldAt = (cells: Cells, { fit: best }: Explained, streams: readonly number[], share: number): number =>
  maximize(cells, { start: best, fixed: { streams, share } }).logLikelihood;

/** The interval of a product whose factors are independent. */
function product(a: Interval, b: Interval): Interval {
  const value = a.value * b.value;
  const spread = (x: number, y: number) => Math.hypot((a.value - x) * b.value, (b.value - y) * a.value);
  return {
    value,
    low: Math.max(0, value - spread(a.low, b.low)),
    high: Math.min(1, value + spread(a.high, b.high)),
  };
}
