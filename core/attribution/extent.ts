import { type Column, countOf, type Ledger } from './evidence.ts';
import { type Answers, HELD, type Hints, lifted, NOT_HELD, UNKNOWN } from './hints.ts';
import { between, COMPLETE, dayAt, type Timeline } from './timeline.ts';

/** Share of the rows within its extent that a set does not hold, spoiled or lost on the way. */
const MISSED = 0.004;
/** A set with this share of its rows in one stratum holds that stratum alone. */
const SINGLE = 0.99;

/**
 * The strata that a value may be of, a bit each by their place in the ledger's strata. A row shows its stratum; of a
 * number alone it follows, if at all, from the sets that hold it.
 */
export type Masks = Uint16Array;

export const maskOf = (stratum: number): number => 1 << stratum;

/**
 * How probable it is that a row lies within an extent: by the strata that it may be of, by whether the complete sets
 * before and after hold it, and by the leaf to which what other transfers tell of it leads.
 */
export type Without = (mask: number, inLeft: number, inRight: number, leaf: number) => number;

/**
 * How probable it is that rows lie within the extent of a transfer (its area, operator, list, …) which nobody wrote
 * down: rows that it holds do; rows that were in use on its day and that it does not hold hardly do; of the others it is
 * the share that the transfer held of their stratum, more or less by what other transfers tell of them.
 */
export class Extents {
  readonly #ledger: Ledger;
  readonly #timeline: Timeline;
  readonly #firstAlike: readonly number[];
  readonly #shares = new Map<number, Float64Array>();
  readonly #without = new Map<Hints, Map<string, Without>>();

  #single: readonly { set: number; stratum: number; all: boolean }[] | undefined;

  /** @param firstAlike by place the first transfer of the same extract */
  constructor(ledger: Ledger, timeline: Timeline, firstAlike: readonly number[]) {
    this.#ledger = ledger;
    this.#timeline = timeline;
    this.#firstAlike = firstAlike;
  }

  /** The complete sets around the day of a transfer, if there are any. */
  bracketOf(transfer: number): { left: number; right: number } | undefined {
    return this.#timeline.around(dayAt(this.#ledger.sets, transfer));
  }

  /** The day on which rows of a node were in use, where it lies between the complete sets around a transfer. */
  seenBy(transfer: number, node: number): number | undefined {
    const { sets } = this.#ledger;
    const bracket = this.bracketOf(transfer);
    const day = dayAt(sets, node);
    return bracket && day > dayAt(sets, bracket.left) && day < dayAt(sets, bracket.right) ? day : undefined;
  }

  /** That a row lies within the extent of a transfer which does not hold it, although `node` does. */
  without(transfer: number, node: number, hints: Hints): Without {
    let known = this.#without.get(hints);
    if (!known) {
      known = new Map();
      this.#without.set(hints, known);
    }
    const key = `${transfer}|${this.seenBy(transfer, node) ?? ''}`;
    let without = known.get(key);
    if (!without) {
      without = this.#withoutOf(transfer, node, hints);
      known.set(key, without);
    }
    return without;
  }

