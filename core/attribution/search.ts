import { Candidates, formsOf } from './candidates.ts';
import { type Component, keyOf, sourceOf, structureOf } from './component.ts';
import { settleDays } from './days.ts';
import { PRIOR } from './prior.ts';
import type { Rows } from './rows.ts';
import { type Scored, Scores } from './score.ts';
import { twinsOf } from './twins.ts';

/** How widely explanations are searched. More of any finds no worse ones. */
export const SEARCH = {
  /** Single components fitted, and additions to each explanation of the beam. */
  singles: 30,
  additions: 6,
  /** Explanations kept of each size. */
  beam: 8,
  /** Explanations of each size whose components are tried in other forms, and how many forms of each are fitted. */
  reshaped: 4,
  forms: 4,
  /** Transfers whose extents are tried as forms of others. */
  extents: 10,
  /** Stops adding sources once the best of a size is so much worse than the best of all. */
  margin: 5,
  /** Rounds in which each component of the best explanations is exchanged, and for how many of them. */
  rounds: 8,
  exchanged: 6,
} as const;

/** Searches the explanations of a leak: by size, then around the best. */
export function search(rows: Rows): Scores {
  return new Search(rows).run();
}

class Search {
  readonly #rows: Rows;
  readonly #scores: Scores;
  readonly #candidates: Candidates;
  #extents: readonly number[] = [];
  /** Explanations of which the days were settled, and the parts exchanged. */
  readonly #done = new Set<string>();

  constructor(rows: Rows) {
    this.#rows = rows;
    this.#scores = new Scores(rows);
    this.#candidates = new Candidates(rows);
  }

