import { type Batch, batchEnd, MAX_BATCH } from '../store/batches.ts';

/** Entries that are put back in one step: few enough that one sees it going on. */
export const STEP = 256;

/**
 * Where the batches behind `from` end: wherever the log was signed, so that all is there that was shown of it then;
 * where those begin and end that stand in the table already; and where they would become too large.
 * @param sizes at which it was signed, ascending
 */
export function batchEnds(
  from: number,
  sizes: readonly number[],
  standing: readonly Pick<Batch, 'first' | 'ids'>[],
): number[] {
  const to = sizes.at(-1) ?? from;
  const bounds = standing.flatMap((batch) => [batch.first, batchEnd(batch)]);
  const cuts = [...new Set([from, ...sizes, ...bounds])]
    .filter((cut) => cut >= from && cut <= to)
    .sort((a, b) => a - b);
  return cuts.slice(1).flatMap((end, i) => {
    const first = cuts[i] ?? from;
    const more = Math.ceil((end - first) / MAX_BATCH) - 1;
    return [...Array.from({ length: more }, (_, n) => first + (n + 1) * MAX_BATCH), end];
  });
}

/** The ends, in groups of about a step: none is shorter but the last. */
export function inSteps(from: number, ends: readonly number[]): number[][] {
  const steps: number[][] = [];
  let start = from;
  let step: number[] = [];
  for (const end of ends) {
    step.push(end);
    if (end - start < STEP) continue;
    steps.push(step);
    [start, step] = [end, []];
  }
  return step.length > 0 ? [...steps, step] : steps;
}