  #withoutOf(transfer: number, node: number, { lifts }: Hints): Without {
    const { sets, strata } = this.#ledger;
    const bracket = this.bracketOf(transfer);
    if (!bracket) return () => 0;
    const days = {
      at: dayAt(sets, transfer),
      left: dayAt(sets, bracket.left),
      right: dayAt(sets, bracket.right),
    };
    const seen = this.seenBy(transfer, node);
    const chances: Float64Array[] = [];
    return (mask, inLeft, inRight, leaf) => {
      let own = chances[leaf];
      if (!own) {
        own = new Float64Array(4 << strata.length).fill(-1);
        chances[leaf] = own;
      }
      const place = (mask << 2) | (inRight << 1) | inLeft;
      const known = own[place] as number;
      if (known >= 0) return known;
      const alive = aliveAt(days, inLeft === 1, inRight === 1, seen);
      const chance = unheld(lifted(this.shareAmong(transfer, mask), lifts[leaf] as number), alive);
      own[place] = chance;
      return chance;
    };
  }

  /**
   * Transfers that may tell of rows which another cannot know: of each extract one; none of everybody, which tells
   * nothing, and none of the same days, which cannot know them either.
   */
  tellingOf(transfer: number): number[] {
    const own = this.bracketOf(transfer);
    return [...this.#ledger.sets.keys()].filter((set) => {
      if (this.#ledger.sets[set]?.kind !== 'transfer' || this.#firstAlike[set] !== set) return false;
      const { left, right } = this.bracketOf(set) ?? {};
      return !this.#timeline.holdsAll(set) && (left !== own?.left || right !== own?.right);
    });
  }

  /** What a transfer says of values: those that the complete sets before and after it hold it could have held. */
  answersOf(transfer: number, size: number, columnOf: (set: number) => Column | undefined): Answers {
    const bracket = this.bracketOf(transfer);
    const [own, left, right] = [transfer, bracket?.left ?? -1, bracket?.right ?? -1].map(columnOf);
    const answers = new Uint8Array(size);
    for (let i = 0; i < size; i++)
      answers[i] = own?.[i] ? HELD : left?.[i] && right?.[i] ? NOT_HELD : UNKNOWN;
    return answers;
  }

  /** By stratum, the share of the rows in use on its day that a transfer held. */
  shareOf(transfer: number): Float64Array {
    const cached = this.#shares.get(transfer);
    if (cached) return cached;
    const { sets, strata, layout } = this.#ledger;
    const all = this.#inUse(transfer);
    const shares = Float64Array.from(strata, (stratum, s) =>
      (all[s] as number) > 0
        ? Math.min(1, countOf(sets[transfer], layout.whole, stratum) / (all[s] as number))
        : 0,
    );
    this.#shares.set(transfer, shares);
    return shares;
  }

  /** By stratum, the rows in use on the day of a transfer, as the complete sets around it tell. */
  #inUse(transfer: number): Float64Array {
    const { sets, strata, layout } = this.#ledger;
    const bracket = this.bracketOf(transfer);
    const [left, right] = [sets[bracket?.left ?? -1], sets[bracket?.right ?? -1]];
    if (!left || !right) return new Float64Array(strata.length);
    const along = right.day === left.day ? 0 : (dayAt(sets, transfer) - left.day) / (right.day - left.day);
    const inside = Math.min(1, Math.max(0, along));
    return Float64Array.from(strata, (s) =>
      between(countOf(left, layout.whole, s), countOf(right, layout.whole, s), inside),
    );
  }

  /** Of the rows in use on its day that may be of some strata, the share that a transfer held. */
  shareAmong(transfer: number, mask: number): number {
    const shares = this.shareOf(transfer);
    const all = this.#inUse(transfer);
    let [held, total] = [0, 0];
    for (let s = 0; s < shares.length; s++)
      if (mask & maskOf(s)) {
        held += (shares[s] as number) * (all[s] as number);
        total += all[s] as number;
      }
    return total > 0 ? held / total : 0;
  }

  /**
   * The strata that numbers may be of on about a day, by the sets that hold them: some hold one stratum alone, or all of
   * it. A number may pass to another stratum, so the sets nearest to the day have the first word.
   */
  masksOf(day: number, size: number, held: (set: number) => Column | undefined): Masks {
    const masks = new Uint16Array(size).fill(2 ** this.#ledger.strata.length - 1);
    const narrow = (i: number, mask: number) => {
      if ((masks[i] as number) & mask) masks[i] = (masks[i] as number) & mask;
    };
    const far = ({ set }: { set: number }) => Math.abs(dayAt(this.#ledger.sets, set) - day);
    for (const { set, stratum, all } of this.#ofOneStratum().toSorted((a, b) => far(a) - far(b))) {
      const column = held(set);
      if (!column) continue;
      const bracket = this.bracketOf(set);
      const [left, right] = [held(bracket?.left ?? -1), held(bracket?.right ?? -1)];
      for (let i = 0; i < size; i++)
        if (column[i]) narrow(i, maskOf(stratum));
        else if (all && left?.[i] && right?.[i]) narrow(i, ~maskOf(stratum));
    }
    return masks;
  }

  /** Transfers that hold one stratum alone, and whether they hold all of it. */
  #ofOneStratum(): readonly { set: number; stratum: number; all: boolean }[] {
    const { sets, strata, layout } = this.#ledger;
    this.#single ??= [...sets.keys()].flatMap((set) => {
      const rows = Math.max(1, countOf(sets[set], layout.whole));
      const stratum = strata.findIndex((s) => countOf(sets[set], layout.whole, s) >= SINGLE * rows);
      return stratum < 0 ? [] : [{ set, stratum, all: (this.shareOf(set)[stratum] as number) > COMPLETE }];
    });
    return this.#single;
  }

  /** How probable it is that a value of a set is of a stratum, by the strata that it may be of. */
  stratumChance(set: number, stratum: number): (mask: number) => number {
    const { sets, strata, layout } = this.#ledger;
    const rows = strata.map((s) => countOf(sets[set], layout.whole, s));
    const chances = new Map<number, number>();
    return (mask) => {
      let chance = chances.get(mask);
      if (chance === undefined) {
        const total = rows.reduce((sum, each, s) => sum + (mask & maskOf(s) ? each : 0), 0);
        chance = mask & maskOf(stratum) && total > 0 ? (rows[stratum] as number) / total : 0;
        chances.set(mask, chance);
      }
      return chance;
    };
  }
}

/** That a row is within an extent although its transfer does not hold it. */
function unheld(share: number, alive: number): number {
  const held = share * alive * (1 - MISSED);
  return share > held ? (share - held) / (1 - held) : 0;
}

/**
 * How probable it is that a row was in use on a day, by whether the sets before and after hold it, when rows come up and
 * go evenly in between. `seen` is a day between them on which it was in use.
 */
function aliveAt(
  days: { at: number; left: number; right: number },
  inLeft: boolean,
  inRight: boolean,
  seen: number | undefined,
): number {
  const { at, left, right } = days;
  if (inLeft && inRight) return 1;
  if (left === right || at <= left) return inLeft ? 1 : 0;
  if (at >= right) return inRight ? 1 : 0;
  const since = (at - left) / ((seen !== undefined && inRight && seen > at ? seen : right) - left);
  const to = (right - at) / (right - (seen !== undefined && inLeft && seen < at ? seen : left));
  if (inRight) return seen !== undefined && seen <= at ? 1 : since;
  if (inLeft) return seen !== undefined && seen >= at ? 1 : to;
  return seen === undefined ? 0 : 1 - Math.abs(at - seen) / (right - left);
}
