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
  /** That it leaked whole, of whatever it held: a recorded transfer; a copy that nobody recorded, of all master data. */
  whole: { recorded: 0.6, unrecorded: 0.4 },
  /**
   * Otherwise by what it was cut down: to a stratum, to the extent of a recorded transfer, to both. Whether anybody
   * recorded a copy says nothing of what was cut out of it.
   */
  cut: { stratum: 1 / 3, extent: 1 / 2, both: 1 / 6 },
  /** That rows of a source were taken by how long they have been known: and of such a source each further part. */
  tilted: { first: 0.1, further: 0.5 },
  /**
   * For each further component of one source. That a whole recorded transfer gave more of some rows than of others; that
   * what was cut out, or the extent of a copy, is put together of several extents, as those that nobody recorded are as
   * a rule.
   */
  further: { whole: 0.1, cut: 0.5 },
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
    for (const parts of sources.values()) log += this.#source(parts) + this.#form(parts);
    return log;
  }

  #source([first]: readonly Component[]): number {
    return Math.log(
      first?.kind === 'recorded'
        ? (PRIOR.recorded * this.#known.alike(first.left).length) / this.#transfers
        : (1 - PRIOR.recorded) / this.#days,
    );
  }

  /** What was taken of a source, in parts. An extent of which several parts are made is found once. */
  #form(parts: readonly Component[]): number {
    const kind = parts[0]?.kind ?? 'recorded';
    const whole = parts.some(isWhole);
    const further = kind === 'recorded' && whole ? PRIOR.further.whole : PRIOR.further.cut;
    const extents = new Set(parts.flatMap(({ within }) => within)).size;
    return parts.reduce(
      (log, part) => log + this.#part(part),
      tiltOf(parts) +
        Math.log(whole ? PRIOR.whole[kind] : 1 - PRIOR.whole[kind]) +
        (parts.length - 1) * Math.log(further) -
        extents * Math.log(Math.min(PRIOR.extents, this.#transfers)),
    );
  }

  #part(part: Component): number {
    const { within, stratum } = part;
    if (isWhole(part)) return 0;
    const ofStratum = stratum === undefined ? 0 : -Math.log(this.#strata);
    const { cut } = PRIOR;
    const form = within.length === 0 ? cut.stratum : stratum === undefined ? cut.extent : cut.both;
    return Math.log(form) + ofStratum;
  }

  /** That a recorded transfer is among the sources, whatever the others. */
  inclusion(): number {
    const each = PRIOR.recorded / this.#transfers;
    const among = PRIOR.sources.reduce((sum, size, i) => sum + size * (1 - (1 - each) ** (i + 1)), 0);
    return (1 - PRIOR.unrelated) * among;
  }
}

/** Whether rows of a source were taken by age, and of one that was those of which parts. */
const tiltOf = (parts: readonly Component[]): number =>
  parts.some(({ tilted }) => tilted)
    ? Math.log(PRIOR.tilted.first) + (parts.length - 1) * Math.log(PRIOR.tilted.further)
    : Math.log(1 - PRIOR.tilted.first);

const isWhole = ({ within, stratum }: Component): boolean => within.length === 0 && stratum === undefined;

const logFactorial = (n: number): number => (n < 2 ? 0 : Math.log(n) + logFactorial(n - 1));
