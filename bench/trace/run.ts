import { Worker } from 'node:worker_threads';
import { canonicalBytes } from '../../core/canonical.ts';
import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { LeakDescription } from '../../core/model/incident.ts';
import type { AgencyId, IncidentId, Sha256, TraceId } from '../../core/model/scalars.ts';
import { answerTrace } from '../../core/trace/conclude.ts';
import { type Compared, isCompared } from '../../core/trace/sample/compare.ts';
import { concludeContent } from '../../core/trace/sample/conclude.ts';
import { drawAll, type Reading } from '../../core/trace/sample/draw.ts';
import { decodePart, encodePart } from '../../core/trace/sample/part.ts';
import { weigh } from '../../core/trace/sample/weigh.ts';
import { weighables } from '../../core/trace/sample/weighable.ts';
import { screen } from '../../core/trace/screen.ts';
import { inParallel } from '../../lambdas/store/client.ts';
import { keepPart, readPart } from '../../lambdas/store/fingerprints.ts';
import { openCompared } from '../../lambdas/traces/files.ts';
import { AT_ONCE } from '../../lambdas/traces/sample.ts';
import type { Comparing, Told } from './comparing.ts';
import { DIFFERENT, type Filed, type HandOvers, SEEN_ON, SOURCES } from './hand-overs.ts';
import { less, Stopwatch, type Took } from './stopwatch.ts';

export const PARTS = {
  read: 'read each file with its SHA-256, keep what it says',
  compare: 'compare the sample with each',
  readParts: 'read what each says',
  draw: 'weigh: read sketches and filters, draw, look up',
  together: 'weigh: put together what was drawn',
  weigh: 'weigh: search the explanations',
  answer: 'screen by description, conclude, answer',
} as const;
export type Part = keyof typeof PARTS;

export interface Timed {
  readonly took: Readonly<Record<Part, Took>>;
  /** Hand-overs that were read and compared; for the others it is extrapolated. */
  readonly compared: number;
  readonly weighed: number;
  /** Hand-overs that are supported, and how many of them are sources. */
  readonly supported: { readonly all: number; readonly sources: number };
  readonly answerBytes: number;
}

const MINIMUM_ROWS = 50;
type Step = (of: string, done: number, total: number) => void;

/**
 * A trace as `investigate` does it, from the files to the answer; what it reads from and writes to the tables of the
 * ledger is not in it.
 * @param most hand-overs to be compared. What the others say is known: they have the filters of one that was compared.
 * @param workers how many threads compare at once, each its share
 */
export async function runTrace(
  { transfers, frames }: HandOvers,
  sample: LeakSample,
  most: number,
  workers: number,
  step: Step,
): Promise<Timed> {
  const traceId = `tc-${crypto.randomUUID().replaceAll('-', '')}` as TraceId;
  const compared = transfers.slice(0, Math.max(DIFFERENT, most));
  const comparing = await compareAll(traceId, sample, [...compared, ...frames], workers, step);
  const known = await readParts(traceId, compared, step);
  await inParallel(transfers.slice(compared.length), AT_ONCE, async ({ id, content, extractedAt }) => {
    const like = known.get(compared[content]?.id as string) as Compared;
    await keepPart(traceId, id, encodePart({ ...like, header: { ...like.header, extractedAt } }));
  });
  const times = transfers.length / compared.length;
  const all = ({ ms, cpuMs }: Took) => ({ ms: ms * times, cpuMs: cpuMs * times });

  const reading = new Stopwatch();
  const outcomes = await reading.time(() => readParts(traceId, [...transfers, ...frames], step));
  const weighed = await weighAll({ transfers, frames }, sample, outcomes, step);
  const { attributions } = weighed;
  const answer = new Stopwatch();
  const bytes = await answer.time(() => {
    const content = concludeContent(
      sample,
      '0'.repeat(64) as Sha256,
      MINIMUM_ROWS,
      {
        transfers: transfers.map(({ id, facts }) => ({ facts, outcome: outcomes.get(id) as Compared })),
        frames: frames.map(({ id, view }) => ({ frame: view, outcome: outcomes.get(id) as Compared })),
      },
      attributions,
    );
    const leak: LeakDescription = { fields: ['msisdn', 'cnic'], seenOn: SEEN_ON };
    const screening = screen(leak, [transfers.map(({ facts }) => facts)]);
    const openings = new Map(transfers.map(({ id, opening }) => [id, [opening]]));
    return canonicalBytes(
      answerTrace(screening, {
        traceId,
        incidentId: 'in-bench' as IncidentId,
        caseReference: 'bench',
        size: transfers.length,
        histories: new Map(
          screening.shown.map(({ facts: { transferId } }) => [transferId, openings.get(transferId) ?? []]),
        ),
        declarations: [],
        content,
      }),
    );
  });
  const supported = attributions.flatMap(({ ranking }) =>
    ranking.filter(({ verbal }) => verbal.supports === 'contributed').map(({ transferId }) => transferId),
  );
  const sources = transfers.slice(0, SOURCES.length).map(({ id }) => id);
  return {
    took: {
      ...{ read: all(comparing.read), compare: all(comparing.compare), readParts: reading.took },
      ...weighed.took,
      answer: answer.took,
    },
    compared: compared.length,
    weighed: attributions[0]?.ranked ?? 0,
    supported: {
      all: supported.length,
      sources: supported.filter((id) => sources.some((source) => source === id)).length,
    },
    answerBytes: bytes.length,
  };
}

