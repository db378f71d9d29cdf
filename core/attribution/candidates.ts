import { type Component, isSized, keyOf, recorded } from './component.ts';
import { type CopyForm, copiesOf, unrecordedOn } from './copies.ts';
import type { Explained } from './explanation.ts';
import type { Known } from './known.ts';
import type { Rows } from './rows.ts';
import { dayAt } from './timeline.ts';

/** A component, and how much it would add to an explanation as a rough first guess. */
export interface Candidate {
  readonly component: Component;
  readonly gain: number;
}

/** Of the copies of one extent, so many days are added at a time. */
const DAYS_ADDED = 3;
/** So many transfers' extents are looked at, those first whose transfers explain most by themselves. */
const EXTENTS = 30;

interface Dense {
  readonly component: Component;
  readonly densities: Float64Array;
}

/** The components that a search may add, with their densities at hand. */
export class Candidates {
  readonly #rows: Rows;
  readonly #pool = new Map<string, Dense>();
  /** The copies of all days: of everything, of each stratum, and of the extents of transfers. */
  readonly #general: readonly (readonly Dense[])[];
  #ofExtents: readonly (readonly Dense[])[] | undefined;

  /** All transfers, whole or in one stratum. The copies come with {@link widen}. */
  constructor(rows: Rows) {
    this.#rows = rows;
    const { known, patterns } = rows;
    const { sets } = known.ledger;
    const cuts = [undefined, ...[...new Set(patterns.strata)].sort((a, b) => a - b)];
    const whole = known
      .transfers()
      .flatMap((set) => cuts.map((stratum) => recorded(set, dayAt(sets, set), { stratum })));
    for (const dense of this.#dense(whole)) this.#add(dense);
    this.#general = cuts.map((stratum) => this.#dense(copiesOf(known, { stratum })));
  }

  #dense(components: readonly Component[]): Dense[] {
    return components
      .filter((component) => isSized(this.#rows.known, component))
      .map((component) => ({ component, densities: this.#rows.densities(component) }));
  }

  #add(dense: Dense): void {
    this.#pool.set(keyOf(dense.component), dense);
  }

  /** Adds, of each extent, the copies of the days that add most to an explanation. */
  widen(explained: Explained): void {
    this.#ofExtents ??= this.#copiesOfExtents(explained);
    const inverse = inverseOf(explained);
    for (const copies of [...this.#general, ...this.#ofExtents]) {
      const gains = copies.map((dense) => ({ dense, gain: this.#gain(dense.densities, inverse) }));
      for (const { dense } of gains.sort((a, b) => b.gain - a.gain).slice(0, DAYS_ADDED)) this.#add(dense);
    }
  }

  #copiesOfExtents(explained: Explained): Dense[][] {
    const { timeline } = this.#rows.known;
    const transfers = this.best(explained).flatMap(({ component: { kind, left } }) =>
      kind === 'recorded' && !timeline.holdsAll(left) ? [left] : [],
    );
    const extents = [...new Set(transfers)].slice(0, EXTENTS);
    return extents.map((set) => this.#dense(copiesOf(this.#rows.known, { within: [set] })));
  }

  /** All components, whether they add to anything or not. */
  get all(): Candidate[] {
    return [...this.#pool.values()].map(({ component }) => ({ component, gain: 0 }));
  }

  /** The components that add to an explanation, of all and of `further` ones; those that add most first. */
  best(explained: Explained, further: readonly Component[] = []): Candidate[] {
    const taken = new Set(explained.components.map(keyOf));
    const inverse = inverseOf(explained);
    const found: Candidate[] = [];
    for (const [key, { component, densities }] of this.#pool)
      if (!taken.has(key)) found.push({ component, gain: this.#gain(densities, inverse) });
    const others = further.filter((component) => !taken.has(keyOf(component)));
    return ordered([...found, ...others.map((component) => this.#gainOfOne(component, inverse))]);
  }

  /** Those of some components that add to an explanation; those that add most first. */
  gainsOf(explained: Explained, components: readonly Component[]): Candidate[] {
    const inverse = inverseOf(explained);
    return ordered(components.map((component) => this.#gainOfOne(component, inverse)));
  }

  #gainOfOne(component: Component, inverse: Float64Array): Candidate {
    return { component, gain: this.#gain(this.#rows.densities(component), inverse) };
  }

  #gain(densities: Float64Array, inverse: Float64Array): number {
    return gainOf(densities, inverse, this.#rows.patterns.counts, this.#rows.total);
  }
}

const ordered = (candidates: readonly Candidate[]): Candidate[] =>
  candidates.filter(({ gain }) => gain > 0).sort((a, b) => b.gain - a.gain);

/** One by the density of each pattern. */
const inverseOf = ({ cellOf, fit }: Explained): Float64Array =>
  Float64Array.from(cellOf, (cell) => 1 / (fit.densities[cell] as number));

/** How much the likelihood gains at most, roughly, when a share of all rows comes from one more component. */
function gainOf(densities: Float64Array, inverse: Float64Array, counts: Float64Array, total: number): number {
  let slope = -total;
  for (let i = 0; i < counts.length; i++)
    slope += (counts[i] as number) * (densities[i] as number) * (inverse[i] as number);
  if (slope <= 0) return 0;
  let share = 0.3;
  for (let step = 0; step < 5; step++) {
    let drawn = 0;
    for (let i = 0; i < counts.length; i++) {
      const own = share * (densities[i] as number) * (inverse[i] as number);
      drawn += ((counts[i] as number) * own) / (1 - share + own);
    }
    share = drawn / total;
  }
  let gain = 0;
  for (let i = 0; i < counts.length; i++)
    gain +=
      (counts[i] as number) * Math.log(1 - share + share * (densities[i] as number) * (inverse[i] as number));
  return gain;
}

/** The same source in other forms: whole, of one stratum, of another's extent, taken by age. */
export function formsOf(known: Known, component: Component, extents: readonly number[]): Component[] {
  const { kind, left: set, day, span, within, stratum, tilted } = component;
  const { sets, strata } = known.ledger;
  const make = (form: CopyForm) =>
    kind === 'recorded' ? recorded(set, dayAt(sets, set), form) : unrecordedOn(known, day, form, span);
  const forms = [
    make({ within, stratum, tilted: !tilted }),
    make({ within, tilted }),
    make({ stratum, tilted }),
    ...strata.keys().map((other) => make({ within, stratum: other, tilted })),
    ...extents
      .filter((extent) => extent !== set)
      .map((extent) => make({ within: [extent], stratum, tilted })),
  ];
  const own = keyOf(component);
  const different = new Map(forms.flatMap((form) => (form ? [[keyOf(form), form] as const] : [])));
  different.delete(own);
  return [...different.values()].filter((form) => isSized(known, form));
}
