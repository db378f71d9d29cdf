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
import { type Share, shareOf, spread } from './share.ts';

/** Whether there is time for another file, and for the weighing of all. */
export interface Patience {
  readonly compare: () => boolean;
  readonly conclude: () => boolean;
}

/** How far a call came; where its time was up, with what the next goes on. */
export type Progress = 'answered' | 'others-compare' | Share;

/**
 * Goes on with an accepted trace. What each file says is kept as soon as it is known, so a crash loses the files that
 * were being looked at, and whoever goes on finds the rest. Whoever then finds that all is there weighs it: of several,
 * the one that kept the last part sees those of all others. Two that go on with the same share, or find all of it at the
 * same time, do some of it twice, and give one answer.
 * @param given what of the files is this call's; left out, it begins: it tells others of theirs, and takes what is left
 * @throws Problem `sample-refused` when the sample is gone, recorded by then; `conflict` once the incident is closed
 */
export async function investigate(accepted: EntryId, patience: Patience, given?: Share): Promise<Progress> {
  const stored = await readEntry(accepted);
  if (stored?.entry.kind !== 'trace-accepted') throw new Error('no trace was accepted by this entry');
  const { principal, subject } = stored.entry;
  const { traceId, caseReference, description, sketchSha256, reflects } = stored.entry
    .body as unknown as TraceAcceptedBody;
  if (await readEntry(entryIdWithin(traceId))) return 'answered';
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
  const ground = await groundOf(facts.flat(), reflects.size);
  const share = given ?? (await spread(accepted, sample, await withoutPart(traceId, ground.files)));
  const own = shareOf(ground.files, sample, share);
  await inParallel(await withoutPart(traceId, own), AT_ONCE, async ({ id, recorded }) => {
    if (patience.compare()) await keepPart(traceId, id, encodePart(await compareWith(sample, recorded)));
  });
  const left = await withoutPart(traceId, ground.files);
  if (left.some((file) => own.includes(file))) return share;
  if (left.length > 0) return 'others-compare';
  if (!patience.conclude()) return share;
  const outcomes = await outcomesOf(traceId, ground.files);
  const content = await weighSample(sample, sha256, ground, outcomes, description.seenOn);
  await answerAndRecord(question, facts, { content, sketchSha256 });
  return 'answered';
}

/** The files of which it is not yet known what they say. */
async function withoutPart(traceId: TraceId, files: readonly Named[]): Promise<Named[]> {
  const { ids } = await listParts(traceId);
  return files.filter(({ id }) => !ids.has(id));
}

async function outcomesOf(traceId: TraceId, files: readonly Named[]): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  await inParallel(files, AT_ONCE, async ({ id }) => {
    const part = await readPart(traceId, id);
    if (!part) throw new Error(`what ${id} said is gone`);
    outcomes.set(id, decodePart(part));
  });
  return outcomes;
}
