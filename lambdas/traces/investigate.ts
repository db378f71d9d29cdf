import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { TraceAcceptedBody } from '../../core/lifecycle/incident.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { EntryId, IncidentId, Sha256, TraceId } from '../../core/model/scalars.ts';
import { decodePart, encodePart } from '../../core/trace/sample/part.ts';
import { inParallel } from '../store/client.ts';
import { readEntry } from '../store/entries.ts';
import { keepPart, listParts, readPart } from '../store/fingerprints.ts';
import { readSample } from './admit.ts';
import { answerAndRecord, type Question } from './answer.ts';
import { allFacts } from './facts.ts';
import { compareWith } from './files.ts';
import { recordingRefusal } from './refused.ts';
import { AT_ONCE, groundOf, type Named, type Outcome, weighSample } from './sample.ts';

/** Whether there is time for another file, and for the weighing of all. */
export interface Patience {
  readonly compare: () => boolean;
  readonly conclude: () => boolean;
}

/**
 * Goes on with an accepted trace. What each file says is kept as soon as it is known, so a crash loses the files that
 * were being looked at, and whoever goes on finds the rest. Two that go on at the same time do some of it twice, and
 * give one answer.
 * @returns whether it is answered; otherwise it is to be gone on with
 * @throws Problem `sample-refused` when the sample is gone, recorded by then; `conflict` once the incident is closed
 */
export async function investigate(accepted: EntryId, patience: Patience): Promise<boolean> {
  const stored = await readEntry(accepted);
  if (stored?.entry.kind !== 'trace-accepted') throw new Error('no trace was accepted by this entry');
  const { principal, subject } = stored.entry;
  const { traceId, caseReference, description, sketchSha256, reflects } = stored.entry
    .body as unknown as TraceAcceptedBody;
  if (await readEntry(entryIdWithin(traceId))) return true;
  const incidentId = subject as IncidentId;
  const question: Question = {
    ...{ traceId, incidentId, caseReference, principal, description },
    size: reflects.size,
  };
  const sha256 = description.sample?.sha256 as Sha256;
  const sample = await readSample(sha256).catch(
    recordingRefusal({ ...question, accepted: traceId }, `\n${accepted}`),
  );
  const facts = await allFacts(reflects.size);
  const ground = await groundOf(facts.flat());
  await compareRest(traceId, sample, ground.files, patience.compare);
  const outcomes = await outcomesOf(traceId, ground.files);
  if (outcomes.size < ground.files.length || !patience.conclude()) return false;
  const content = await weighSample(sample, sha256, ground, outcomes, description.seenOn);
  await answerAndRecord(question, facts, { content, sketchSha256 });
  return true;
}

/** Compares the sample with the files of which nothing is kept, as long as there is time. */
async function compareRest(
  traceId: TraceId,
  sample: LeakSample,
  files: readonly Named[],
  goOn: () => boolean,
): Promise<void> {
  const { ids } = await listParts(traceId);
  const rest = files.filter(({ id }) => !ids.has(id));
  await inParallel(rest, AT_ONCE, async ({ id, recorded }) => {
    if (goOn()) await keepPart(traceId, id, encodePart(await compareWith(sample, recorded)));
  });
}

async function outcomesOf(traceId: TraceId, files: readonly Named[]): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  await inParallel(files, AT_ONCE, async ({ id }) => {
    const part = await readPart(traceId, id);
    if (part) outcomes.set(id, decodePart(part));
  });
  return outcomes;
}
