import type { Component } from './component.ts';
import type { Known } from './known.ts';
import { dayAt } from './timeline.ts';

export interface CopyForm {
  readonly within?: readonly number[];
  readonly stratum?: number | undefined;
  readonly tilted?: boolean;
}

/**
 * The unrecorded copy of an extent as it would be on a day, or nothing where no known set shows such rows.
 * @param span how many days the day stands for
 */
export function unrecordedOn(
  known: Known,
  day: number,
  form: CopyForm = {},
  span = 1,
): Component | undefined {
  const { within = [], stratum, tilted = false } = form;
  const nodes = nodesOf(known, within);
  const { sets } = known.ledger;
  const after = nodes.findIndex((node) => dayAt(sets, node) >= day);
  const right = nodes[after < 0 ? nodes.length - 1 : after];
  if (right === undefined) return undefined;
  const exact = after <= 0 || dayAt(sets, right) === day;
  const left = exact ? right : (nodes[after - 1] as number);
  const distance = dayAt(sets, right) - dayAt(sets, left);
  return {
    kind: 'unrecorded',
    left,
    right,
    along: distance > 0 ? (day - dayAt(sets, left)) / distance : 0,
    day,
    span: nodes.length === 1 ? known.ledger.period.to - known.ledger.period.from + 1 : span,
    within,
    stratum,
    tilted,
  };
}

/** The sets that show rows of an extent on their days: the complete ones, and the transfers of that extent. */
export function nodesOf({ timeline, ledger }: Known, within: readonly number[]): number[] {
  const nodes = [...new Set([...timeline.sets, ...within])];
  return nodes.sort((a, b) => dayAt(ledger.sets, a) - dayAt(ledger.sets, b) || a - b);
}

/** A copy of an extent on the middle day between any two sets that show its rows. */
export function copiesOf(known: Known, form: CopyForm = {}): Component[] {
  const days = nodesOf(known, form.within ?? []).map((node) => dayAt(known.ledger.sets, node));
  const middays =
    days.length === 1
      ? [[days[0] as number, 1]]
      : days.slice(1).map((right, i) => {
          const left = days[i] as number;
          return [Math.round((left + right) / 2), right - left];
        });
  return middays.flatMap(([day = 0, span = 0]) =>
    span > 0 ? (unrecordedOn(known, day, form, span) ?? []) : [],
  );
}
