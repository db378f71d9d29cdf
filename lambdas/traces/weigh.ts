import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { AgencyId, Day } from '../../core/model/scalars.ts';
import type { AttributionAnswer } from '../../core/trace/sample/attribution.ts';
import { drawAll, type Reading } from '../../core/trace/sample/draw.ts';
import { weigh } from '../../core/trace/sample/weigh.ts';
import { type KnownFile, weighables } from '../../core/trace/sample/weighable.ts';
import { inParallel } from '../store/client.ts';
import { openCompared } from './files.ts';

/** Files that are read at the same time. */
const AT_ONCE = 8;

/** Weighs what a sample was compared with, provider by provider. */
export async function weighAll(
  sample: LeakSample,
  files: readonly KnownFile[],
  limits: { readonly seenOn: Day; readonly minimumRows: number },
  recipients: ReadonlyMap<string, AgencyId>,
): Promise<AttributionAnswer[]> {
  const answers: AttributionAnswer[] = [];
  for (const weighable of weighables(sample, files, limits))
    answers.push(weigh(sample, weighable, await drawAll(weighable, READING), limits.seenOn, recipients));
  return answers;
}

const READING: Reading = {
  open: ({ fileSha256, compared }) => openCompared(fileSha256, compared),
  each: (items, visit) => inParallel(items, AT_ONCE, visit),
};
