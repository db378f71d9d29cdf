import type { CoverageAnswer } from '../../core/api/answers.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import { canonicalBytes } from '../../core/canonical.ts';
import type { TraceRunBody } from '../../core/lifecycle/incident.ts';
import { type Entry, entryIdOf, entryIdWithin, traceIdOf } from '../../core/model/entry.ts';
import type { IncidentRecord } from '../../core/model/incident.ts';
import { submitterOf } from '../../core/model/principal.ts';
import type { IncidentId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { answerTrace } from '../../core/trace/conclude.ts';
import { weighDevices } from '../../core/trace/devices/weigh.ts';
import { screen } from '../../core/trace/screen.ts';
import { sameRequest, store } from '../appends/append.ts';
import { goOnWithIncident } from '../appends/rules.ts';
import type { Request } from '../http/request.ts';
import { Answer, utf8 } from '../http/serve.ts';
import { now } from '../queries/clock.ts';
import { keepAnswer, readAnswer } from '../store/answers.ts';
import {
  newEntry,
  readEntry,
  readHistory,
  readTransferHistories,
  requestDigest,
  type StoredEntry,
} from '../store/entries.ts';
import { upTo } from '../store/line.ts';
import { allViews, readMeta, unpacked } from '../store/views.ts';
import { allFacts } from './facts.ts';
import { recordingRefusal } from './refused.ts';
import { traceSample } from './sample.ts';

/**
 * Answers which transfers could explain a leak, and records who asked what and the digest of the answer. The answer
 * is kept before the entry that names it: a crash in between leaves an answer that was never given, and nothing else.
 */
export async function runTrace({
  principal,
  params,
  body: description,
  idempotencyKey,
}: Request<(typeof ROUTES)['runTrace']>): Promise<Answer> {
  const { incidentId } = params;
  const entryId = entryIdOf(submitterOf(principal), idempotencyKey);
  const digest = requestDigest({ kind: 'trace-run', subject: incidentId, body: description });
  const earlier = await readEntry(entryId);
  if (earlier) return given(sameRequest(earlier, digest));

  const { caseReference, history } = await openCase(incidentId);
  const { size } = await readMeta();
  const facts = await allFacts(size);
  const traced = description.sample
    ? await traceSample(description.sample.sha256, {
        principal,
        history,
        facts: facts.flat(),
        seenOn: description.seenOn,
      }).catch(recordingRefusal({ principal, incidentId, caseReference, description }, idempotencyKey))
    : undefined;
  const screening = screen(description, facts);
  const [histories, declarations] = await Promise.all([
    readTransferHistories(screening.shown.map(({ facts }) => facts.transferId)).then((read) =>
      upTo(read, size),
    ),
    allViews('COVERAGE'),
  ]);
  const answer = answerTrace(screening, {
    traceId: traceIdOf(entryId),
    incidentId,
    caseReference,
    size,
    histories,
    declarations: declarations.map((item) => unpacked<CoverageAnswer['declarations'][number]>(item)),
    devices: description.devices && weighDevices(description.devices, facts.flat()),
    content: traced?.content,
  });
  const answerSha256 = await keepAnswer(canonicalBytes(answer));

  const body: TraceRunBody = {
    caseReference,
    description,
    answerSha256,
    ...(traced && { sketchSha256: traced.sketchSha256 }),
    reflects: { size },
  };
  const stored = await store(entryId, digest, async () => {
    const ruling = await goOnWithIncident(incidentId);
    const entry: Entry = {
      amanat: 1,
      entryId,
      kind: 'trace-run',
      stream: 'incident',
      subject: ruling.subject,
      version: ruling.version,
      flags: [],
      recordedAt: now(),
      principal,
      body: { ...body },
    };
    return newEntry(entry);
  });
  return given(stored);
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
  const stored = await readEntry(entryIdWithin(params.traceId));
  if (stored?.entry.kind !== 'trace-run' || stored.entry.subject !== params.incidentId)
    throw new Problem('not-found');
  const { status: _created, body, headers } = await given(stored);
  return new Answer(200, body, headers);
}
