import * as z from 'zod';
import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { EntryId } from '../../core/model/scalars.ts';
import { ring } from '../store/bell.ts';
import { inParallel } from '../store/client.ts';
import { isUnder } from './files.ts';
import { MOST_WORKERS, workersFor } from './limits.ts';
import type { Named } from './sample.ts';

/** Of the files of a trace every `of`th, beginning with each of `from`: all that one call compares. */
export const Share = z.strictObject({
  of: z.int().min(1).max(MOST_WORKERS),
  from: z.array(z.int().min(0)).min(1).max(MOST_WORKERS),
});
export type Share = z.infer<typeof Share>;

/** Those of a share. What is to be read is divided by itself: what is under other keys costs nothing. */
export function shareOf(files: readonly Named[], { keyrings }: LeakSample, { of, from }: Share): Named[] {
  const read = files.filter(({ recorded }) => isUnder(keyrings, recorded));
  const others = files.filter(({ recorded }) => !isUnder(keyrings, recorded));
  return [read, others].flatMap((those) => those.filter((_, place) => from.includes(place % of)));
}

/**
 * Tells as many others as are worth it to go on with a trace too, each with a share of its own. A crash in the midst
 * of it loses nobody's work: whoever begins again tells them again, and finds what they kept.
 * @param rest files that are still to be compared
 * @returns the caller's own share, and of those that nobody could be told of
 */
export async function spread(
  accepted: EntryId,
  { rows, keyrings }: LeakSample,
  rest: readonly Named[],
): Promise<Share> {
  const of = workersFor(rows, rest.filter(({ recorded }) => isUnder(keyrings, recorded)).length);
  const from = [0];
  const others = Array.from({ length: of - 1 }, (_, n) => n + 1);
  await inParallel(others, 8, async (nth) => {
    const share: Share = { of, from: [nth] };
    if (!(await ring('AWS_LAMBDA_FUNCTION_NAME', { accepted, share }))) from.push(nth);
  });
  return { of, from };
}
