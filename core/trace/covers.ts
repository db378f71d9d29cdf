import { type Bits, bitAt, both, isNone, minus, NONE, ones, placesIn, sizeOf } from './bits.ts';

/** What a search may cost before it stops and says that it is not complete. */
export interface SearchLimits {
  /** Sets looked at as the next member of a cover; one costs some tens of nanoseconds. */
  readonly steps: number;
  readonly covers: number;
}

export interface CoverSearch {
  /** Each cover as ascending places in the given sets; smaller covers first. */
  readonly covers: readonly (readonly number[])[];
  /** All irredundant covers of at most so many members are among `covers`. */
  readonly completeToSize: number;
  /** Whether these are all irredundant covers of any size. */
  readonly complete: boolean;
}

/**
 * All irredundant covers of `target` by the given distinct, non-empty subsets of it: collections whose union is the
 * target, while each member holds an element that no other member holds.
 *
 * Covers of one member are searched first, then of two, and so on, so that a search that meets its limits is still
 * complete up to a size. A search for one size takes the uncovered element that the fewest sets hold and branches on
 * the sets that hold it. Each branch leaves out the sets of the branches before it, so no cover is found twice; and
 * it ends as soon as a member has no element of its own, for further members never give one back.
 *
 * A search that meets its limits with nothing found still gives one cover. The sets must together hold the target.
 */
export function irredundantCovers(target: Bits, sets: readonly Bits[], limits: SearchLimits): CoverSearch {
  if (isNone(target)) return { covers: [], completeToSize: 0, complete: true };
  const search = new Search(target, sets, limits);
  for (let size = 1; size <= sizeOf(target); size++) {
    const outcome = search.ofSize(size);
    if (outcome === 'stopped') {
      const covers = search.covers.length > 0 ? search.covers : [greedyCover(target, sets)];
      return { covers, completeToSize: size - 1, complete: false };
    }
    if (outcome === 'nothing-larger') break;
  }
  // Every member holds an element of its own, so no irredundant cover has more members than the target has elements.
  return { covers: search.covers, completeToSize: sizeOf(target), complete: true };
}

class Search {
  readonly covers: number[][] = [];
  readonly #target: Bits;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  /** The elements of the target, the rarest first, each with the places of the sets that hold it. */
  readonly #elements: readonly Element[];
  readonly #widest: number;
  readonly #limits: SearchLimits;
  #steps = 0;

  /** The members chosen so far, and the element that each was chosen for. */
  readonly #chosen: number[] = [];
  readonly #chosenFor: Bits[] = [];
  #size = 0;
  #cutOff = false;

  constructor(target: Bits, sets: readonly Bits[], limits: SearchLimits) {
    this.#target = target;
    this.#limits = limits;
    this.#low = Int32Array.from(sets, ({ low }) => low);
    this.#high = Int32Array.from(sets, ({ high }) => high);
    this.#widest = Math.max(1, ...new Set(sets.map(sizeOf)));
    this.#elements = elementsOf(target, this.#low, this.#high).sort(
      (a, b) => a.holders.length - b.holders.length,
    );
  }

  /** Finds the covers of exactly so many members. */
  ofSize(size: number): 'done' | 'nothing-larger' | 'stopped' {
    this.#size = size;
    this.#cutOff = false;
    if (!this.#extend(0, 0, 0, 0)) return 'stopped';
    return this.#cutOff ? 'done' : 'nothing-larger';
  }

  /**
   * Tries every further member. `once` and `again` hold the elements covered, and those covered more than once.
   * @returns false when a limit is met
   */
  #extend(onceLow: number, onceHigh: number, againLow: number, againHigh: number): boolean {
    const room = this.#size - this.#chosen.length;
    const openLow = this.#target.low & ~onceLow;
    const openHigh = this.#target.high & ~onceHigh;
    if (ones(openLow) + ones(openHigh) > room * this.#widest) {
      this.#cutOff = true;
      return true;
    }
    const element = this.#elements.find(({ low, high }) => (openLow & low) !== 0 || (openHigh & high) !== 0);
    if (element === undefined) return true;
    for (const place of element.holders) {
      if (++this.#steps > this.#limits.steps) return false;
      if (this.#belongsToEarlierBranch(place)) continue;
      const low = this.#low[place] ?? 0;
      const high = this.#high[place] ?? 0;
      const closes = (openLow & ~low) === 0 && (openHigh & ~high) === 0;
      if (!closes && room === 1) {
        this.#cutOff = true;
        continue;
      }
      // A cover of fewer members was found in the round of its own size.
      if (closes && room > 1) continue;
      const nowAgainLow = againLow | (onceLow & low);
      const nowAgainHigh = againHigh | (onceHigh & high);
      if (this.#someMemberIsSpare(nowAgainLow, nowAgainHigh)) continue;

      this.#chosen.push(place);
      this.#chosenFor.push(element);
      const goesOn = closes
        ? this.#keep()
        : this.#extend(onceLow | low, onceHigh | high, nowAgainLow, nowAgainHigh);
      this.#chosen.pop();
      this.#chosenFor.pop();
      if (!goesOn) return false;
    }
    return true;
  }

  #keep(): boolean {
    if (this.covers.length >= this.#limits.covers) return false;
    this.covers.push([...this.#chosen].sort((a, b) => a - b));
    return true;
  }

  #belongsToEarlierBranch(place: number): boolean {
    const low = this.#low[place] ?? 0;
    const high = this.#high[place] ?? 0;
    return this.#chosen.some((chosen, depth) => {
      const element = this.#chosenFor[depth];
      return (
        place < chosen && element !== undefined && ((low & element.low) !== 0 || (high & element.high) !== 0)
      );
    });
  }

  #someMemberIsSpare(againLow: number, againHigh: number): boolean {
    return this.#chosen.some(
      (place) => ((this.#low[place] ?? 0) & ~againLow) === 0 && ((this.#high[place] ?? 0) & ~againHigh) === 0,
    );
  }
}

/** One irredundant cover: always the set that holds most of what is open, and then without what became spare. */
function greedyCover(target: Bits, sets: readonly Bits[]): number[] {
  const chosen: number[] = [];
  for (let open = target; !isNone(open); ) {
    let best = 0;
    let most = 0;
    sets.forEach((set, place) => {
      const size = sizeOf(both(set, open));
      if (size > most) [best, most] = [place, size];
    });
    if (most === 0) throw new RangeError('the sets do not cover the target');
    chosen.push(best);
    open = minus(open, sets[best] ?? NONE);
  }
  let needed = chosen;
  for (const place of chosen.toReversed()) {
    const others = needed.filter((other) => other !== place);
    if (isNone(others.map((other) => sets[other] ?? NONE).reduce(minus, target))) needed = others;
  }
  return needed.sort((a, b) => a - b);
}

interface Element extends Bits {
  readonly holders: number[];
}

/** The elements of the target, and the places of the sets that hold each. */
function elementsOf(target: Bits, lows: Int32Array, highs: Int32Array): Element[] {
  const elements: Element[] = [];
  for (const place of placesIn(target)) {
    const { low, high } = bitAt(place);
    const holders: number[] = [];
    for (let at = 0; at < lows.length; at++)
      if (((lows[at] ?? 0) & low) !== 0 || ((highs[at] ?? 0) & high) !== 0) holders.push(at);
    elements.push({ low, high, holders });
  }
  return elements;
}
