import type { Component } from './component.ts';
import { INTACT, TYPES } from './likelihood.ts';
import type { Posterior } from './posterior.ts';
import type { Rows } from './rows.ts';
import type { Scored } from './score.ts';

/** Days since 1970-01-01. */
export interface Vintage {
  /** The mean day of the sources, by their shares, over all explanations by their probability; with 95 % of it. */
  readonly day: number;
  readonly low: number;
  readonly high: number;
  /** Some rows came up after this day: a copy was made later than it. Nothing where no rows tell. */
  readonly after?: number;
  /** Some rows were gone by this day: a copy was made before it. */
  readonly before?: number;
  /** Rows were taken by age: of a leak of old rows the day says when they were last known, not when they were copied. */
  readonly tilted: boolean;
}

/** So many intact rows must agree, lest a false positive or a stray row tell the day. */
const LEAST_ROWS = 3;

/** How old what leaked is. */
export function vintageOf(rows: Rows, posterior: Posterior): Vintage | undefined {
  const [best] = posterior.explanations;
  if (!best || best.scored.components.length === 0) return undefined;
  const days = posterior.explanations
    .filter(({ scored }) => scored.components.length > 0)
    .map(({ scored, probability }) => ({ ...meanDay(scored), probability }));
  const total = days.reduce((sum, { probability }) => sum + probability, 0);
  const mean = days.reduce((sum, { day, probability }) => sum + (day * probability) / total, 0);
  const variance = days.reduce(
    (sum, { day, spread, probability }) => sum + (((day - mean) ** 2 + spread ** 2) * probability) / total,
    0,
  );
  const half = 1.96 * Math.sqrt(variance);
  const { from, to } = rows.known.ledger.period;
  return {
    day: mean,
    low: Math.min(mean, Math.max(from, mean - half)),
    high: Math.max(mean, Math.min(to, mean + half)),
    ...boundsOf(rows, best.scored),
    tilted: best.scored.components.some(({ tilted }) => tilted),
  };
}

/** The mean day of the components by their shares, and one standard deviation of it as the days of copies may be moved. */
function meanDay({ components, shares, spread }: Scored): { day: number; spread: number } {
  const weight = (part: (component: Component) => number) =>
    components.reduce((sum, component, i) => sum + (shares[i] as number) * part(component), 0);
  const copies = new Set(components.flatMap(({ kind, day }) => (kind === 'unrecorded' ? [day] : []))).size;
  // A copy whose day is spread over n days is off by about n / sqrt(2π), were it normally distributed.
  const each = copies > 0 ? Math.exp(spread / copies) / Math.sqrt(2 * Math.PI) : 0;
  return {
    day: weight(({ day }) => day),
    spread: each * weight(({ kind }) => (kind === 'unrecorded' ? 1 : 0)),
  };
}

/** From the rows that the best explanation takes to be intact: when the youngest came up, and the first were gone. */
function boundsOf(rows: Rows, best: Scored): { after?: number; before?: number } {
  const { timeline, ledger } = rows.known;
  const held = rows.patterns.held.get(ledger.layout.whole) ?? [];
  const up = new Map<number, number>();
  const gone = new Map<number, number>();
  for (let i = 0; i < rows.patterns.size; i++) {
    const count = (rows.patterns.counts[i] as number) * intactChance(best, best.cellOf[i] as number);
    const places = timeline.sets.flatMap((set, place) => (held[set]?.[i] ? [place] : []));
    const [first, last] = [places[0], places.at(-1)];
    if (first === undefined || last === undefined) continue;
    up.set(first, (up.get(first) ?? 0) + count);
    gone.set(last, (gone.get(last) ?? 0) + count);
  }
  const dayOf = (place: number) => ledger.sets[timeline.sets[place] ?? -1]?.day;
  const from = reach([...up].sort(([a], [b]) => b - a));
  const to = reach([...gone].sort(([a], [b]) => a - b));
  const [after, before] = [dayOf((from ?? 0) - 1), dayOf((to ?? timeline.sets.length) + 1)];
  return { ...(after !== undefined && { after }), ...(before !== undefined && { before }) };
}

/** The first place by which enough rows have come together. */
function reach(counts: readonly (readonly [number, number])[]): number | undefined {
  let sum = 0;
  return counts.find(([, count]) => {
    sum += count;
    return sum >= LEAST_ROWS;
  })?.[0];
}

/** That a row of a cell is intact, and of a source. */
function intactChance({ cells, fit }: Scored, cell: number): number {
  const shape = cells.shape[cell] as number;
  const inside = cells.streams.reduce((sum, { whole, first, second }, j) => {
    const density = [whole, first, second][shape]?.[cell] ?? 0;
    return sum + (fit.shares[j] as number) * density;
  }, 0);
  return ((fit.types[shape * TYPES + INTACT] as number) * inside) / (fit.densities[cell] as number);
}
