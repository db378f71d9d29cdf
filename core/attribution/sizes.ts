import { type Column, countOf, type Ledger } from './evidence.ts';
import type { Extents } from './extent.ts';
import { type Hints, NO_HINTS } from './hints.ts';
import { Sampled } from './sampled.ts';
import type { Timeline } from './timeline.ts';

/** Rows of a set, cut down: to those within the extents of transfers, and to one stratum. */
export interface Cut {
  readonly node: number;
  /** Transfers whose extents the rows lie within, ascending. */
  readonly within: readonly number[];
  /** Place in the ledger's strata. */
  readonly stratum?: number | undefined;
}

export interface Size {
  readonly rows: number;
  /** Whether the ledger's own counts say it, without a sample. */
  readonly exact: boolean;
  /** Rows by cohort: by the first of the complete sets that holds them, in {@link COHORTS} groups. */
  readonly cohorts: Float64Array;
  /** How many values of the sample it is estimated from, were all equally dense. */
  readonly sampled: number;
}

export const COHORTS = 12;

/** A sample, with the cohort of each value. */
interface Ready {
  readonly sampled: Sampled;
  readonly cohort: Uint8Array;
}

/** A cut of any stratum: rows, and the squares of what values stand for, by mask and cohort. */
interface Tally {
  /** The masks that occur. */
  readonly masks: readonly number[];
  readonly rows: Float64Array;
  readonly squares: Float64Array;
}

/** How many values of a field set there are in cuts of sets: by the ledger's counts, otherwise from the samples. */
export class Sizes {
  readonly #ledger: Ledger;
  readonly #extents: Extents;
  readonly #fields: string;
  readonly #shown: boolean;
  readonly #samples: readonly Ready[];
  readonly #tallies = new Map<string, Tally>();
  readonly #sizes = new Map<string, Size>();
  /** By complete set, in the order of the timeline, into which cohort falls what it is the first to hold. */
  readonly cohortOfFirst: Uint8Array;

