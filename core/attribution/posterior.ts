import { recorded, structureOf } from './component.ts';
import type { Scored, Scores } from './score.ts';

/** Transfers with so much of the best one's probability are in the credible set. */
export const CREDIBLE = 0.01;

/** An explanation with its share of the probability of all that were looked at. */
export interface Weighed {
  readonly scored: Scored;
  readonly probability: number;
  /** Its natural logarithm, for the probability itself may be too small for a number. */
  readonly log: number;
  /** Places of the recorded transfers in it, ascending. */
  readonly recorded: readonly number[];
}

export interface Standing {
  /** Place in the ledger's sets. */
  readonly transfer: number;
  /** That it is among the sources. */
  readonly probability: number;
  /** The logarithm to base 10 of how much more probable the findings are if it contributed than if it did not. */
  readonly log10Ratio: number;
}

export interface Posterior {
  readonly explanations: readonly Weighed[];
  /** Every recorded transfer, the most probable first. */
  readonly standings: readonly Standing[];
  /** That some source is not in the ledger, and that all are not. */
  readonly notRecorded: { readonly some: number; readonly all: number };
  /** Recorded transfers by probability, as far down as {@link CREDIBLE}; empty where "not in the ledger" leaves them behind. */
  readonly credible: readonly number[];
}

export function posteriorOf(scores: Scores): Posterior {
  const explanations = weigh(scores);
  const { sets } = scores.rows.known.ledger;
  const transfers = [...sets.keys()].filter((set) => sets[set]?.kind === 'transfer');
  const standings = transfers
    .map((transfer) => standingOf(transfer, explanations, scores))
    .sort((a, b) => b.log10Ratio - a.log10Ratio || a.transfer - b.transfer);
  const sum = (passes: (explanation: Weighed) => boolean) =>
    explanations.reduce((total, each) => total + (passes(each) ? each.probability : 0), 0);
  const notRecorded = {
    some: sum(
      ({ scored: { components } }) =>
        components.length === 0 || components.some(({ kind }) => kind === 'unrecorded'),
    ),
    all: sum(({ recorded }) => recorded.length === 0),
  };
  const best = Math.max(notRecorded.all, ...standings.map(({ probability }) => probability));
  return {
    explanations,
    standings,
    notRecorded,
    credible: standings
      .filter(({ probability }) => probability >= CREDIBLE * best)
      .map(({ transfer }) => transfer),
  };
}

/** Of explanations that differ only in the days of their copies the best stands for all. */
function weigh(scores: Scores): Weighed[] {
  const best = new Map<string, Scored>();
  for (const scored of scores.all) {
    const key = structureOf(scored.components);
    const other = best.get(key);
    if (!other || scored.score > other.score) best.set(key, scored);
  }
  const sorted = [...best.values()].sort((a, b) => b.score - a.score);
  const total = logSum(sorted.map(({ score }) => score));
  return sorted.map((scored) => ({
    scored,
    probability: Math.exp(scored.score - total),
    log: scored.score - total,
    recorded: [
      ...new Set(scored.components.flatMap(({ kind, left }) => (kind === 'recorded' ? [left] : []))),
    ].sort((a, b) => a - b),
  }));
}

function standingOf(transfer: number, explanations: readonly Weighed[], scores: Scores): Standing {
  const { known } = scores.rows;
  const first = known.firstAlike[transfer] as number;
  const parts = Map.groupBy(explanations, ({ recorded }) => recorded.includes(first));
  const [of = 0, others = 0] = [true, false].map((is) => logSum((parts.get(is) ?? []).map(({ log }) => log)));
  // Each transfer of one extract has its part of what speaks for the extract; the rest is without it.
  const part = 1 / known.alike(transfer).length;
  const included = Math.max(of, asIdleMember(first, parts.get(false) ?? [], scores)) + Math.log(part);
  const prior = scores.prior.inclusion();
  const odds = included - logSum([others, of + Math.log(1 - part)]);
  return {
    transfer,
    probability: 1 / (1 + Math.exp(-odds)),
    log10Ratio: (odds - Math.log(prior / (1 - prior))) / Math.LN10,
  };
}

/** How many of the best explanations are tried with a transfer added to them. */
const IDLE_IN = 20;

/** The best explanation with the transfer added to it, as if none of the rows were from there: its log probability. */
function asIdleMember(transfer: number, without: readonly Weighed[], scores: Scores): number {
  const { sets } = scores.rows.known.ledger;
  const idle = recorded(transfer, sets[transfer]?.day ?? 0);
  return without.slice(0, IDLE_IN).reduce((most, { scored: { components }, log }) => {
    const odds = scores.prior.of([...components, idle]) - scores.prior.of(components) - scores.perParameter;
    return Math.max(most, log + odds);
  }, Number.NEGATIVE_INFINITY);
}

/** The logarithm of a sum, of the logarithms of its terms. */
function logSum(logs: readonly number[]): number {
  const most = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (most === Number.NEGATIVE_INFINITY) return most;
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
}
