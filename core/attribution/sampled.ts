import { calibrate } from './calibration.ts';
import { type Condensed, condense } from './condense.ts';
import type { Column, Ledger, Sample } from './evidence.ts';
import { type Extents, type Masks, maskOf } from './extent.ts';
import { type Answers, HELD, type Hints, learn, leavesOf } from './hints.ts';

const NO_PLACES = new Uint32Array();
/** Where the masks are kept that are the same for all nodes. */
const SHOWN = -1;

/** Values drawn from all sets of one key, made ready: what each stands for, and how far it lies within extents. */
export class Sampled {
  readonly #ledger: Ledger;
  readonly #extents: Extents;
  readonly #shown: boolean;
  readonly #sample: Condensed;
  /** By set the places of the values that it holds; of most sets they are few. */
  readonly #members: ReadonlyMap<number, Uint32Array>;
  readonly #masks = new Map<number, Masks>();
  readonly #answers = new Map<number, Answers>();
  readonly #hints = new Map<number, Hints>();
  readonly #leaves = new Map<number, Uint16Array>();
  /** By value how many of the sample it is, and how many rows each of these stands for. */
  readonly counts: Float64Array;
  readonly stands: Float64Array;

  /** @param shown whether a value shows its stratum; else it is taken from the sets that hold it */
  constructor(ledger: Ledger, extents: Extents, sample: Sample, shown: boolean) {
    this.#ledger = ledger;
    this.#extents = extents;
    this.#shown = shown;
    this.#sample = condense(sample, shown);
    this.#members = membersOf(this.#sample);
    this.counts = this.#sample.counts;
    this.stands = calibrate(ledger, this.#sample, this.#members, shown);
  }

  get size(): number {
    return this.counts.length;
  }

  holdsAll(sets: readonly number[]): boolean {
    return sets.every((set) => this.#sample.held.has(set));
  }

  columnOf(set: number): Column | undefined {
    return this.#sample.held.get(set)?.column;
  }

  membersOf(set: number): Uint32Array {
    return this.#members.get(set) ?? NO_PLACES;
  }

  /** The strata that values may be of, as it seems on the day of a node. */
  masksAt(node: number): Masks {
    const at = this.#shown ? SHOWN : node;
    let known = this.#masks.get(at);
    if (!known) {
      const day = this.#ledger.sets[node]?.day ?? 0;
      known = this.#shown
        ? Uint16Array.from(this.#sample.strata, maskOf)
        : this.#extents.masksOf(day, this.size, (set) => this.columnOf(set));
      this.#masks.set(at, known);
    }
    return known;
  }

  /** How far each of the values that a node holds lies within extents. A loop an extent: a search asks for thousands. */
  inside(node: number, within: readonly number[]): Float64Array {
    const own = this.membersOf(node);
    const masks = this.masksAt(node);
    const none = new Uint8Array(this.size);
    const column = (set: number | undefined): Column => this.columnOf(set ?? -1) ?? none;
    const weights = new Float64Array(own.length).fill(1);
    for (const set of within) {
      if (set === node) continue;
      const bracket = this.#extents.bracketOf(set);
      const [inside, left, right] = [column(set), column(bracket?.left), column(bracket?.right)];
      const without = this.#extents.without(set, node, this.hintsOf(set));
      const leaves = this.#leavesOf(set);
      for (let i = 0; i < own.length; i++) {
        const v = own[i] as number;
        if (inside[v] === 0)
          weights[i] =
            (weights[i] as number) *
            without(masks[v] as number, left[v] as number, right[v] as number, leaves[v] as number);
      }
    }
    return weights;
  }

  /** What other transfers tell of values that a transfer cannot know. */
  hintsOf(transfer: number): Hints {
    let hints = this.#hints.get(transfer);
    if (!hints) {
      hints = this.#learn(transfer);
      this.#hints.set(transfer, hints);
    }
    return hints;
  }

  #learn(transfer: number): Hints {
    const bracket = this.#extents.bracketOf(transfer);
    // As it seems on the day of the frame before: the search asks for that anyway.
    const masks = this.masksAt(bracket?.left ?? transfer);
    const known = this.#answersOf(transfer);
    const [left, right] = [bracket?.left, bracket?.right].map((set) => this.columnOf(set ?? -1));
    const kindOf = new Map<number, number>();
    const shares: number[] = [];
    const kinds: number[] = [];
    const places: number[] = [];
    for (let v = 0; v < this.size; v++) {
      if (!left?.[v] || !right?.[v]) continue;
      const mask = masks[v] as number;
      const kind = kindOf.get(mask) ?? shares.push(this.#extents.shareAmong(transfer, mask)) - 1;
      kindOf.set(mask, kind);
      const share = shares[kind] as number;
      // Of a stratum of which it holds all or nothing there is nothing to learn.
      if (share <= 0 || share >= 1) continue;
      kinds.push(kind);
      places.push(v);
    }
    const telling = this.#extents.tellingOf(transfer).filter((set) => this.#sample.held.has(set));
    const stand = (power: number) =>
      Float64Array.from(places, (v) => (this.counts[v] as number) * (this.stands[v] as number) ** power);
    return learn({
      shares: Float64Array.from(shares),
      kinds: Uint16Array.from(kinds),
      weights: stand(1),
      squares: stand(2),
      held: Uint8Array.from(places, (v) => Number(known[v] === HELD)),
      places: Uint32Array.from(places),
      answers: new Map(telling.map((set) => [set, this.#answersOf(set)])),
    });
  }

  #leavesOf(transfer: number): Uint16Array {
    let leaves = this.#leaves.get(transfer);
    if (!leaves) {
      leaves = leavesOf(this.hintsOf(transfer), this.size, (set) => this.#answersOf(set));
      this.#leaves.set(transfer, leaves);
    }
    return leaves;
  }

  #answersOf(transfer: number): Answers {
    let known = this.#answers.get(transfer);
    if (!known) {
      known = this.#extents.answersOf(transfer, this.size, (set) => this.columnOf(set));
      this.#answers.set(transfer, known);
    }
    return known;
  }
}

function membersOf({ held, counts }: Condensed): Map<number, Uint32Array> {
  const places = Uint32Array.from(counts.keys());
  return new Map([...held].map(([set, { column }]) => [set, places.filter((v) => column[v] === 1)]));
}
