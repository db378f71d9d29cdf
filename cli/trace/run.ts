import { randomUUID } from 'node:crypto';
import { ApiFailure, ApiProblem } from '../../core/api/client.ts';
import { LeakDescription } from '../../core/model/incident.ts';
import { dayOf, IncidentId, type Instant, Sha256, TraceId } from '../../core/model/scalars.ts';
import { CanonicalField } from '../../core/model/vocabulary.ts';
import type { TraceAnswer } from '../../core/trace/answer.ts';
import { reportOf } from '../../core/trace/report/report.ts';
import { readTextFile, UsageError } from '../failure.ts';
import { type Dataset, openDataset } from '../fingerprint/dataset.ts';
import { fieldSets, type ReadOptions, readMapping } from '../fingerprint/options.ts';
import { formatOf } from '../fingerprint/parts.ts';
import { type ApiOptions, clientOf, save } from './api.ts';
import { markedCopies } from './copies.ts';
import { findDevices, openLists } from './devices.ts';
import { type RingOptions, ringsOf } from './rings.ts';
import { makeSample } from './sample.ts';
import { upload } from './upload.ts';
import { answerOf } from './wait.ts';

interface CaseOptions extends ApiOptions {
  readonly incident: string;
}

export interface TraceOptions extends CaseOptions, RingOptions, ReadOptions {
  readonly sample: string;
  readonly sets?: string;
  readonly canaryList: readonly string[];
  readonly seenOn?: string;
  readonly description?: string;
  readonly out: string;
}

const EXIT = { answered: 0, refused: 2, approvalMissing: 3 } as const;

/** `amanat trace`. Answers the exit code. @throws UsageError when it cannot be asked */
export async function runTrace(options: TraceOptions): Promise<number> {
  const { choices, dataset: form } = readMapping(options);
  const incidentId = idOf(options);
  const client = clientOf(options);
  const rings = await ringsOf(options);
  const lists = openLists(options.canaryList, rings);
  const sets = options.sets === undefined ? undefined : fieldSets(options.sets);
  const { sample, format } = await closing(openDataset(options.sample, choices, form), async (dataset) => {
    const sample = await makeSample(dataset, rings, sets);
    return { sample, format: formatOf(dataset, sample) };
  });
  const { rows } = sample.seen;
  process.stderr.write(
    `${rows.toLocaleString('en')} rows, ${sample.sets.join(', ')}; the sample has SHA-256 ${sample.sha256}\n`,
  );
  return asking(async () => {
    await upload(client, incidentId, sample);
    const copies = await markedCopies(client, rings);
    const devices =
      lists.length + copies.length === 0
        ? undefined
        : await closing(openDataset(options.sample, choices, form), (dataset) =>
            findDevices(dataset, choices, lists, copies),
          );
    const body = described(options, {
      fields: choices.flatMap(({ field }) => CanonicalField.safeParse(field).data ?? []),
      rows: { count: rows, exact: true },
      format,
      sample: { sha256: sample.sha256 },
      ...(devices && { devices }),
    });
    const idempotencyKey = `trace/${sample.sha256.slice(0, 16)}/${randomUUID()}`;
    const asked = client.call('runTrace', { params: { incidentId }, body, idempotencyKey });
    report(await answerOf(client, incidentId, asked), options.out);
    return EXIT.answered;
  }, sample.sha256);
}

/** `amanat trace-answer`: of a trace that was accepted before. */
export async function runAnswer(
  options: CaseOptions & { readonly trace: string; readonly out: string },
): Promise<number> {
  const incidentId = idOf(options);
  const traceId = TraceId.safeParse(options.trace);
  if (!traceId.success) throw new UsageError('--trace takes tc- and 32 hex digits');
  const client = clientOf(options);
  return asking(async () => {
    const asked = client.call('getTrace', { params: { incidentId, traceId: traceId.data } });
    report(await answerOf(client, incidentId, asked), options.out);
    return EXIT.answered;
  });
}

function report(answer: TraceAnswer, out: string): void {
  save(`${out}.json`, `${JSON.stringify(answer, null, 2)}\n`);
  save(`${out}.html`, reportOf(answer));
  const said = [answer.summary, answer.content?.summary ?? [], answer.devices?.summary ?? []].flat();
  process.stdout.write(`${said.join('\n')}\n`);
  process.stderr.write(`${out}.json, ${out}.html\n`);
}

/** Does something with a dataset, and closes it. */
async function closing<T>(opening: Promise<Dataset>, work: (dataset: Dataset) => Promise<T>): Promise<T> {
  const dataset = await opening;
  try {
    return await work(dataset);
  } finally {
    dataset.close();
  }
}

/** `amanat trace-approve`. */
export async function runApprove(
  options: CaseOptions & { readonly sampleSha256: string; readonly reason: string },
): Promise<number> {
  const incidentId = idOf(options);
  const sampleSha256 = Sha256.safeParse(options.sampleSha256);
  if (!sampleSha256.success) throw new UsageError('--sample-sha256 takes 64 lower-case hex digits');
  const occurredOn = dayOf(new Date().toISOString() as Instant);
  return asking(async () => {
    const { entryId } = await clientOf(options).call('recordIncidentEvent', {
      params: { incidentId },
      body: {
        kind: 'trace-approved',
        body: { occurredOn, sampleSha256: sampleSha256.data, reason: options.reason },
      },
      idempotencyKey: `approve/${incidentId}/${sampleSha256.data}`,
    });
    process.stdout.write(`approved: entry ${entryId}\n`);
    return EXIT.answered;
  });
}

function idOf({ incident }: CaseOptions): IncidentId {
  const id = IncidentId.safeParse(incident);
  if (!id.success) throw new UsageError('--incident takes in- and 32 hex digits');
  return id.data;
}

/** What is said of the leak, and what was seen of its rows where nothing else is said. */
function described(options: TraceOptions, seen: object): LeakDescription {
  let said: object = {};
  if (options.description !== undefined) {
    try {
      said = JSON.parse(readTextFile(options.description)) as object;
    } catch (error) {
      throw error instanceof UsageError ? error : new UsageError('the description is not JSON');
    }
  }
  const given = options.seenOn === undefined ? {} : { seenOn: options.seenOn };
  const { data, error } = LeakDescription.safeParse({ ...seen, ...given, ...said });
  if (data) return data;
  const [issue] = error.issues;
  throw new UsageError(
    `the description: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'does not hold up'}`,
  );
}

async function asking(ask: () => Promise<number>, sample?: Sha256): Promise<number> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiFailure) throw new UsageError(error.message);
    if (!(error instanceof ApiProblem)) throw error;
    if (error.slug === 'approval-missing') {
      process.stderr.write(
        `a second auditor must approve this sample first:\n  amanat trace-approve --incident … --sample-sha256 ${sample} --reason …\n`,
      );
      return EXIT.approvalMissing;
    }
    throw new UsageError(`the ledger refuses: ${error.message}`);
  }
}
