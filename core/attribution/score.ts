import { type Component, keyOf, sourceOf } from './component.ts';
import { type Explained, explain } from './explanation.ts';
import { ELSEWHERE, JOINT, maximize, STRANGE, TYPES } from './likelihood.ts';
import { Prior } from './prior.ts';
import type { Rows } from './rows.ts';
import { COHORTS } from './sizes.ts';
import { dayAt } from './timeline.ts';

/** Up to so many rows each counts in full; a larger leak counts as so many, for the model is not as exact as that. */
export const FULL_WEIGHT_ROWS = 2_000;

export interface Scored extends Explained {
  /** log(posterior) up to a constant that is the same for all explanations of a leak. */
  readonly score: number;
  /** The part of it that the rows speak: tempered, with what uncertain sizes may feign taken off. */
  readonly evidence: number;
  /** The days over which those of its unrecorded copies are spread, as a logarithm. */
  readonly spread: number;
}

/** Fits explanations and scores them, each once. */
export class Scores {
  readonly rows: Rows;
  readonly prior: Prior;
  readonly #temper: number;
  /** What one more free parameter costs. */
  readonly perParameter: number;
  readonly #known = new Map<string, Scored>();

  constructor(rows: Rows) {
    this.rows = rows;
    this.prior = new Prior(rows.known);
    const effective = Math.min(rows.total, FULL_WEIGHT_ROWS);
    this.#temper = effective / Math.max(1, rows.total);
    this.perParameter = 0.5 * Math.log(Math.max(2, effective));
  }

  get all(): Iterable<Scored> {
    return this.#known.values();
  }

  of(components: readonly Component[]): Scored {
    const sorted = [...components].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const key = sorted.map(keyOf).join(' ');
    const known = this.#known.get(key);
    if (known) return known;
    const scored = this.#score(sorted);
    this.#known.set(key, scored);
    return scored;
  }

  /** The same explanation with its days spread otherwise. */
  respread(scored: Scored, spread: number): Scored {
    const changed = { ...scored, spread, score: scored.score - scored.spread + spread };
    this.#known.set(scored.components.map(keyOf).join(' '), changed);
    return changed;
  }

  #score(components: readonly Component[]): Scored {
    const explained = explain(this.rows, components);
    const logLikelihood =
      components.length === 0
        ? asUnrelated(explained)
        : explained.fit.logLikelihood - this.#feigned(explained);
    const evidence = this.#temper * logLikelihood;
    const parameters = 1 + components.length + this.#cohorts(components);
    const spans = new Map(components.map((component) => [sourceOf(component), component.span]));
    const spread = [...spans.values()].reduce((sum, span) => sum + Math.log(span), 0);
    const score = evidence - this.perParameter * parameters + this.prior.of(components) + spread;
    return { ...explained, evidence, spread, score };
  }

  /** How often cohorts were taken is free once a source, whatever its parts. */
  #cohorts(components: readonly Component[]): number {
    const tilted = Map.groupBy(
      components.filter((each) => each.tilted),
      sourceOf,
    );
    return [...tilted.values()].reduce((sum, [first]) => sum + (first ? this.#freeShares(first) - 1 : 0), 0);
  }

  /** A tilted component has a share for each cohort that it holds rows of. */
  #freeShares(component: Component): number {
    if (!component.tilted) return 1;
    const { timeline, ledger, sizes } = this.rows.known;
    const cohorts = timeline.sets.flatMap((set, place) =>
      dayAt(ledger.sets, set) <= component.day ? [sizes.cohortOfFirst[place]] : [],
    );
    return Math.min(COHORTS, new Set(cohorts).size + 1);
  }

  /** What chance in the samples would make a tilt gain, taken at twice what is to be expected. */
  #feigned({ components, shares }: Explained): number {
    return components.reduce((sum, component, i) => {
      if (!component.tilted) return sum;
      const { sampled } = this.rows.profile(component);
      return (
        sum +
        ((this.#freeShares(component) - 1) * (shares[i] as number) * this.rows.total) / Math.max(1, sampled)
      );
    }, 0);
  }
}

/** What is no copy of this data has no row of it whole but by chance: a share that starts at zero stays there. */
function asUnrelated({ cells, fit }: Explained): number {
  const types = fit.types.slice();
  types[JOINT * TYPES + ELSEWHERE] = 0;
  types.fill(1 / (TYPES - STRANGE), JOINT * TYPES + STRANGE, (JOINT + 1) * TYPES);
  return maximize(cells, { start: { shares: fit.shares, types } }).logLikelihood;
}
