import { type Equals, equalsOf } from './equals.ts';
import { collapse, type Patterns, withoutImpossible } from './evidence.ts';
import { type Interval, mixedShare } from './intervals.ts';
import type { Known } from './known.ts';
import { type Posterior, posteriorOf } from './posterior.ts';
import { Rows } from './rows.ts';
import { FULL_WEIGHT_ROWS } from './score.ts';
import { search } from './search.ts';
import { type Shares, sharesOf } from './shares.ts';
import { thin } from './thin.ts';
import { type Vintage, vintageOf } from './vintage.ts';

/** What the rows of a leak say of where they came from. Sets are named by their place in the ledger. */
export interface Attribution {
  readonly rows: number;
  /** How many of them the likelihood looked at. */
  readonly used: number;
  readonly posterior: Posterior;
  /** The recorded transfers of the most probable explanation, whatever the forms and days; none for "not in the ledger". */
  readonly sources: readonly number[];
  /** By transfer of the best explanation the share of all rows that it gave, and of its unrecorded copies together. */
  readonly shares: Shares;
  /** Rows whose parts were drawn independently of each other. */
  readonly mixed: Interval;
  readonly vintage: Vintage | undefined;
  readonly equals: readonly Equals[];
}

/** Attributes the rows of a leak to the known sets, alone, together, or to none of them. */
export function attribute(known: Known, leak: Patterns): Attribution {
  const patterns = collapse(withoutImpossible(leak, known.ledger));
  const rows = new Rows(known, thin(patterns));
  const posterior = posteriorOf(search(rows));
  const effective = Math.min(rows.total, FULL_WEIGHT_ROWS);
  const best = posterior.explanations[0]?.scored;
  return {
    rows: patterns.counts.reduce((sum, count) => sum + count, 0),
    used: rows.total,
    posterior,
    sources: likeliestSources(posterior),
    shares: sharesOf(posterior, effective / Math.max(1, rows.total), effective),
    mixed: best ? mixedShare(best, effective) : { value: 0, low: 0, high: 1 },
    vintage: vintageOf(rows, posterior),
    equals: equalsOf(rows, posterior),
  };
}

/** The recorded transfers that have most probability together, summed over the forms that they may have. */
function likeliestSources({ explanations }: Posterior): readonly number[] {
  const sums = new Map<string, { sources: readonly number[]; sum: number }>();
  for (const { recorded, probability } of explanations) {
    const key = recorded.join();
    sums.set(key, { sources: recorded, sum: (sums.get(key)?.sum ?? 0) + probability });
  }
  return [...sums.values()].reduce((a, b) => (b.sum > a.sum ? b : a), {
    sources: [] as readonly number[],
    sum: -1,
  }).sources;
}