/** By so many threads at once; what of their time is not for comparing is for reading and keeping. */
async function compareAll(
  traceId: TraceId,
  sample: LeakSample,
  files: readonly Filed[],
  workers: number,
  step: Step,
): Promise<{ read: Took; compare: Took }> {
  let done = 0;
  const told = await Promise.all(
    Array.from({ length: workers }, (_, nth) => {
      const share = files.filter((_, place) => place % workers === nth);
      const comparing: Comparing = {
        traceId,
        sample,
        files: share.map(({ id, kind, sha256 }) => ({ id, kind, sha256 })),
      };
      return compareShare(comparing, () => step(`${files[0]?.kind}s compared`, ++done, files.length));
    }),
  );
  const sum = (of: (each: (typeof told)[number]) => number) =>
    told.reduce((total, each) => total + of(each), 0);
  const all = { ms: Math.max(...told.map((each) => each.all.ms)), cpuMs: sum((each) => each.all.cpuMs) };
  const compare = {
    ms: sum((each) => each.compare.ms) / told.length,
    cpuMs: sum((each) => each.compare.cpuMs),
  };
  return { read: less(all, compare), compare };
}

function compareShare(workerData: Comparing, onFile: () => void): Promise<Exclude<Told, 'one'>> {
  const thread = new Worker(new URL('./comparing.ts', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    thread.on('message', (told: Told) => {
      if (told === 'one') onFile();
      else resolve(told);
    });
    thread.once('error', reject);
  });
}

async function readParts(traceId: TraceId, files: readonly Filed[], step: Step) {
  const outcomes = new Map<string, Compared>();
  await inParallel(files, AT_ONCE, async ({ id }) => {
    const part = await readPart(traceId, id);
    const outcome = part && decodePart(part);
    if (!outcome || !isCompared(outcome)) throw new Error(`the part of ${id} is gone`);
    outcomes.set(id, outcome);
    step('parts read', outcomes.size, files.length);
  });
  return outcomes;
}

/** As `weighAll` of the functions does it, with a look at the clock between its steps. */
async function weighAll(
  { transfers, frames }: Pick<HandOvers, 'transfers' | 'frames'>,
  sample: LeakSample,
  outcomes: ReadonlyMap<string, Compared>,
  step: Step,
) {
  const files = [...transfers, ...frames].map(({ id, kind, sha256 }) => ({
    ...{ id, kind, fileSha256: sha256 },
    compared: outcomes.get(id) as Compared,
  }));
  const recipients = new Map<string, AgencyId>(
    transfers.map(({ id, facts: { recipient } }) => [id, recipient]),
  );
  const [visiting, drawing, weighing] = [new Stopwatch(), new Stopwatch(), new Stopwatch()];
  const reading: Reading = {
    open: ({ fileSha256, compared }) => openCompared(fileSha256, compared),
    each: (items, visit) => {
      let done = 0;
      return visiting.time(() =>
        inParallel(items, AT_ONCE, async (item) => {
          await visit(item);
          step('files drawn from or looked up in', ++done, items.length);
        }),
      );
    },
  };
  const ofProviders = await weighing.time(() =>
    weighables(sample, files, { seenOn: SEEN_ON, minimumRows: MINIMUM_ROWS }),
  );
  const attributions = [];
  for (const weighable of ofProviders) {
    const drawn = await drawing.time(() => drawAll(weighable, reading));
    step('explanations searched', 0, 1);
    attributions.push(await weighing.time(() => weigh(sample, weighable, drawn, SEEN_ON, recipients)));
  }
  return {
    attributions,
    took: {
      draw: visiting.took,
      together: less(drawing.took, visiting.took),
      weigh: weighing.took,
    },
  };
}
