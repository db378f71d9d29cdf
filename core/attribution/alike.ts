import type { Ledger, Sample } from './evidence.ts';

/**
 * Transfers of one extract to several: by place, the first that holds the same rows, as far as counts and samples show.
 * They are searched as one, for a search that follows the best would look at some of them and not at others, and what
 * is equal would come out as different. Frames stand for themselves.
 */
export function firstAlike(ledger: Ledger): readonly number[] {
  const { sets } = ledger;
  const byCounts = new Map<string, number[]>();
  return sets.map((set, place) => {
    if (set.kind === 'frame') return place;
    const counts = JSON.stringify([
      set.day,
      ordered(set.distinct),
      Object.entries(set.strata)
        .map(([fields, by]) => [fields, ordered(by)])
        .sort(),
    ]);
    const candidates = byCounts.get(counts) ?? [];
    byCounts.set(counts, candidates);
    const first = candidates.find((other) =>
      ledger.samples.every((sample) => isAlike(sample, place, other, ledger)),
    );
    if (first === undefined) candidates.push(place);
    return first ?? place;
  });
}

const ordered = (counts: Readonly<Record<string, number>>) => Object.entries(counts).sort();

/** That they hold the same of a sample, but for what false positives make of it. */
function isAlike({ held, ranks }: Sample, a: number, b: number, { falsePositives }: Ledger): boolean {
  const [first, second] = [held.get(a), held.get(b)];
  if (!first || !second) return first === second;
  const expected = 2 * ranks.length * falsePositives;
  const apart = first.column.reduce((sum, flag, v) => sum + Number(flag !== second.column[v]), 0);
  return apart <= expected + 5 * Math.sqrt(expected);
}
