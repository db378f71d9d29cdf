import { type Component, sourceOf } from './component.ts';
import { unrecordedOn } from './copies.ts';
import type { Scored, Scores } from './score.ts';

/** Days at which the evidence has fallen by so much are not looked beyond. */
const NEGLIGIBLE = 7;
const STEPS = [64, 32, 16, 8, 4, 2, 1];

/** Finds the best day of each unrecorded copy of an explanation, and over how many days it may be moved. */
export function settleDays(scores: Scores, scored: Scored): Scored {
  let settled = scored;
  let spread = 0;
  for (const source of new Set(scored.components.filter(({ kind }) => kind === 'unrecorded').map(sourceOf))) {
    const moving = settled.components.filter((component) => sourceOf(component) === source);
    const others = settled.components.filter((component) => sourceOf(component) !== source);
    const result = settleDay(scores, moving, others);
    settled = result.settled;
    spread += result.spread;
  }
  return scored.components.some(({ kind }) => kind === 'unrecorded')
    ? scores.respread(settled, spread)
    : scored;
}

function settleDay(scores: Scores, moving: readonly Component[], others: readonly Component[]) {
  const { known } = scores.rows;
  const { from, to } = known.ledger.period;
  const tried = new Map<number, Scored | undefined>();
  const on = (day: number): Scored | undefined => {
    if (tried.has(day)) return tried.get(day);
    const moved =
      day < from || day > to ? [] : moving.flatMap((each) => unrecordedOn(known, day, each) ?? []);
    const scored = moved.length === moving.length ? scores.of([...others, ...moved]) : undefined;
    tried.set(day, scored);
    return scored;
  };
  const height = (day: number) => on(day)?.evidence ?? Number.NEGATIVE_INFINITY;

  const climbed = (from: number): number => {
    let best = from;
    for (const step of STEPS)
      for (let moved = true; moved; ) {
        moved = false;
        for (const day of [best - step, best + step])
          if (height(day) > height(best)) {
            best = day;
            moved = true;
          }
      }
    return best;
  };
  // A valley may lie before the best day: where days beyond it turn out better, it goes on from the best of them.
  for (let start = moving[0]?.day ?? from; ; ) {
    const best = climbed(start);
    const settled = on(best) as Scored;
    const weight = (day: number) => Math.exp(height(day) - settled.evidence);
    const spread = Math.log(1 + beyond(best, 1, weight) + beyond(best, -1, weight));
    start = [...tried.keys()].reduce((a, b) => (height(b) > height(a) ? b : a), best);
    if (start === best) return { settled, spread };
  }
}

/** The weights of the days on one side, in steps that grow, until they are negligible. */
function beyond(best: number, direction: 1 | -1, weight: (day: number) => number): number {
  let sum = 0;
  let last = 1;
  for (
    let distance = 0, step = 1;
    distance < 4_000;
    distance += step, step = distance < 4 ? 1 : Math.ceil(distance / 3)
  ) {
    const next = weight(best + direction * (distance + step));
    // The days between lie on a line of the logarithm; each end counts half but the last, which counts once.
    sum += (step * (next + last)) / 2;
    if (next < Math.exp(-NEGLIGIBLE)) break;
    last = next;
  }
  return Math.max(0, sum - 0.5);
}