  run(): Scores {
    let beam = this.#singles();
    let best = scoreOf(beam[0]);
    for (let size = 2; size <= PRIOR.sources.length + 2; size++) {
      beam = this.#keep([...beam, ...beam.slice(0, SEARCH.reshaped).flatMap((each) => this.#reshaped(each))]);
      best = Math.max(best, scoreOf(beam[0]));
      if (beam[0] && size <= 3) this.#candidates.widen(beam[0]);
      beam = this.#keep(beam.flatMap((each) => this.#extended(each)));
      if (scoreOf(beam[0]) < best - SEARCH.margin) break;
      best = Math.max(best, scoreOf(beam[0]));
    }
    for (let round = 0; round < SEARCH.rounds; round++) if (!this.#exchangeAll()) break;
    // However it ends, the twins of what came last stand against it.
    for (const scored of this.#top(SEARCH.exchanged)) this.#exchangeSources(this.#settled(scored));
    return this.#scores;
  }

  #singles(): Scored[] {
    const nothing = this.#scores.of([]);
    const transfers = this.#candidates.best(nothing).flatMap(({ component }) => component.left);
    const partial = transfers.filter((set) => !this.#rows.known.timeline.holdsAll(set));
    this.#extents = [...new Set(partial)].slice(0, SEARCH.extents);
    this.#candidates.widen(nothing);
    const gains = this.#candidates.best(nothing);
    // Where nothing of the rows is known, no source is more probable than before, and none is less.
    const singles = gains.length > 0 ? gains : this.#candidates.all;
    return this.#keep(this.#fitted([], singles, SEARCH.singles));
  }

  /** An explanation with one component more: another source, or more of some rows of one that is there. */
  #extended(explained: Scored): Scored[] {
    const further = explained.components.flatMap((component) =>
      formsOf(this.#rows.known, component, this.#extents).filter(({ tilted }) => tilted === component.tilted),
    );
    return this.#fitted(explained.components, this.#candidates.best(explained, further), SEARCH.additions);
  }

  /** Fits the additions that promise most. */
  #fitted(
    base: readonly Component[],
    additions: readonly { component: Component; gain: number }[],
    count: number,
  ): Scored[] {
    const { prior } = this.#scores;
    return additions
      .map(({ component, gain }) => {
        const components = [...base, component];
        return { components, hope: gain + prior.of(components) + Math.log(component.span) };
      })
      .filter(({ hope }) => hope > Number.NEGATIVE_INFINITY)
      .sort((a, b) => b.hope - a.hope)
      .slice(0, count)
      .map(({ components }) => this.#scores.of(components));
  }

  /** The best of them, of the same sources no more than three forms. */
  #keep(scored: readonly Scored[]): Scored[] {
    const perSources = new Map<string, number>();
    return [...new Set(scored)]
      .sort((a, b) => b.score - a.score)
      .filter(({ components }) => {
        const sources = components.map((c) => (c.kind === 'recorded' ? sourceOf(c) : 'u')).join();
        perSources.set(sources, (perSources.get(sources) ?? 0) + 1);
        return (perSources.get(sources) ?? 0) <= 3;
      })
      .slice(0, SEARCH.beam);
  }

  /** An explanation with one of its components in another form. */
  #reshaped({ components }: Scored): Scored[] {
    return components.flatMap((component, i) => {
      const others = components.filter((_, j) => j !== i);
      const forms = formsOf(this.#rows.known, component, this.#extents);
      const [tilts, cuts] = [true, false].map((tilt) =>
        forms.filter((form) => (form.tilted !== component.tilted) === tilt),
      );
      const gains = this.#candidates.gainsOf(this.#scores.of(others), cuts ?? []);
      const tilted = (tilts ?? []).flatMap((form) => this.#valid([...others, form]));
      return [...this.#fitted(others, gains, SEARCH.forms), ...tilted];
    });
  }

  /** Fits an explanation unless it has a component twice, or more sources than are thought of. */
  #valid(components: readonly Component[]): Scored[] {
    if (new Set(components.map(keyOf)).size < components.length) return [];
    return this.#scores.prior.of(components) === Number.NEGATIVE_INFINITY
      ? []
      : [this.#scores.of(components)];
  }

  /** The best explanations, of those that differ in days alone the best. */
  #top(count: number): Scored[] {
    const best = new Map<string, Scored>();
    for (const scored of [...this.#scores.all].sort((a, b) => b.score - a.score)) {
      const structure = structureOf(scored.components);
      if (!best.has(structure)) best.set(structure, scored);
      if (best.size === count) break;
    }
    return [...best.values()];
  }

  /** Brings the copies of an explanation to their best days. */
  #settled(scored: Scored): Scored {
    if (this.#done.has(nameOf(scored))) return scored;
    const settled = settleDays(this.#scores, scored);
    this.#done.add(nameOf(settled));
    return settled;
  }

  /** Exchanges each part of the best explanations; says whether there was anything left to do. */
  #exchangeAll(): boolean {
    // Of another day a copy may leave rows unexplained that something else then seems to explain: days come first.
    const fresh = this.#top(SEARCH.exchanged).filter((scored) => !this.#done.has(nameOf(scored)));
    for (const scored of fresh) {
      const settled = this.#settled(scored);
      this.#reshaped(settled);
      this.#exchangeComponents(settled);
      this.#exchangeSources(settled);
    }
    return fresh.length > 0;
  }

  /** Each component by whatever else explains the same rows, or by nothing. */
  #exchangeComponents({ components }: Scored): void {
    for (const i of components.keys()) {
      const others = components.filter((_, j) => j !== i);
      this.#fitted(others, this.#candidates.best(this.#scores.of(others)), SEARCH.additions);
    }
  }

  /** Each recorded source by copies like it that nobody recorded, and the other way round. */
  #exchangeSources({ components }: Scored): void {
    for (const source of new Set(components.map(sourceOf))) {
      const own = components.filter((component) => sourceOf(component) === source);
      const others = components.filter((component) => sourceOf(component) !== source);
      const twins = twinsOf(this.#rows.known, own, others).flatMap((twin) =>
        this.#valid([...others, ...twin]),
      );
      // What stands against a source is all days of its twin together, not the one on which it was tried.
      const [best] = twins.sort((a, b) => b.score - a.score);
      if (best) this.#settled(best);
    }
  }
}

const scoreOf = (scored: Scored | undefined): number => scored?.score ?? Number.NEGATIVE_INFINITY;
const nameOf = ({ components }: Scored): string => components.map(keyOf).join(' ');
