import type { Ledger, Patterns, Sample } from '../../core/attribution/evidence.ts';
import { BOTH } from './observe.ts';

/** What the simpler ways say of a leak: every recorded transfer with a score, the best first. */
export type Ranking = readonly { readonly transfer: number; readonly score: number }[];

/** By transfer and row, whether it holds the row whole. */
interface Seen {
  readonly transfers: readonly number[];
  readonly held: readonly Uint8Array[];
  readonly counts: Float64Array;
  readonly sizes: readonly number[];
}

function seenOf(ledger: Ledger, { held, counts }: Patterns): Seen {
  const transfers = [...ledger.sets.keys()].filter((set) => ledger.sets[set]?.kind === 'transfer');
  const whole = held.get(BOTH) ?? [];
  return {
    transfers,
    held: transfers.map((set) => whole[set] as Uint8Array),
    counts,
    sizes: transfers.map((set) => ledger.sets[set]?.distinct[BOTH] ?? 1),
  };
}

const ranked = ({ transfers }: Seen, score: (place: number) => number): Ranking =>
  transfers
    .map((transfer, place) => ({ transfer, score: score(place) }))
    .sort((a, b) => b.score - a.score || a.transfer - b.transfer);

const hits = ({ held, counts }: Seen, place: number): number =>
  counts.reduce((sum, count, i) => sum + count * (held[place]?.[i] ?? 0), 0);

/** Roughly how many rows all sets hold together. */
function everything({ ranks, held }: Sample): number {
  const rate = Math.min(...[...held.values()].map((each) => each.rate));
  return ranks.reduce((sum, rank) => sum + Number(rank < rate), 0) / rate;
}

export const BASELINES: Record<string, (ledger: Ledger, leak: Patterns) => Ranking> = {
  coverage: (ledger, leak) => {
    const seen = seenOf(ledger, leak);
    return ranked(seen, (place) => hits(seen, place));
  },
  /** Papadimitriou & Garcia-Molina, TKDE 23(1), 2011, with p = 0.5; as a logarithm of innocence, lest it saturate. */
  guilt: (ledger, leak) => {
    const seen = seenOf(ledger, leak);
    const holders = Float64Array.from(seen.counts, (_, i) =>
      seen.held.reduce((sum, column) => sum + (column[i] as number), 0),
    );
    return ranked(
      seen,
      (place) =>
        -seen.counts.reduce(
          (sum, count, i) =>
            seen.held[place]?.[i] ? sum + count * Math.log(1 - 0.5 / (holders[i] as number)) : sum,
          0,
        ),
    );
  },
  lift: (ledger, leak) => {
    const seen = seenOf(ledger, leak);
    return ranked(seen, (place) => hits(seen, place) / (seen.sizes[place] as number));
  },
  /** One source alone: a row that it holds has one chance in its size, any other one in all that are known, and rarely. */
  size: (ledger, leak) => {
    const seen = seenOf(ledger, leak);
    const total = seen.counts.reduce((sum, count) => sum + count, 0);
    const known = ledger.samples
      .filter(({ fields }) => fields === BOTH)
      .reduce((sum, sample) => sum + everything(sample), 0);
    return ranked(seen, (place) => {
      const held = hits(seen, place);
      const share = Math.min(0.999, Math.max(0.001, held / total));
      return (
        held * Math.log(share / (seen.sizes[place] as number)) +
        (total - held) * Math.log((1 - share) / known)
      );
    });
  },
};
