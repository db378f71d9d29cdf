import { type Attribution, attribute } from '../../core/attribution/attribute.ts';
import type { Patterns } from '../../core/attribution/evidence.ts';
import type { Known } from '../../core/attribution/known.ts';
import { BASELINES } from './baselines.ts';
import type { Kind, Leak, World } from './leaks.ts';
import { Random } from './random.ts';

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
}

/** What the ledger sees of a leak. */
export type Observer = (leak: Leak, random: Random) => Promise<{ known: Known; patterns: Patterns }>;

export async function runTrial(
  world: World,
  observe: Observer,
  kind: Kind,
  rows: number,
  seed: string,
): Promise<Outcome> {
  const random = new Random('trial', kind.name, seed);
  const leak = kind.make(world, random, rows);
  const { known, patterns } = await observe(leak, random);
  const started = performance.now();
  const found = attribute(known, patterns);
  const milliseconds = performance.now() - started;
  const baselines = Object.entries(BASELINES).map(([name, rank]) => {
    const ranking = rank(known.ledger, patterns).map(({ transfer }) => transfer);
    const top = ranking.slice(0, leak.sources.size);
    const first = leak.sources.has(ranking[0] ?? -1);
    return [name, { first, exact: leak.sources.size > 0 && top.every((each) => leak.sources.has(each)) }];
  });
  return { ...judge(found, leak), baselines: Object.fromEntries(baselines), milliseconds };
}

function judge(found: Attribution, leak: Leak): Omit<Outcome, 'baselines' | 'milliseconds'> {
  const truth = [...leak.sources.keys()].sort((a, b) => a - b);
  const { standings, notRecorded, credible } = found.posterior;
  const isTrue = (transfer: number) => leak.sources.has(transfer);
  const best = Math.max(...standings.map(({ probability }) => probability));
  const ratios = (of: boolean) =>
    standings.filter(({ transfer }) => isTrue(transfer) === of).map(({ log10Ratio }) => log10Ratio);
  return {
    first: truth.length === 0 ? found.sources.length === 0 : isTrue(standings[0]?.transfer ?? -1),
    exact: found.sources.join() === truth.join(),
    exactOrEqual: isEqualTo(found, truth),
    credible:
      truth.every((each) => credible.includes(each)) && (truth.length > 0 || notRecorded.all >= 0.01 * best),
    credibleSize: credible.length,
    guilty: ratios(true),
    innocent: ratios(false),
    vintage: found.vintage && Math.abs(found.vintage.day - leak.day),
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
function isEqualTo({ sources, equals }: Attribution, truth: readonly number[]): boolean {
  const missing = truth.filter((each) => !sources.includes(each));
  const wrong = sources.filter((each) => !truth.includes(each));
  return (
    missing.length === wrong.length &&
    missing.every((each) =>
      equals.some(({ transfers }) => transfers.includes(each) && transfers.some((t) => wrong.includes(t))),
    )
  );
}