  /**
   * @param fields the field set whose values are counted
   * @param shown whether a value shows its stratum; else it is taken from the sets that hold it
   */
  constructor(ledger: Ledger, timeline: Timeline, extents: Extents, fields: string, shown: boolean) {
    this.#ledger = ledger;
    this.#extents = extents;
    this.#fields = fields;
    this.#shown = shown;
    const samples = ledger.samples
      .filter((sample) => sample.fields === fields)
      .map((each) => {
        const sampled = new Sampled(ledger, extents, each, shown);
        return { sampled, first: firstHolders(timeline, (set) => sampled.columnOf(set), sampled.size) };
      });
    const firsts = new Float64Array(timeline.sets.length);
    for (const { sampled, first } of samples)
      for (const [v, place] of first.entries())
        firsts[place] =
          (firsts[place] as number) + (sampled.counts[v] as number) * (sampled.stands[v] as number);
    this.cohortOfFirst = cohortsOf(firsts);
    this.#samples = samples.map(({ first, sampled }) => ({
      sampled,
      cohort: Uint8Array.from(first, (place) => this.cohortOfFirst[place] as number),
    }));
  }

  /** How many different values all sets hold together. */
  everything(): number {
    const sampled = this.#samples.reduce(
      (sum, { sampled: { counts, stands } }) =>
        stands.reduce((total, each, v) => total + (counts[v] as number) * each, sum),
      0,
    );
    return Math.max(1, sampled, ...this.#ledger.sets.map((set) => countOf(set, this.#fields)));
  }

  sizeOf(cut: Cut): Size {
    const key = `${cut.node}|${cut.within.join()}|${cut.stratum ?? ''}`;
    let size = this.#sizes.get(key);
    if (!size) {
      size = this.#estimate(cut);
      this.#sizes.set(key, size);
    }
    return size;
  }

  #estimate(cut: Cut): Size {
    const { node, within, stratum } = cut;
    const exact = within.every((set) => set === node) && (stratum === undefined || this.#shown);
    const ready = this.#samples.find(({ sampled }) => sampled.holdsAll([node, ...within]));
    if (!ready) return { ...this.#independent(cut), exact };
    const tally = this.#tallyOf(ready, node, within);
    const chance = stratum === undefined ? () => 1 : this.#extents.stratumChance(node, stratum);
    const cohorts = new Float64Array(COHORTS);
    let [rows, squares] = [0, 0];
    for (const [code, mask] of tally.masks.entries()) {
      const weight = chance(mask);
      for (let g = 0, at = code * COHORTS; g < COHORTS; g++, at++) {
        const some = weight * (tally.rows[at] as number);
        cohorts[g] = (cohorts[g] as number) + some;
        rows += some;
        squares += weight * weight * (tally.squares[at] as number);
      }
    }
    const sampled = squares > 0 ? (rows * rows) / squares : 0;
    const known = Math.max(1, exact ? this.#exact(node, stratum) : rows);
    // As if each cohort had half a value more, lest one seem empty.
    const least = rows > 0 ? rows / sampled / 2 : 1;
    return {
      rows: known,
      exact,
      sampled,
      cohorts: cohorts.map((each) => ((each + least) / (rows + COHORTS * least)) * known),
    };
  }

  /** Of the values of two cuts, the share by which they differ; nothing without a common sample. */
  difference(a: Cut, b: Cut): number | undefined {
    const ready = this.#samples.find(({ sampled }) =>
      sampled.holdsAll([a.node, ...a.within, b.node, ...b.within]),
    );
    if (!ready) return undefined;
    const { sampled } = ready;
    const [ofA, ofB] = [a, b].map((cut) => this.#weights(sampled, cut)) as [Float64Array, Float64Array];
    let [apart, all] = [0, 0];
    for (let v = 0; v < ofA.length; v++) {
      const [inA, inB] = [ofA[v] as number, ofB[v] as number];
      const stands = (sampled.counts[v] as number) * (sampled.stands[v] as number);
      apart += stands * Math.abs(inA - inB);
      all += stands * Math.max(inA, inB);
    }
    return all > 0 ? apart / all : undefined;
  }

  /** What other transfers tell of rows that a transfer cannot know. */
  hintsOf(transfer: number): Hints {
    return (
      this.#samples.find(({ sampled }) => sampled.holdsAll([transfer]))?.sampled.hintsOf(transfer) ?? NO_HINTS
    );
  }

  /** How far each value of a sample belongs to a cut. */
  #weights(sampled: Sampled, { node, within, stratum }: Cut): Float64Array {
    const chance = stratum === undefined ? () => 1 : this.#extents.stratumChance(node, stratum);
    const masks = sampled.masksAt(node);
    const weights = new Float64Array(sampled.size);
    const inside = sampled.inside(node, within);
    for (const [i, v] of sampled.membersOf(node).entries())
      weights[v] = (inside[i] as number) * chance(masks[v] as number);
    return weights;
  }

  #tallyOf(ready: Ready, node: number, within: readonly number[]): Tally {
    const key = `${node}|${within.join()}`;
    let tally = this.#tallies.get(key);
    if (!tally) {
      tally = this.#tally(ready, node, within);
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  #tally(ready: Ready, node: number, within: readonly number[]): Tally {
    const { sampled, cohort } = ready;
    const masks = sampled.masksAt(node);
    const own = sampled.membersOf(node);
    const inside = sampled.inside(node, within);
    const places = new Int32Array(2 ** this.#ledger.strata.length).fill(-1);
    const found: number[] = [];
    for (const v of own) {
      const mask = masks[v] as number;
      if ((places[mask] as number) < 0) places[mask] = found.push(mask) - 1;
    }
    const rows = new Float64Array(found.length * COHORTS);
    const squares = new Float64Array(found.length * COHORTS);
    for (let i = 0; i < own.length; i++) {
      const v = own[i] as number;
      const some = (inside[i] as number) * (sampled.stands[v] as number);
      const at = (places[masks[v] as number] as number) * COHORTS + (cohort[v] as number);
      const count = sampled.counts[v] as number;
      rows[at] = (rows[at] as number) + count * some;
      squares[at] = (squares[at] as number) + count * some * some;
    }
    return { masks: found, rows, squares };
  }

  #exact(set: number, stratum: number | undefined): number {
    const { sets, strata } = this.#ledger;
    return countOf(sets[set], this.#fields, stratum === undefined ? undefined : strata[stratum]);
  }

  /** Without a common sample extents are taken to be independent of each other within a stratum. */
  #independent({ node, within, stratum }: Cut): Omit<Size, 'exact'> {
    let rows = 0;
    for (const s of this.#ledger.strata.keys())
      if (stratum === undefined || s === stratum)
        rows += within
          .filter((set) => set !== node)
          .reduce(
            (product, set) => product * (this.#extents.shareOf(set)[s] as number),
            this.#exact(node, s),
          );
    return { rows: Math.max(1, rows), cohorts: new Float64Array(COHORTS).fill(rows / COHORTS), sampled: 100 };
  }
}

/** The place in the timeline of the first set that holds each value; the last place for what none holds. */
export function firstHolders(
  timeline: Timeline,
  columnOf: (set: number) => Column | undefined,
  size: number,
): Uint16Array {
  const first = new Uint16Array(size).fill(Math.max(0, timeline.sets.length - 1));
  for (let place = timeline.sets.length - 1; place >= 0; place--) {
    const column = columnOf(timeline.sets[place] as number);
    if (column) for (let i = 0; i < size; i++) if (column[i]) first[i] = place;
  }
  return first;
}

/** Cohorts of equal size, from how many rows each complete set is the first to hold. What the first of all holds is one. */
function cohortsOf(firsts: Float64Array): Uint8Array {
  const cohorts = new Uint8Array(Math.max(1, firsts.length));
  const rest = Math.max(1, firsts.reduce((sum, count) => sum + count, 0) - (firsts[0] ?? 0));
  let sum = 0;
  for (let place = 1; place < firsts.length; place++) {
    cohorts[place] = 1 + Math.min(COHORTS - 2, Math.floor((sum / rest) * (COHORTS - 1)));
    sum += firsts[place] as number;
  }
  return cohorts;
}
