import type { Sample } from '../../core/attribution/evidence.ts';
import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { FieldSet } from '../../core/fingerprint/sets.ts';
import type { FingerprintSet } from '../../core/fingerprint/types.ts';
import type { AgencyId, Day } from '../../core/model/scalars.ts';
import type { AttributionAnswer } from '../../core/trace/sample/attribution.ts';
import { type Lowest, lowestOf, sampleOf, together } from '../../core/trace/sample/draw.ts';
import { weigh } from '../../core/trace/sample/weigh.ts';
import { type KnownFile, type Weighable, weighables } from '../../core/trace/sample/weighable.ts';
import { inParallel } from '../store/client.ts';
import { openRecorded } from './files.ts';

/** Files that are read at the same time. */
const AT_ONCE = 8;

/**
 * Weighs what a sample was compared with, provider by provider. How many rows two files share is told by fingerprints
 * drawn from each and looked up in all others, so every file is asked once more.
 */
export async function weighAll(
  sample: LeakSample,
  files: readonly KnownFile[],
  limits: { readonly seenOn: Day; readonly minimumRows: number },
  recipients: ReadonlyMap<string, AgencyId>,
): Promise<AttributionAnswer[]> {
  const answers: AttributionAnswer[] = [];
  for (const weighable of weighables(sample, files, limits))
    answers.push(weigh(sample, weighable, await drawAll(weighable), limits.seenOn, recipients));
  return answers;
}

/** A file with its place among those that are weighed. */
interface Placed {
  readonly place: number;
  readonly file: KnownFile;
}

async function drawAll({ files, drawn }: Weighable): Promise<Sample[]> {
  const placed = files.map((file, place) => ({ place, file }));
  // Under another key the same value has another fingerprint.
  const byKey = Map.groupBy(placed, ({ file }) => file.compared.header.keyCheck);
  const samples: Sample[] = [];
  for (const [, ofKey] of [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const set of drawn) samples.push(await draw(set, ofKey));
  return samples;
}

async function draw(set: FieldSet, files: readonly Placed[]): Promise<Sample> {
  const lowest = new Map<number, Lowest>();
  await inParallel(files, AT_ONCE, async ({ place, file }) => {
    lowest.set(place, await lowestOf(await opened(file), set));
  });
  const drawn = together([...lowest.values()]);
  const held = new Map<number, { column: Uint8Array; rate: number }>();
  await inParallel(files, AT_ONCE, async ({ place, file }) => {
    const column = await (await opened(file)).contains(set, drawn.keys);
    held.set(place, { column, rate: (lowest.get(place) as Lowest).rate });
  });
  return sampleOf(set, drawn, held);
}

/** It was compared moments ago, so it is there. */
async function opened({ fileSha256 }: KnownFile): Promise<FingerprintSet> {
  const file = await openRecorded(fileSha256);
  if (!file) throw new Error(`the fingerprint file ${fileSha256} is gone`);
  return file;
}
