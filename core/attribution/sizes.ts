import { calibrate } from './calibration.ts';
import { type Column, countOf, type Ledger, type Sample } from './evidence.ts';
import { type Extents, type Masks, maskOf } from './extent.ts';
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

/** A sample made ready: what each value stands for, its cohort, and the strata that it may be of. */
interface Ready {
  readonly sample: Sample;
  readonly stands: Float64Array;
  readonly cohort: Uint8Array;
  /** By set the places of the values that it holds; of most sets they are few. */
  readonly members: ReadonlyMap<number, Uint32Array>;
  /** Where values do not show their stratum, as they seem on the day of each node that was asked about. */
  readonly masks: Map<number, Masks>;
}

/** A cut of any stratum: rows, and the squares of what values stand for, by mask and cohort. */
interface Tally {
  /** The masks that occur. */
  readonly masks: readonly number[];
  readonly rows: readonly number[];
  readonly squares: readonly number[];
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
      .map((sample) => {
        const members = membersOf(sample);
        return {
          sample,
          members,
          stands: calibrate(ledger, sample, members, shown),
          first: firstHolders(timeline, (set) => sample.held.get(set)?.column, sample.strata.length),
        };
      });
    const firsts = new Float64Array(timeline.sets.length);
    for (const { first, stands } of samples)
      for (const [v, place] of first.entries())
        firsts[place] = (firsts[place] as number) + (stands[v] as number);
    this.cohortOfFirst = cohortsOf(firsts);
    this.#samples = samples.map(({ first, ...rest }) => ({
      ...rest,
      cohort: Uint8Array.from(first, (place) => this.cohortOfFirst[place] as number),
      masks: new Map(),
    }));
  }

  /** How many different values all sets hold together. */
  everything(): number {
    const sampled = this.#samples.reduce(
      (sum, { stands }) => stands.reduce((total, each) => total + each, sum),
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
    const ready = this.#samples.find(({ sample: { held } }) =>
      [node, ...within].every((set) => held.has(set)),
    );
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
    const ready = this.#samples.find(({ sample: { held } }) =>
      [a.node, ...a.within, b.node, ...b.within].every((set) => held.has(set)),
    );
    if (!ready) return undefined;
    const [ofA, ofB] = [a, b].map((cut) => this.#weights(ready, cut)) as [Float64Array, Float64Array];
    let [apart, all] = [0, 0];
    for (let v = 0; v < ofA.length; v++) {
      const [inA, inB] = [ofA[v] as number, ofB[v] as number];
      apart += (ready.stands[v] as number) * Math.abs(inA - inB);
      all += (ready.stands[v] as number) * Math.max(inA, inB);
    }
    return all > 0 ? apart / all : undefined;
  }

  /** How far each value of a sample belongs to a cut. */
  #weights(ready: Ready, { node, within, stratum }: Cut): Float64Array {
    const chance = stratum === undefined ? () => 1 : this.#extents.stratumChance(node, stratum);
    const weights = new Float64Array(ready.stands.length);
    const others = within.filter((set) => set !== node);
    this.#visit(ready, node, others, (v, weight, mask) => {
      weights[v] = weight * chance(mask);
    });
    return weights;
  }

  #tallyOf(ready: Ready, node: number, within: readonly number[]): Tally {
    const key = `${node}|${within.join()}`;
    let tally = this.#tallies.get(key);
    if (!tally) {
      tally = this.#tally(
        ready,
        node,
        within.filter((set) => set !== node),
      );
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  #tally(ready: Ready, node: number, within: readonly number[]): Tally {
    const { stands, cohort } = ready;
    const places = new Map<number, number>();
    const rows: number[] = [];
    const squares: number[] = [];
    this.#visit(ready, node, within, (v, weight, mask) => {
      let place = places.get(mask);
      if (place === undefined) {
        place = places.size;
        places.set(mask, place);
        rows.push(...NO_COHORTS);
        squares.push(...NO_COHORTS);
      }
      const some = weight * (stands[v] as number);
      const at = place * COHORTS + (cohort[v] as number);
      rows[at] = (rows[at] as number) + some;
      squares[at] = (squares[at] as number) + some * some;
    });
    return { masks: [...places.keys()], rows, squares };
  }

  #masksAt({ sample, masks }: Ready, node: number): Masks {
    const at = this.#shown ? SHOWN : node;
    let known = masks.get(at);
    if (!known) {
      const day = this.#ledger.sets[node]?.day ?? 0;
      known = this.#shown
        ? Uint16Array.from(sample.strata, maskOf)
        : this.#extents.masksOf(day, sample.strata.length, (set) => sample.held.get(set)?.column);
      masks.set(at, known);
    }
    return known;
  }

  /** Every value that a node holds, with how far it lies within extents. */
  #visit(
    ready: Ready,
    node: number,
    within: readonly number[],
    visit: (v: number, weight: number, mask: number) => void,
  ): void {
    const { sample, members } = ready;
    const masks = this.#masksAt(ready, node);
    const column = (set: number | undefined): Column => sample.held.get(set ?? -1)?.column ?? NONE;
    const extents = within.map((set) => {
      const bracket = this.#extents.bracketOf(set);
      const [held, left, right] = [column(set), column(bracket?.left), column(bracket?.right)];
      return { held, left, right, without: this.#extents.without(set, node) };
    });
    for (const v of members.get(node) ?? []) {
      let weight = 1;
      for (const { held, left, right, without } of extents)
        if (held[v] === 0) weight *= without(masks[v] as number, left[v] ?? 0, right[v] ?? 0);
      visit(v, weight, masks[v] as number);
    }
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

function membersOf({ held, ranks }: Sample): Map<number, Uint32Array> {
  const places = Uint32Array.from(ranks.keys());
  return new Map([...held].map(([set, { column }]) => [set, places.filter((v) => column[v] === 1)]));
}

const NONE = new Uint8Array();
const NO_COHORTS: readonly number[] = Array(COHORTS).fill(0);
/** Where the masks are kept that are the same for all nodes. */
const SHOWN = -1;

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
