import { Coder } from './coder.ts';
import { type Component, cutsOf, keyOf } from './component.ts';
import type { Column, Patterns, Satellite } from './evidence.ts';
import { type Masks, maskOf } from './extent.ts';
import { leavesOf } from './hints.ts';
import type { Known } from './known.ts';
import { FIRST, JOINT, SECOND } from './likelihood.ts';
import { COHORTS, type Cut, firstHolders, type Sizes } from './sizes.ts';

/** How often a text differs although row and set speak of the same person, who moved or is spelled otherwise. */
export const TEXT_DIFFERS = 0.05;
/** Densities of parts that no set holds, on a scale that is the same for all explanations. */
const UNSEEN = [1e-10, 1e-13] as const;

/** What the densities of a pattern are made of: the whole row, or either part by itself. */
type Aspect = 'whole' | 'first' | 'second';

/** The densities of the patterns under a component, told apart where they differ. */
export interface Profile {
  readonly component: Component;
  readonly codes: Uint16Array;
  readonly whole: readonly number[];
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** By cohort by what the densities of whole rows are multiplied; only of tilted components. */
  readonly tilt: Float64Array | undefined;
  /** Values of the sample behind the tilt. */
  readonly sampled: number;
}

/** What is the same under every explanation. */
export interface Base {
  readonly codes: Uint16Array;
  readonly values: readonly {
    shape: number;
    elsewhere: number;
    first: number;
    second: number;
    known: number;
    stray: number;
  }[];
}

/** The patterns of a leak before the known sets. */
export class Rows {
  readonly known: Known;
  readonly patterns: Patterns;
  readonly total: number;
  readonly shape: Uint8Array;
  readonly cohort: Uint8Array;
  readonly base: Base;
  /** The strata that rows show, and those that their first parts may be of on the day of a node. */
  readonly #masks: Masks;
  readonly #firstMasks = new Map<number, Masks>();
  readonly #profiles = new Map<string, Profile>();
  readonly #within = new Map<string, Float32Array>();
  readonly #leaves = new Map<string, Uint16Array>();

  constructor(known: Known, patterns: Patterns) {
    this.known = known;
    this.patterns = patterns;
    this.total = patterns.counts.reduce((sum, count) => sum + count, 0);
    const { parts, whole } = known.ledger.layout;
    const [hasFirst, hasSecond] = parts.map((part) => patterns.present.get(part));
    this.shape = Uint8Array.from({ length: patterns.size }, (_, i) => {
      if (parts.length === 0) return FIRST;
      return hasFirst?.[i] ? (hasSecond?.[i] ? JOINT : FIRST) : SECOND;
    });
    this.#masks = Uint16Array.from(patterns.strata, maskOf);
    const held = this.#held(whole);
    const first = firstHolders(known.timeline, (set) => held[set], patterns.size);
    this.cohort = Uint8Array.from(first, (place) => known.sizes.cohortOfFirst[place] as number);
    this.base = this.#baseOf();
  }

  /** The density of each pattern as one intact row of a component; of a tilted one, as if it were not. */
  densities(component: Component): Float64Array {
    const whole = this.#density(component, 'whole');
    if (this.shape.every((shape) => shape === JOINT)) return whole;
    const first = this.#density(component, 'first');
    const second = this.#density(component, 'second');
    return whole.map(
      (each, i) => [each, first[i] as number, second[i] as number][this.shape[i] as number] as number,
    );
  }

  profile(component: Component): Profile {
    const key = keyOf(component);
    const known = this.#profiles.get(key);
    if (known) return known;
    const profile = this.#profileOf(component);
    this.#profiles.set(key, profile);
    return profile;
  }

