import type { CoverageAnswer } from '../../core/api/answers.ts';
import { canonicalBytes } from '../../core/canonical.ts';
import type { TransferFacts } from '../../core/index/facts.ts';
import type { TraceRunBody } from '../../core/lifecycle/incident.ts';
import { type Entry, entryIdWithin } from '../../core/model/entry.ts';
import type { LeakDescription } from '../../core/model/incident.ts';
import type { Principal } from '../../core/model/principal.ts';
import type { IncidentId, Sha256, TraceId } from '../../core/model/scalars.ts';
import { answerTrace } from '../../core/trace/conclude.ts';
import { weighDevices } from '../../core/trace/devices/weigh.ts';
import type { ContentAnswer } from '../../core/trace/sample/answer.ts';
import { screen } from '../../core/trace/screen.ts';
import { store } from '../appends/append.ts';
import { goOnWithIncident } from '../appends/rules.ts';
import { now } from '../queries/clock.ts';
import { keepAnswer } from '../store/answers.ts';
import { newEntry, readTransferHistories, requestDigest, type StoredEntry } from '../store/entries.ts';
import { upTo } from '../store/line.ts';
import { allViews, unpacked } from '../store/views.ts';

/** A trace: who asked what, under which case, of how much of the log. */
export interface Question {
  readonly traceId: TraceId;
  readonly incidentId: IncidentId;
  readonly caseReference: string;
  readonly principal: Principal;
  readonly description: LeakDescription;
  /** Entries of the log. */
  readonly size: number;
}

/** {@link StoredEntry.request} of a trace. */
export const digestOf = (incidentId: IncidentId, description: LeakDescription): Uint8Array =>
  requestDigest({ kind: 'trace-run', subject: incidentId, body: description });

/**
 * Answers a trace, and records who asked what and the digest of the answer. The answer is kept before the entry that
 * names it: a crash in between leaves an answer that was never given, and nothing else.
 * @param facts of every transfer, block by block
 * @param traced what the rows say, where a sample was brought
 */
export async function answerAndRecord(
  { traceId, incidentId, caseReference, principal, description, size }: Question,
  facts: readonly (readonly TransferFacts[])[],
  traced: { readonly content: ContentAnswer; readonly sketchSha256: Sha256 } | undefined,
): Promise<StoredEntry> {
  const screening = screen(description, facts);
  const [histories, declarations] = await Promise.all([
    readTransferHistories(screening.shown.map(({ facts }) => facts.transferId)).then((read) =>
      upTo(read, size),
    ),
    allViews('COVERAGE'),
  ]);
  const answer = answerTrace(screening, {
    traceId,
    incidentId,
    caseReference,
    size,
    histories,
    declarations: declarations.map((item) => unpacked<CoverageAnswer['declarations'][number]>(item)),
    devices: description.devices && weighDevices(description.devices, facts.flat()),
    content: traced?.content,
  });
  const body: TraceRunBody = {
    caseReference,
    description,
    answerSha256: await keepAnswer(canonicalBytes(answer)),
    ...(traced && { sketchSha256: traced.sketchSha256 }),
    reflects: { size },
  };
  const entryId = entryIdWithin(traceId);
  return store(entryId, digestOf(incidentId, description), async () => {
    const { subject, version } = await goOnWithIncident(incidentId);
    const entry: Entry = {
      amanat: 1,
      entryId,
      kind: 'trace-run',
      stream: 'incident',
      ...{ subject, version, flags: [], recordedAt: now(), principal },
      body: { ...body },
    };
    return newEntry(entry);
  });
}
