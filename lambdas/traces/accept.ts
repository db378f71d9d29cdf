import type { TraceAcceptedBody, TraceRefusedBody } from '../../core/lifecycle/incident.ts';
import { type Entry, entryIdOf, entryIdWithin } from '../../core/model/entry.ts';
import type { LeakDescription } from '../../core/model/incident.ts';
import type { EntryId, IncidentId, Sha256, TraceId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import type { TracePending } from '../../core/trace/answer.ts';
import { sameRequest, store } from '../appends/append.ts';
import { goOnWithIncident } from '../appends/rules.ts';
import { type Answer, jsonAnswer } from '../http/serve.ts';
import { now } from '../queries/clock.ts';
import { ring } from '../store/bell.ts';
import { newEntry, readEntry, readHistory, requestDigest } from '../store/entries.ts';
import { listParts } from '../store/fingerprints.ts';
import type { Question } from './answer.ts';

/** Follows from the trace's own id, which follows from who asked and under which key. */
const acceptedIdOf = (traceId: TraceId): EntryId => entryIdOf(`trace:${traceId}`, 'accepted');

const requestOf = (incidentId: IncidentId, description: LeakDescription) =>
  requestDigest({ kind: 'trace-accepted', subject: incidentId, body: description });

/**
 * Accepts a trace that takes longer than a request may: records it, and tells another function to go on with it. Once it
 * is recorded it counts as a trace, to later samples and to the limit of a day.
 * @throws Problem `try-again` when nobody could be told: asked again under the same key, it is told then
 */
export async function acceptTrace(question: Question, sketchSha256: Sha256, files: number): Promise<Answer> {
  const { traceId, incidentId, caseReference, principal, description, size } = question;
  const entryId = acceptedIdOf(traceId);
  const body: TraceAcceptedBody = {
    caseReference,
    description,
    traceId,
    sketchSha256,
    files,
    reflects: { size },
  };
  const stored = await store(entryId, requestOf(incidentId, description), async () => {
    const { subject, version } = await goOnWithIncident(incidentId);
    const entry: Entry = {
      amanat: 1,
      entryId,
      kind: 'trace-accepted',
      stream: 'incident',
      ...{ subject, version, flags: [], recordedAt: now(), principal },
      body: { ...body },
    };
    return newEntry(entry);
  });
  return pendingOf(stored.entry, true);
}

/** What is answered to a request that was accepted before. @throws Problem `idempotency-key-reused` */
export async function acceptedBefore(
  traceId: TraceId,
  incidentId: IncidentId,
  description: LeakDescription,
): Promise<Answer | undefined> {
  const accepted = await readEntry(acceptedIdOf(traceId));
  if (!accepted) return undefined;
  sameRequest(accepted, requestOf(incidentId, description));
  return pendingAnswer(incidentId, traceId, true);
}

/**
 * What is known of a trace that is not answered.
 * @param begin whether somebody is to be told of it, where nothing has come of it
 * @throws Problem `not-found`; `conflict` once its incident is closed; why it was refused, where its sample went
 */
export async function pendingAnswer(
  incidentId: IncidentId,
  traceId: TraceId,
  begin = false,
): Promise<Answer> {
  const accepted = await readEntry(acceptedIdOf(traceId));
  if (accepted?.entry.subject !== incidentId) throw new Problem('not-found');
  const history = await readHistory('incident', incidentId, entryIdWithin(incidentId));
  for (const { entry } of history) {
    const { traceId: refused, refusal, detail } = entry.body as unknown as TraceRefusedBody;
    if (entry.kind === 'trace-refused' && refused === traceId) throw new Problem(refusal, detail);
  }
  if (history.at(-1)?.entry.kind === 'incident-closed')
    throw new Problem('conflict', 'the incident was closed before this trace was answered');
  return pendingOf(accepted.entry, begin);
}

/** After so long without a part, whoever was at it is gone: no call of a function lasts longer. */
const GIVEN_UP_MS = 16 * 60_000;

/** @param begin whether somebody is to be told of what has not begun. @throws Problem `try-again` when that fails */
async function pendingOf({ entryId, recordedAt, subject, body }: Entry, begin: boolean): Promise<Answer> {
  const { traceId, files } = body as unknown as TraceAcceptedBody;
  const { ids, last } = await listParts(traceId);
  const since = Date.now() - (last?.getTime() ?? Date.parse(recordedAt));
  if ((begin && ids.size === 0) || since > GIVEN_UP_MS) {
    const told = await ring('INVESTIGATE_FUNCTION', { accepted: entryId });
    if (!told)
      throw new Problem('try-again', 'the trace is accepted, and nobody could be told to go on with it');
  }
  const pending: TracePending = {
    traceId,
    incidentId: subject as IncidentId,
    files,
    compared: Math.min(ids.size, files),
  };
  return jsonAnswer(202, pending, {
    location: `/v1/incidents/${subject}/traces/${traceId}`,
    'retry-after': '3',
  });
}