  #profileOf(component: Component): Profile {
    const whole = this.#density(component, 'whole');
    const first = this.#density(component, 'first');
    const second = this.#density(component, 'second');
    const coder = new Coder();
    const codes = Uint16Array.from(whole, (density, i) =>
      coder.code(density, first[i] as number, second[i] as number),
    );
    const sizes = cutsOf(component).map(({ cut, weight }) => ({ ...this.known.sizes.sizeOf(cut), weight }));
    const sum = (of: (size: (typeof sizes)[number]) => number) =>
      sizes.reduce((total, size) => total + of(size), 0);
    const rows = sum(({ rows, weight }) => rows * weight);
    const cohorts = Float64Array.from({ length: COHORTS }, (_, g) =>
      sum((size) => size.weight * (size.cohorts[g] as number)),
    );
    return {
      component,
      codes,
      whole: coder.tuples.map(([value]) => value),
      first: coder.tuples.map(([, value]) => value),
      second: coder.tuples.map(([, , value]) => value),
      tilt: component.tilted ? cohorts.map((each) => rows / each) : undefined,
      sampled: sum(({ sampled, weight }) => sampled * weight),
    };
  }

  #density(component: Component, aspect: Aspect): Float64Array {
    const density = new Float64Array(this.patterns.size);
    let rows = 0;
    for (const { cut, weight } of cutsOf(component)) {
      rows += weight * this.#sizes(aspect).sizeOf(cut).rows;
      this.#addHeld(density, cut, aspect, weight);
    }
    return density.map((each) => each / rows);
  }

  #masksAt(aspect: Aspect, node: number): Masks {
    const { layout, sets } = this.known.ledger;
    const [first] = layout.parts;
    if (aspect !== 'first' || first === undefined) return this.#masks;
    let masks = this.#firstMasks.get(node);
    if (!masks) {
      const held = this.#held(first);
      masks = this.known.extents.masksOf(sets[node]?.day ?? 0, this.patterns.size, (set) => held[set]);
      this.#firstMasks.set(node, masks);
    }
    return masks;
  }

  #sizes(aspect: Aspect): Sizes {
    const { known } = this;
    return aspect === 'whole' ? known.sizes : known[aspect];
  }

  #addHeld(density: Float64Array, { node, within, stratum }: Cut, aspect: Aspect, weight: number): void {
    const { layout } = this.known.ledger;
    const fields = this.#fieldsOf(aspect);
    const held = this.#held(fields)[node];
    if (!held) return;
    const masks = this.#masksAt(aspect, node);
    const extents = within
      .filter((set) => set !== node)
      .map((set) => this.#withinOf(aspect, set, node, masks));
    const texts = layout.satellites
      .filter(({ part }) => aspect === 'whole' || part === (aspect === 'first' ? 0 : 1))
      .map((satellite) => this.#textOf(satellite, node));
    const chance = stratum === undefined ? undefined : this.known.extents.stratumChance(node, stratum);
    for (let i = 0; i < density.length; i++) {
      if (!held[i]) continue;
      let value = chance ? weight * chance(masks[i] as number) : weight;
      if (value === 0) continue;
      for (const extent of extents) value *= extent[i] as number;
      for (const text of texts) value *= text[i] as number;
      density[i] = (density[i] as number) + value;
    }
  }

  #fieldsOf(aspect: Aspect): string {
    const { whole, parts } = this.known.ledger.layout;
    if (aspect === 'whole' || parts.length === 0) return whole;
    return parts[aspect === 'first' ? 0 : 1];
  }

  #held(fields: string): readonly Column[] {
    return this.patterns.held.get(fields) ?? [];
  }

  #withinOf(aspect: Aspect, set: number, node: number, masks: Masks): Float32Array {
    const { extents } = this.known;
    const fields = this.#fieldsOf(aspect);
    // What a first part may be depends on the day of the node.
    const key = `${fields}|${set}|${masks === this.#masks ? (extents.seenBy(set, node) ?? '') : `at ${node}`}`;
    const known = this.#within.get(key);
    if (known) return known;
    const columns = this.#held(fields);
    const bracket = extents.bracketOf(set);
    const [held, left, right] = [columns[set], columns[bracket?.left ?? -1], columns[bracket?.right ?? -1]];
    const without = extents.without(set, node, this.#sizes(aspect).hintsOf(set));
    const leaves = this.#leavesOf(aspect, set);
    const within = Float32Array.from(masks, (mask, i) =>
      held?.[i] ? 1 : without(mask, left?.[i] ?? 0, right?.[i] ?? 0, leaves[i] as number),
    );
    this.#within.set(key, within);
    return within;
  }

  /** By pattern to what leaf of the hints on a transfer's extent its values lead. */
  #leavesOf(aspect: Aspect, transfer: number): Uint16Array {
    const fields = this.#fieldsOf(aspect);
    const key = `${fields}|${transfer}`;
    let leaves = this.#leaves.get(key);
    if (!leaves) {
      const held = this.#held(fields);
      const { size } = this.patterns;
      leaves = leavesOf(this.#sizes(aspect).hintsOf(transfer), size, (set) =>
        this.known.extents.answersOf(set, size, (other) => held[other]),
      );
      this.#leaves.set(key, leaves);
    }
    return leaves;
  }

  #textOf({ set }: Satellite, node: number): Float64Array {
    const present = this.patterns.present.get(set);
    const held = this.#held(set)[node];
    return Float64Array.from({ length: this.patterns.size }, (_, i) =>
      present?.[i] ? (held?.[i] ? 1 - TEXT_DIFFERS : TEXT_DIFFERS) : 1,
    );
  }

  #baseOf(): Base {
    const { layout, falsePositives } = this.known.ledger;
    const { sizes, first, second } = this.known;
    const universe = sizes.everything();
    const parts = [first.everything(), second.everything()] as const;
    const any = (fields: string) => countHeld(this.#held(fields), this.patterns.size);
    const wholes = any(layout.whole);
    const [firsts = wholes, seconds = wholes] = layout.parts.map(any);
    const texts = layout.satellites.map(({ set, part }) => ({
      part,
      present: this.patterns.present.get(set),
      seen: any(set),
    }));
    const smallest = this.#smallestHolders();
    const coder = new Coder();
    const codes = Uint16Array.from({ length: this.patterns.size }, (_, i) => {
      const spelled = (part?: 0 | 1) =>
        texts.reduce(
          (product, text) =>
            !text.present?.[i] || (part !== undefined && text.part !== part)
              ? product
              : product * (text.seen[i] ? 1 - TEXT_DIFFERS : TEXT_DIFFERS),
          1,
        );
      const outside = (seen: Uint16Array, part: 0 | 1) =>
        (seen[i] ? 1 / parts[part] : UNSEEN[part]) * spelled(part);
      return coder.code(
        this.shape[i] as number,
        wholes[i] ? spelled() / universe : 0,
        outside(firsts, 0),
        outside(seconds, 1),
        (firsts[i] ? 1 : 0) | (seconds[i] ? 2 : 0),
        wholes[i] === 1 ? falsePositives / (smallest[i] as number) : 0,
      );
    });
    const values = coder.tuples.map(([shape, elsewhere, first, second, known, stray]) => ({
      shape,
      elsewhere,
      first,
      second,
      known,
      stray,
    }));
    return { codes, values: values as Base['values'] };
  }

  /** By pattern the size of the smallest set that holds the whole row, to a power of two. */
  #smallestHolders(): Float64Array {
    const { sets, layout } = this.known.ledger;
    const smallest = new Float64Array(this.patterns.size).fill(Number.POSITIVE_INFINITY);
    for (const [k, held] of this.#held(layout.whole).entries()) {
      const size = 2 ** Math.round(Math.log2(Math.max(1, sets[k]?.distinct[layout.whole] ?? 1)));
      for (let i = 0; i < smallest.length; i++)
        if (held[i] && size < (smallest[i] as number)) smallest[i] = size;
    }
    return smallest;
  }
}

function countHeld(columns: readonly Column[], size: number): Uint16Array {
  const counts = new Uint16Array(size);
  for (const column of columns)
    for (let i = 0; i < size; i++) counts[i] = (counts[i] as number) + (column[i] as number);
  return counts;
}
