import { canonicalBytes } from '../../core/canonical.ts';
import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { LeakDescription } from '../../core/model/incident.ts';
import type { AgencyId, IncidentId, Sha256, TraceId } from '../../core/model/scalars.ts';
import { answerTrace } from '../../core/trace/conclude.ts';
import { type Compared, compare, isCompared } from '../../core/trace/sample/compare.ts';
import { concludeContent } from '../../core/trace/sample/conclude.ts';
import { drawAll, type Reading } from '../../core/trace/sample/draw.ts';
import { decodePart, encodePart } from '../../core/trace/sample/part.ts';
import { weigh } from '../../core/trace/sample/weigh.ts';
import { weighables } from '../../core/trace/sample/weighable.ts';
import { screen } from '../../core/trace/screen.ts';
import { inParallel } from '../../lambdas/store/client.ts';
import { keepPart, readPart } from '../../lambdas/store/fingerprints.ts';
import { openCompared, withRecorded } from '../../lambdas/traces/files.ts';
import { AT_ONCE } from '../../lambdas/traces/sample.ts';
import { DIFFERENT, type Filed, type HandOvers, SEEN_ON, SOURCES } from './hand-overs.ts';
import { Stopwatch } from './stopwatch.ts';

export const PARTS = {
  read: 'read each file, with its SHA-256',
  compare: 'compare the sample with each',
  keep: 'keep what each says, and read it again',
  draw: 'weigh: read sketches and filters, draw, look up',
  together: 'weigh: put together what was drawn',
  weigh: 'weigh: search the explanations',
  answer: 'screen by description, conclude, answer',
} as const;
export type Part = keyof typeof PARTS;

export interface Timed {
  readonly ms: Readonly<Record<Part, number>>;
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
 */
export async function runTrace(
  { transfers, frames }: HandOvers,
  sample: LeakSample,
  most: number,
  step: Step,
): Promise<Timed> {
  const outcomes = new Map<string, Compared>();
  const ofFrames = await compareAll(sample, frames, outcomes, step);
  const compared = transfers.slice(0, Math.max(DIFFERENT, most));
  const ofTransfers = await compareAll(sample, compared, outcomes, step);
  for (const { id, content, extractedAt } of transfers.slice(compared.length)) {
    const like = outcomes.get(compared[content]?.id as string) as Compared;
    outcomes.set(id, { ...like, header: { ...like.header, extractedAt } });
  }
  const all = (part: 'read' | 'compare') =>
    ofFrames[part] + (ofTransfers[part] * transfers.length) / compared.length;

  const traceId = `tc-${crypto.randomUUID().replaceAll('-', '')}` as TraceId;
  const keep = await elapsed(() => keptAndRead(traceId, outcomes, step));
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
    ms: { read: all('read'), compare: all('compare'), keep, ...weighed.ms, answer: answer.ms },
    compared: compared.length,
    weighed: attributions[0]?.ranked ?? 0,
    supported: {
      all: supported.length,
      sources: supported.filter((id) => sources.some((source) => source === id)).length,
    },
    answerBytes: bytes.length,
  };
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Several at a time, so what of the time is not for comparing is for reading. */
async function compareAll(
  sample: LeakSample,
  files: readonly Filed[],
  outcomes: Map<string, Compared>,
  step: Step,
): Promise<{ read: number; compare: number }> {
  const comparing = new Stopwatch();
  const [ring] = sample.keyrings;
  const { provider, epoch } = ring as (typeof sample.keyrings)[number];
  let done = 0;
  const total = await elapsed(() =>
    inParallel(files, AT_ONCE, async ({ id, kind, sha256 }) => {
      const outcome = await withRecorded({ sha256, kind, provider, epoch }, sample.keyrings, (file) =>
        comparing.time(() => compare(sample, file)),
      );
      if (!isCompared(outcome)) throw new Error(outcome);
      outcomes.set(id, outcome);
      step(`${files[0]?.kind}s compared`, ++done, files.length);
    }),
  );
  return { read: total - comparing.ms, compare: comparing.ms };
}

async function keptAndRead(traceId: TraceId, outcomes: ReadonlyMap<string, Compared>, step: Step) {
  let done = 0;
  await inParallel([...outcomes], AT_ONCE, async ([id, outcome]) => {
    await keepPart(traceId, id, encodePart(outcome));
    step('parts kept and read', ++done / 2, outcomes.size);
  });
  await inParallel([...outcomes.keys()], AT_ONCE, async (id) => {
    const part = await readPart(traceId, id);
    if (!part || !isCompared(decodePart(part))) throw new Error(`the part of ${id} is gone`);
    step('parts kept and read', ++done / 2, outcomes.size);
  });
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
    open: ({ fileSha256, compared }) => openCompared(fileSha256, compared.header),
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
    ms: {
      draw: visiting.ms,
      together: drawing.ms - visiting.ms,
      weigh: weighing.ms,
    },
  };
}
