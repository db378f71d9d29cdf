import { type Attribution, attribute } from '../../core/attribution/attribute.ts';
import type { Patterns } from '../../core/attribution/evidence.ts';
import type { Known } from '../../core/attribution/known.ts';
import { BASELINES } from './baselines.ts';
import type { Kind, Leak, World } from './leaks.ts';
import { Random } from './random.ts';

/** What is said of a leak: by the model in this process, or by the API. Transfers by their place. */
export interface Verdict extends Pick<Attribution, 'sources' | 'shares' | 'mixed'> {
  /** The most probable first. */
  readonly ranking: readonly {
    readonly transfer: number;
    readonly log10Ratio: number;
    readonly probability: number;
  }[];
  /** The probability that no recorded transfer is among the sources. */
  readonly notRecorded: number;
  readonly credible: readonly number[];
  readonly day: number | undefined;
  /** Pairs that are said to be equal. */
  readonly equals: readonly (readonly [number, number])[];
}

/** What came of one made-up leak. */
export interface Outcome {
  /** A true source ranks first; where there is none, no transfer is named. */
  readonly first: boolean;
  /** The sources named are the true ones; or they are but for equals that the answer names. */
  readonly exact: boolean;
  readonly exactOrEqual: boolean;
  /** Every true source, or "not in the ledger", is within the credible set. */
  readonly credible: boolean;
  readonly credibleSize: number;
  /** log10 of the ratios of those that contributed, and of those that did not. */
  readonly guilty: readonly number[];
  readonly innocent: readonly number[];
  /** Days off, unless nothing was found. */
  readonly vintage: number | undefined;
  /** By true source that was named: how far its share is off, and whether the interval holds it. */
  readonly shares: readonly { off: number; held: boolean }[];
  readonly mixed: number;
  /** By simpler method: a true source first; and, of several sources, just these on top. */
  readonly baselines: Readonly<Record<string, { first: boolean; exact: boolean }>>;
  readonly milliseconds: number;
  /** Where the API was asked: whether its answer is that of this process, to the figure. */
  readonly same?: boolean;
}

/** What the ledger sees of a leak, and what it answers where it is asked. */
export type Observer = (
  leak: Leak,
  random: Random,
) => Promise<{
  known: Known;
  patterns: Patterns;
  /** The holding of each set, where they are not in the same order. */
  places?: readonly number[];
  answered?: Verdict;
}>;

export async function runTrial(
  world: World,
  observe: Observer,
  kind: Kind,
  rows: number,
  seed: string,
): Promise<Outcome> {
  const random = new Random('trial', kind.name, seed);
  const leak = kind.make(world, random, rows);
  const { known, patterns, places, answered } = await observe(leak, random);
  const placeOf = (set: number) => places?.[set] ?? set;
  const started = performance.now();
  const found = verdictOf(attribute(known, patterns), placeOf);
  const milliseconds = performance.now() - started;
  const baselines = Object.entries(BASELINES).map(([name, rank]) => {
    const ranking = rank(known.ledger, patterns).map(({ transfer }) => placeOf(transfer));
    const top = ranking.slice(0, leak.sources.size);
    const first = leak.sources.has(ranking[0] ?? -1);
    return [name, { first, exact: leak.sources.size > 0 && top.every((each) => leak.sources.has(each)) }];
  });
  return {
    ...judge(answered ?? found, leak),
    baselines: Object.fromEntries(baselines),
    milliseconds,
    ...(answered && { same: isSame(answered, found) }),
  };
}

const verdictOf = (
  { posterior, sources, shares, mixed, vintage, equals }: Attribution,
  placeOf: (set: number) => number,
): Verdict => ({
  sources: sources.map(placeOf).sort((a, b) => a - b),
  shares: new Map([...shares].map(([set, share]) => [set === 'unrecorded' ? set : placeOf(set), share])),
  mixed,
  ranking: posterior.standings.map((standing) => ({ ...standing, transfer: placeOf(standing.transfer) })),
  notRecorded: posterior.notRecorded.all,
  credible: posterior.credible.map(placeOf),
  day: vintage?.day,
  equals: equals.map(({ transfers: [a, b] }) => [placeOf(a), placeOf(b)] as const),
});

/** The answer is rounded, and a day is whole there. */
function isSame(answer: Verdict, other: Verdict): boolean {
  const near = (a = 0, b = 0, most: number) => Math.abs(a - b) <= most;
  const ratios = new Map(other.ranking.map(({ transfer, log10Ratio }) => [transfer, log10Ratio]));
  return (
    answer.sources.join() === other.sources.join() &&
    [...answer.credible].sort().join() === [...other.credible].sort().join() &&
    answer.ranking.every(({ transfer, log10Ratio }) => near(log10Ratio, ratios.get(transfer), 0.006)) &&
    [...answer.shares].every(([source, { value }]) => near(value, other.shares.get(source)?.value, 0.0006)) &&
    near(answer.notRecorded, other.notRecorded, 0.0006) &&
    near(answer.mixed.value, other.mixed.value, 0.0006) &&
    near(answer.day, other.day, 1)
  );
}

function judge(found: Verdict, leak: Leak): Omit<Outcome, 'baselines' | 'milliseconds'> {
  const truth = [...leak.sources.keys()].sort((a, b) => a - b);
  const { ranking, notRecorded, credible } = found;
  const isTrue = (transfer: number) => leak.sources.has(transfer);
  const best = Math.max(...ranking.map(({ probability }) => probability));
  const ratios = (of: boolean) =>
    ranking.filter(({ transfer }) => isTrue(transfer) === of).map(({ log10Ratio }) => log10Ratio);
  return {
    first: truth.length === 0 ? found.sources.length === 0 : isTrue(ranking[0]?.transfer ?? -1),
    exact: found.sources.join() === truth.join(),
    exactOrEqual: isEqualTo(found, truth),
    credible:
      truth.every((each) => credible.includes(each)) && (truth.length > 0 || notRecorded >= 0.01 * best),
    credibleSize: credible.length,
    guilty: ratios(true),
    innocent: ratios(false),
    vintage: found.day === undefined ? undefined : Math.abs(found.day - leak.day),
    shares: truth.flatMap((each) => {
      const share = found.shares.get(each);
      const real = leak.sources.get(each) as number;
      return share
        ? [
            {
              off: Math.abs(share.value - real),
              held: share.low - EPSILON <= real && real <= share.high + EPSILON,
            },
          ]
        : [];
    }),
    mixed: Math.abs(found.mixed.value - leak.mixed),
  };
}

/** What rounding of sums near one may make. */
const EPSILON = 1e-9;

/** Whether the sources named become the true ones when some are exchanged for what is said to be their equal. */
function isEqualTo({ sources, equals }: Verdict, truth: readonly number[]): boolean {
  const missing = truth.filter((each) => !sources.includes(each));
  const wrong = sources.filter((each) => !truth.includes(each));
  return (
    missing.length === wrong.length &&
    missing.every((each) => equals.some((pair) => pair.includes(each) && pair.some((t) => wrong.includes(t))))
  );
}
