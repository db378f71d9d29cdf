/**
 * How probable the rows of a leak are under one explanation, and the shares that make them most probable.
 *
 * A row is intact, of one source; or known elsewhere; or mixed, its parts drawn from the sources independently; or one
 * part is of a source and the other from outside; or both are from outside, and neither, the first, the second or both are
 * known to some set. What stands for "outside" has a density of its own, the same for every explanation. How many of the
 * strangers the ledger knows is not fixed: were it, those that nobody knows would make rows that were re-mixed seem strange.
 */
export const INTACT = 0;
export const ELSEWHERE = 1;
export const MIXED = 2;
export const FIRST_ONLY = 3;
export const SECOND_ONLY = 4;
/** The first of four, by {@link Cells.known}. */
export const STRANGE = 5;
export const TYPES = STRANGE + 4;

/** Which fields the rows have: both parts, or only one of them. Rows without parts count as the first. */
export const JOINT = 0;
export const FIRST = 1;
export const SECOND = 2;
export const SHAPES = 3;

/** The density of rows of one cell under one source (or a part of it): as a whole, and of either part alone. */
export interface Stream {
  readonly whole: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * Streams of one source of which rows were taken by age: parts, each of as many streams as there are cohorts, one after
 * the other. How much more often rows of a cohort were taken than of another is the same in all parts.
 */
export interface Tilt {
  readonly parts: readonly {
    /** The place of the stream of the first cohort. */
    readonly at: number;
    /** By cohort its share of the part's rows. */
    readonly cohorts: Float64Array;
  }[];
}

/** Rows that no source of an explanation tells apart, with the densities that do not depend on its sources. */
export interface Cells {
  readonly size: number;
  readonly counts: Float64Array;
  readonly shape: Uint8Array;
  readonly elsewhere: Float64Array;
  readonly outsideFirst: Float64Array;
  readonly outsideSecond: Float64Array;
  /** Which parts are known to any set at all: 1 for the first, 2 for the second, together 3. */
  readonly known: Uint8Array;
  /** What a mixed row gets when one set claims, falsely, to hold it whole. */
  readonly stray: Float64Array;
  readonly streams: readonly Stream[];
  readonly tilts: readonly Tilt[];
}

export interface Fit {
  readonly logLikelihood: number;
  /** The share of each stream in what comes from sources. */
  readonly shares: Float64Array;
  /** The share of each type of row, by shape. */
  readonly types: Float64Array;
  /** The density of a row of each cell. */
  readonly densities: Float64Array;
  readonly steps: number;
}

interface Fixed {
  readonly streams: readonly number[];
  readonly share: number;
}

export interface FitOptions {
  readonly start?: { readonly shares: Float64Array; readonly types: Float64Array };
  /** Streams whose share together is held at a value. */
  readonly fixed?: Fixed;
  readonly steps?: number;
  /** Stops once a step gains less. */
  readonly tolerance?: number;
  /** Told of the likelihood before each step. */
  readonly watch?: (logLikelihood: number) => void;
}

const START = [0.6, 0.1, 0.1, 0.07, 0.07, 0.015, 0.015, 0.015, 0.015];

/** Expectation-maximization: no step lowers the likelihood. */
export function maximize(cells: Cells, options: FitOptions = {}): Fit {
  const { streams } = cells;
  const { steps = 400, tolerance = 1e-3, fixed, watch } = options;
  let shares: Float64Array =
    options.start?.shares.slice() ?? new Float64Array(streams.length).fill(1 / streams.length);
  if (fixed) shares = hold(shares, fixed);
  let types: Float64Array =
    options.start?.types.slice() ??
    Float64Array.from({ length: SHAPES * TYPES }, (_, i) => START[i % TYPES] as number);
  const densities = new Float64Array(cells.size);
  const taken = cells.tilts.map((tilt) => takenOf(tilt, shares));
  let last = Number.NEGATIVE_INFINITY;
  for (let step = 0; ; step++) {
    const sums = expect(cells, shares, types, densities);
    watch?.(sums.logLikelihood);
    if (step >= steps || sums.logLikelihood - last < tolerance)
      return { logLikelihood: sums.logLikelihood, shares, types, densities, steps: step };
    last = sums.logLikelihood;
    types = normalizedBy(sums.types, TYPES, types);
    if (streams.length > 0) {
      shares = normalizedBy(sums.draws, streams.length, shares);
      for (const [i, tilt] of cells.tilts.entries()) tie(shares, tilt, taken[i] as Float64Array);
      if (fixed) shares = hold(shares, fixed);
    }
  }
}

/** One pass: the likelihood, and how many draws from each stream and rows of each type are to be expected. */
function expect(cells: Cells, shares: Float64Array, types: Float64Array, densities: Float64Array) {
  const { streams } = cells;
  const draws = new Float64Array(streams.length);
  const typeSums = new Float64Array(types.length);
  let logLikelihood = 0;
  for (let c = 0; c < cells.size; c++) {
    const count = cells.counts[c] as number;
    const shape = cells.shape[c] as number;
    const at = shape * TYPES;
    let whole = 0;
    let first = 0;
    let second = 0;
    for (let j = 0; j < streams.length; j++) {
      const share = shares[j] as number;
      const stream = streams[j] as Stream;
      whole += share * (stream.whole[c] as number);
      first += share * (stream.first[c] as number);
      second += share * (stream.second[c] as number);
    }
    const outsideFirst = cells.outsideFirst[c] as number;
    const outsideSecond = cells.outsideSecond[c] as number;
    const t = (type: number) => types[at + type] as number;
    if (shape !== JOINT) {
      const inside = shape === FIRST ? first : second;
      const intact = t(INTACT) * inside;
      const elsewhere = t(ELSEWHERE) * (shape === FIRST ? outsideFirst : outsideSecond);
      const density = intact + elsewhere;
      densities[c] = density;
      logLikelihood += count * Math.log(density);
      const per = count / density;
      typeSums[at + INTACT] = (typeSums[at + INTACT] as number) + intact * per;
      typeSums[at + ELSEWHERE] = (typeSums[at + ELSEWHERE] as number) + elsewhere * per;
      if (inside > 0)
        for (let j = 0; j < streams.length; j++) {
          const stream = streams[j] as Stream;
          const own = (shape === FIRST ? stream.first[c] : stream.second[c]) as number;
          draws[j] = (draws[j] as number) + ((shares[j] as number) * own * intact * per) / inside;
        }
      continue;
    }
    const intact = t(INTACT) * whole;
    const elsewhere = t(ELSEWHERE) * (cells.elsewhere[c] as number);
    const joined = t(MIXED) * first * second;
    const mixed = joined + t(MIXED) * (cells.stray[c] as number);
    const firstOnly = t(FIRST_ONLY) * first * outsideSecond;
    const secondOnly = t(SECOND_ONLY) * outsideFirst * second;
    const stranger = STRANGE + (cells.known[c] as number);
    const strange = t(stranger) * outsideFirst * outsideSecond;
    const density = intact + elsewhere + mixed + firstOnly + secondOnly + strange;
    densities[c] = density;
    logLikelihood += count * Math.log(density);
    const per = count / density;
    add(typeSums, at + INTACT, intact * per);
    add(typeSums, at + ELSEWHERE, elsewhere * per);
    add(typeSums, at + MIXED, mixed * per);
    add(typeSums, at + FIRST_ONLY, firstOnly * per);
    add(typeSums, at + SECOND_ONLY, secondOnly * per);
    add(typeSums, at + stranger, strange * per);
    const ofWhole = whole > 0 ? (intact * per) / whole : 0;
    const ofFirst = first > 0 ? ((joined + firstOnly) * per) / first : 0;
    const ofSecond = second > 0 ? ((joined + secondOnly) * per) / second : 0;
    for (let j = 0; j < streams.length; j++) {
      const stream = streams[j] as Stream;
      const expected =
        (stream.whole[c] as number) * ofWhole +
        (stream.first[c] as number) * ofFirst +
        (stream.second[c] as number) * ofSecond;
      draws[j] = (draws[j] as number) + (shares[j] as number) * expected;
    }
  }
  return { logLikelihood, draws, types: typeSums };
}

const add = (sums: Float64Array, at: number, value: number): void => {
  sums[at] = (sums[at] as number) + value;
};

/** Each block of sums as shares; a block without any keeps the shares that it had. */
function normalizedBy(sums: Float64Array, block: number, before: Float64Array): Float64Array {
  const shares = sums.slice();
  for (let at = 0; at < sums.length; at += block) {
    let total = 0;
    for (let i = at; i < at + block; i++) total += sums[i] as number;
    for (let i = at; i < at + block; i++)
      shares[i] = total > 0 ? (sums[i] as number) / total : (before[i] as number);
  }
  return shares;
}

/** By cohort how often its rows were taken, up to a factor: as the shares of the largest part tell it. */
function takenOf({ parts }: Tilt, shares: Float64Array): Float64Array {
  const sizeOf = ({ at, cohorts }: Tilt['parts'][number]) =>
    cohorts.reduce((sum, _, g) => sum + (shares[at + g] as number), 0);
  const largest = parts.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
  const size = sizeOf(largest);
  return largest.cohorts.map((cohort, g) =>
    size > 0 ? (shares[largest.at + g] as number) / (size * cohort) : 1,
  );
}

/**
 * Brings the shares of streams to where cohorts were taken equally often in all parts. As for Bradley-Terry models no
 * step lowers the likelihood (Hunter, "MM Algorithms", Annals of Statistics 32, 2004).
 */
function tie(shares: Float64Array, { parts }: Tilt, taken: Float64Array): void {
  if (parts.length < 2) return;
  const drawn = new Float64Array(taken.length);
  const expected = new Float64Array(taken.length);
  const sizes = parts.map(({ at, cohorts }) => {
    const mean = cohorts.reduce((sum, cohort, g) => sum + cohort * (taken[g] as number), 0);
    const size = cohorts.reduce((sum, _, g) => sum + (shares[at + g] as number), 0);
    for (const [g, cohort] of cohorts.entries()) {
      drawn[g] = (drawn[g] as number) + (shares[at + g] as number);
      if (mean > 0) expected[g] = (expected[g] as number) + (size * cohort) / mean;
    }
    return size;
  });
  for (const [g, some] of drawn.entries())
    if ((expected[g] as number) > 0) taken[g] = some / (expected[g] as number);
  for (const [j, { at, cohorts }] of parts.entries()) {
    const mean = cohorts.reduce((sum, cohort, g) => sum + cohort * (taken[g] as number), 0);
    if (mean > 0)
      for (const [g, cohort] of cohorts.entries())
        shares[at + g] = ((sizes[j] as number) * cohort * (taken[g] as number)) / mean;
  }
}

/** Shares brought to where those of some streams sum to what is wanted. */
function hold(shares: Float64Array, { streams, share }: Fixed): Float64Array {
  const chosen = new Set(streams);
  const now = streams.reduce((sum, stream) => sum + (shares[stream] as number), 0);
  const others = shares.length - chosen.size;
  return shares.map((each, stream) =>
    chosen.has(stream)
      ? now > 0
        ? (each * share) / now
        : share / chosen.size
      : now < 1
        ? (each * (1 - share)) / (1 - now)
        : (1 - share) / others,
  );
}
