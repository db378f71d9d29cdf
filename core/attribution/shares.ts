import { sourceOf } from './component.ts';
import { type Interval, sourceShares } from './intervals.ts';
import type { Posterior, Weighed } from './posterior.ts';
import type { Scored } from './score.ts';

/** Shares of all rows by transfer. Those of several unrecorded copies are one, for nobody can name them. */
export type Shares = ReadonlyMap<number | 'unrecorded', Interval>;

/** The explanations that are looked at: those that together have so much of the probability, and no more than so many. */
const PROBABLE = 0.95;
const MOST = 4;

/**
 * The shares in the best explanation. Their intervals go over all that are nearly as probable and have the same source:
 * which of them holds is not known either.
 */
export function sharesOf({ explanations }: Posterior, temper: number, effectiveRows: number): Shares {
  const [best = new Map<number | 'unrecorded', Interval>(), ...others] = probable(explanations).map(
    ({ scored }) => sharesIn(scored, sourceShares(scored, temper, effectiveRows)),
  );
  return new Map(
    [...best].map(([source, share]) => [
      source,
      others.reduce((all, other) => around(all, other.get(source) ?? all), share),
    ]),
  );
}

function probable(explanations: readonly Weighed[]): Weighed[] {
  let before = 0;
  return explanations.slice(0, MOST).filter(({ probability }) => {
    const isNeeded = before < PROBABLE;
    before += probability;
    return isNeeded;
  });
}

function sharesIn({ components }: Scored, bySource: ReadonlyMap<string, Interval>): Shares {
  const shares = new Map<number | 'unrecorded', Interval>();
  const names = new Map(
    components.map((each) => [
      sourceOf(each),
      each.kind === 'recorded' ? each.left : ('unrecorded' as const),
    ]),
  );
  for (const [source, name] of names) {
    const share = bySource.get(source);
    const before = shares.get(name);
    if (share) shares.set(name, before ? sum(before, share) : share);
  }
  return shares;
}

const sum = (a: Interval, b: Interval): Interval => ({
  value: a.value + b.value,
  low: a.low + b.low,
  high: Math.min(1, a.high + b.high),
});

const around = (a: Interval, b: Interval): Interval => ({
  value: a.value,
  low: Math.min(a.low, b.low),
  high: Math.max(a.high, b.high),
});
