import { type Component, sourceOf } from './component.ts';
import type { Known } from './known.ts';

/** How probable explanations are before the rows are looked at. All of it is stated with every answer. */
export const PRIOR = {
  /** That the rows are of no copy of this data at all, and look like it by chance or by what is public. */
  unrelated: 0.02,
  /** Otherwise, by number of sources, from one on. */
  sources: [0.7, 0.2, 0.07, 0.02, 0.01],
  /** That a source is a recorded transfer; otherwise it is a copy that nobody recorded. */
  recorded: 0.5,
  /** How a recorded transfer was cut down: not at all, to a stratum, to the extent of another transfer, to both. */
  cut: { none: 0.6, stratum: 0.2, extent: 0.15, both: 0.05 },
  /** The extent of an unrecorded copy: all, a stratum, that of a transfer, a stratum of that of a transfer. */
  extent: { none: 0.4, stratum: 0.2, extent: 0.3, both: 0.1 },
  /** That rows were taken by how long they have been known. */
  tilted: 0.1,
  /**
   * That one source gave more of some rows than of others: for each further component of it. The extent of a copy that
   * nobody recorded may be any, and is as a rule put together of several.
   */
  further: { recorded: 0.1, unrecorded: 0.5 },
  /** Among so many different extents that of a copy is to be found, or of fewer where there are not so many transfers. */
  extents: 20,
} as const;

export class Prior {
  readonly #known: Known;
  readonly #transfers: number;
  readonly #strata: number;
  readonly #days: number;

  constructor(known: Known) {
    const { sets, strata, period } = known.ledger;
    this.#known = known;
    this.#transfers = Math.max(1, sets.filter(({ kind }) => kind === 'transfer').length);
    this.#strata = Math.max(1, strata.length);
    this.#days = Math.max(1, period.to - period.from + 1);
  }

  /** The logarithm of an explanation's probability; that of the very days of its unrecorded copies, and of any transfer of the extracts. */
  of(components: readonly Component[]): number {
    if (components.length === 0) return Math.log(PRIOR.unrelated);
    const sources = Map.groupBy(components, sourceOf);
    const size = PRIOR.sources[sources.size - 1];
    if (size === undefined) return Number.NEGATIVE_INFINITY;
    let log = Math.log((1 - PRIOR.unrelated) * size) + logFactorial(sources.size);
    for (const parts of sources.values()) {
      const [first] = parts;
      log += Math.log(
        first?.kind === 'recorded'
          ? (PRIOR.recorded * this.#known.alike(first.left).length) / this.#transfers
          : (1 - PRIOR.recorded) / this.#days,
      );
      for (const part of parts) log += this.#form(part);
      log += (parts.length - 1) * Math.log(PRIOR.further[first?.kind ?? 'recorded']);
    }
    return log;
  }

  #form({ kind, within, stratum, tilted }: Component): number {
    const tilt = Math.log(tilted ? PRIOR.tilted : 1 - PRIOR.tilted);
    const ofStratum = stratum === undefined ? 0 : -Math.log(this.#strata);
    const ofExtent = -within.length * Math.log(Math.min(PRIOR.extents, this.#transfers));
    const forms = kind === 'recorded' ? PRIOR.cut : PRIOR.extent;
    const form =
      within.length === 0
        ? stratum === undefined
          ? forms.none
          : forms.stratum
        : stratum === undefined
          ? forms.extent
          : forms.both;
    return tilt + Math.log(form) + ofStratum + ofExtent;
  }

  /** That a recorded transfer is among the sources, whatever the others. */
  inclusion(): number {
    const each = PRIOR.recorded / this.#transfers;
    const among = PRIOR.sources.reduce((sum, size, i) => sum + size * (1 - (1 - each) ** (i + 1)), 0);
    return (1 - PRIOR.unrelated) * among;
  }
}

const logFactorial = (n: number): number => (n < 2 ? 0 : Math.log(n) + logFactorial(n - 1));
