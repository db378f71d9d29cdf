import type { ROUTES } from '../../core/api/routes.ts';
import type { TraceRunBody } from '../../core/lifecycle/incident.ts';
import { entryIdOf, entryIdWithin, traceIdOf } from '../../core/model/entry.ts';
import type { IncidentRecord } from '../../core/model/incident.ts';
import { submitterOf } from '../../core/model/principal.ts';
import type { IncidentId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { sameRequest } from '../appends/append.ts';
import { goOnWithIncident } from '../appends/rules.ts';
import type { Request } from '../http/request.ts';
import { Answer, utf8 } from '../http/serve.ts';
import { readAnswer } from '../store/answers.ts';
import { readEntry, readHistory, type StoredEntry } from '../store/entries.ts';
import { readMeta } from '../store/views.ts';
import { acceptedBefore, acceptTrace, pendingAnswer } from './accept.ts';
import { admitSample } from './admit.ts';
import { answerAndRecord, digestOf, type Question } from './answer.ts';
import { allFacts } from './facts.ts';
import { isUnder } from './files.ts';
import { takesTooLong } from './limits.ts';
import { recordingRefusal } from './refused.ts';
import { compareAll, groundOf, weighSample } from './sample.ts';

/** Answers which transfers could explain a leak; or, where that takes longer than a request may, where to ask later. */
export async function runTrace({
  principal,
  params,
  body: description,
  idempotencyKey,
}: Request<(typeof ROUTES)['runTrace']>): Promise<Answer> {
  const { incidentId } = params;
  const entryId = entryIdOf(submitterOf(principal), idempotencyKey);
  const earlier = await readEntry(entryId);
  if (earlier) return given(sameRequest(earlier, digestOf(incidentId, description)));
  const traceId = traceIdOf(entryId);
  const accepted = await acceptedBefore(traceId, incidentId, description);
  if (accepted) return accepted;

  const { caseReference, history } = await openCase(incidentId);
  const { size } = await readMeta();
  const facts = await allFacts(size);
  const question: Question = { traceId, incidentId, caseReference, principal, description, size };
  if (!description.sample) return given(await answerAndRecord(question, facts, undefined));

  const { sha256 } = description.sample;
  const { sample, sketchSha256 } = await admitSample(sha256, principal, history).catch(
    recordingRefusal(question, idempotencyKey),
  );
  const ground = await groundOf(facts.flat(), size);
  const toRead = ground.files.filter(({ recorded }) => isUnder(sample.keyrings, recorded));
  if (takesTooLong(sample.rows, toRead.length))
    return acceptTrace(question, sketchSha256, ground.files.length);
  const outcomes = await compareAll(sample, ground.files);
  const content = await weighSample(sample, sha256, ground, outcomes, description.seenOn);
  return given(await answerAndRecord(question, facts, { content, sketchSha256 }));
}

/** @throws Problem `not-found`, or `conflict` once the incident is closed */
async function openCase(incidentId: IncidentId) {
  await goOnWithIncident(incidentId);
  const history = await readHistory('incident', incidentId, entryIdWithin(incidentId));
  const opened = history[0]?.entry;
  if (!opened) throw new Problem('not-found');
  const { caseReference } = opened.body as IncidentRecord;
  return { caseReference, history: history.map(({ entry }) => entry) };
}

/** The answer that a trace gave, by the entry that recorded it. */
async function given({ entry }: StoredEntry): Promise<Answer> {
  const { answerSha256 } = entry.body as unknown as TraceRunBody;
  return new Answer(201, utf8(await readAnswer(answerSha256)), {
    'content-type': 'application/json',
    location: `/v1/incidents/${entry.subject}/traces/${traceIdOf(entry.entryId)}`,
  });
}

export async function getTrace({ params }: Request<(typeof ROUTES)['getTrace']>): Promise<Answer> {
  const { incidentId, traceId } = params;
  const stored = await readEntry(entryIdWithin(traceId));
  if (!stored) return pendingAnswer(incidentId, traceId);
  if (stored.entry.kind !== 'trace-run' || stored.entry.subject !== incidentId)
    throw new Problem('not-found');
  const { status: _created, body, headers } = await given(stored);
  return new Answer(200, body, headers);
}
