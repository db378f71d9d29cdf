import { firstAlike } from './alike.ts';
import type { Ledger } from './evidence.ts';
import { Extents } from './extent.ts';
import { Sizes } from './sizes.ts';
import { Timeline } from './timeline.ts';

/** A ledger with what can be worked out of it before any leak is seen. */
export class Known {
  readonly ledger: Ledger;
  readonly timeline: Timeline;
  readonly extents: Extents;
  /** Of whole rows, and of either part; the same where rows have no parts. */
  readonly sizes: Sizes;
  readonly first: Sizes;
  readonly second: Sizes;
  /** By place the first transfer of the same extract. */
  readonly firstAlike: readonly number[];
  readonly #alike: ReadonlyMap<number, number[]>;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    this.firstAlike = firstAlike(ledger);
    this.#alike = Map.groupBy(this.firstAlike.keys(), (set) => this.firstAlike[set] as number);
    this.timeline = new Timeline(ledger);
    this.extents = new Extents(ledger, this.timeline, this.firstAlike);
    const { whole, parts } = ledger.layout;
    const [first, second] = parts;
    const sizesOf = (fields: string, shown: boolean) =>
      new Sizes(ledger, this.timeline, this.extents, fields, shown);
    this.sizes = sizesOf(whole, true);
    // A number does not show its stratum; an id does.
    this.first = first === undefined ? this.sizes : sizesOf(first, false);
    this.second = second === undefined ? this.sizes : sizesOf(second, true);
  }

  /** The transfers, of those of one extract the first. */
  transfers(): number[] {
    const { sets } = this.ledger;
    return [...sets.keys()].filter((set) => sets[set]?.kind === 'transfer' && this.firstAlike[set] === set);
  }

  /** Transfers of the same extract as this one, itself among them. */
  alike(transfer: number): readonly number[] {
    return this.#alike.get(this.firstAlike[transfer] as number) ?? [];
  }
}
