import { canonicalBytes } from '../../core/canonical.ts';
import { FingerprintError } from '../../core/fingerprint/error.ts';
import { type LeakSample, openSample } from '../../core/fingerprint/sample.ts';
import type { TransferFacts } from '../../core/index/facts.ts';
import type { IncidentState } from '../../core/lifecycle/incident.ts';
import type { Entry } from '../../core/model/entry.ts';
import type { Principal } from '../../core/model/principal.ts';
import type { Day, Sha256 } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import type { ContentAnswer, NotCompared } from '../../core/trace/sample/answer.ts';
import { type Compared, isCompared } from '../../core/trace/sample/compare.ts';
import { type Comparisons, concludeContent } from '../../core/trace/sample/conclude.ts';
import { checkApproval, checkCrowd, checkRate, checkUnlike } from '../../core/trace/sample/guard.ts';
import { SampleSketch, sketchOf } from '../../core/trace/sample/sketch.ts';
import type { KnownFile } from '../../core/trace/sample/weighable.ts';
import type { FrameView } from '../../core/views/registers.ts';
import { today } from '../queries/clock.ts';
import { inParallel } from '../store/client.ts';
import { sha256Hex } from '../store/entries.ts';
import { keepObject, readObject } from '../store/fingerprints.ts';
import { allViews, unpacked } from '../store/views.ts';
import { compareWith } from './files.ts';
import { tracingLimits } from './limits.ts';
import { weighAll } from './weigh.ts';

interface Surroundings {
  readonly principal: Principal;
  /** Of the incident, oldest first. */
  readonly history: readonly Entry[];
  /** Of every transfer. */
  readonly facts: readonly TransferFacts[];
  /** When the leak was first seen. */
  readonly seenOn: Day;
}

/** Files that are read at the same time: the network is waited for, not the processor. */
const AT_ONCE = 8;

/**
 * Compares a sample with the fingerprints of all transfers and frames, if it may be. The sketch is kept before the
 * answer is given: whatever is answered, later samples are compared with this one.
 * @throws Problem `approval-missing`, `too-many-requests` or `sample-refused`
 */
export async function traceSample(
  sha256: Sha256,
  { principal, history, facts, seenOn }: Surroundings,
): Promise<{ content: ContentAnswer; sketchSha256: Sha256 }> {
  const limits = tracingLimits();
  checkApproval(history, principal, sha256);
  const earlier = await earlierTraces();
  checkRate(askedToday(earlier, history, principal), limits);
  const sample = await readSample(sha256);
  checkCrowd(sample, limits);
  const sketch = sketchOf(sample);
  checkUnlike(sketch, await sketchesOf(earlier, history, sha256), limits);
  const bytes = canonicalBytes(sketch);
  const sketchSha256 = sha256Hex(bytes) as Sha256;
  await keepObject('sketches', sketchSha256, bytes);

  const frames = (await allViews('FRAME')).map((item) => unpacked<FrameView>(item));
  const [ofTransfers, ofFrames] = [new Map<string, Outcome>(), new Map<string, Outcome>()];
  await inParallel(facts, AT_ONCE, async ({ transferId, provider, fingerprint }) => {
    const recorded = fingerprint && { ...fingerprint, kind: 'transfer' as const, provider };
    ofTransfers.set(transferId, recorded ? await compareWith(sample, recorded) : 'no-fingerprint');
  });
  await inParallel(frames, AT_ONCE, async ({ frameId, sha256, holder, epoch }) => {
    ofFrames.set(frameId, await compareWith(sample, { sha256, kind: 'frame', provider: holder, epoch }));
  });
  const outcomeOf = (outcomes: Map<string, Outcome>, id: string) => outcomes.get(id) ?? 'no-fingerprint';
  const comparisons = {
    transfers: facts.map((each) => ({ facts: each, outcome: outcomeOf(ofTransfers, each.transferId) })),
    frames: frames.map((frame) => ({ frame, outcome: outcomeOf(ofFrames, frame.frameId) })),
  };
  const recipients = new Map(facts.map(({ transferId, recipient }) => [transferId, recipient]));
  const attributions = await weighAll(
    sample,
    knownFiles(comparisons),
    { seenOn, minimumRows: limits.minimumRows },
    recipients,
  );
  const content = concludeContent(sample, sha256, limits.minimumRows, comparisons, attributions);
  return { content, sketchSha256 };
}

/** The files that the sample was compared with. */
const knownFiles = ({ transfers, frames }: Comparisons): KnownFile[] => [
  ...transfers.flatMap(({ facts: { transferId, fingerprint }, outcome }) =>
    isCompared(outcome) && fingerprint
      ? [{ id: transferId, kind: 'transfer' as const, fileSha256: fingerprint.sha256, compared: outcome }]
      : [],
  ),
  ...frames.flatMap(({ frame: { frameId, sha256 }, outcome }) =>
    isCompared(outcome)
      ? [{ id: frameId, kind: 'frame' as const, fileSha256: sha256, compared: outcome }]
      : [],
  ),
];

type Outcome = Compared | NotCompared;

async function readSample(sha256: Sha256): Promise<LeakSample> {
  const bytes = await readObject('samples', sha256);
  if (!bytes) throw new Problem('sample-refused', 'no such sample was brought, or it is gone by now');
  if (sha256Hex(bytes) !== sha256) throw new Problem('sample-refused', 'the sample was altered');
  try {
    return await openSample(bytes);
  } catch (error) {
    if (error instanceof FingerprintError) throw new Problem('sample-refused', error.message);
    throw error;
  }
}

/** A trace by sample, as far as later ones need to know of it. */
interface Earlier {
  readonly sub: string;
  readonly day: string;
  readonly sample: Sha256;
  readonly sketch: Sha256;
}

/** Of all incidents, as the views have them. */
async function earlierTraces(): Promise<Earlier[]> {
  const incidents = (await allViews('INCIDENT')).map((item) => unpacked<IncidentState>(item));
  return incidents.flatMap(({ traces }) =>
    traces.flatMap(({ principal, recordedAt, description, sketchSha256 }) =>
      earlierOf(principal, recordedAt, description.sample?.sha256, sketchSha256),
    ),
  );
}

/** Of this incident, of which the views may lag by seconds. */
const ownTraces = (history: readonly Entry[]): Earlier[] =>
  history.flatMap(({ kind, principal, recordedAt, body }) => {
    if (kind !== 'trace-run') return [];
    const { description, sketchSha256 } = body as {
      description: { sample?: { sha256: Sha256 } };
      sketchSha256?: Sha256;
    };
    return earlierOf(principal, recordedAt, description.sample?.sha256, sketchSha256);
  });

const earlierOf = (
  { sub }: Principal,
  recordedAt: string,
  sample: Sha256 | undefined,
  sketch: Sha256 | undefined,
): Earlier[] => (sample && sketch ? [{ sub, day: recordedAt.slice(0, 10), sample, sketch }] : []);

/** The views may know as many of this incident's traces as its history, or fewer: whichever are more count. */
function askedToday(earlier: readonly Earlier[], history: readonly Entry[], { sub }: Principal): number {
  const day = today();
  const of = (traces: readonly Earlier[]) =>
    traces.filter((trace) => trace.sub === sub && trace.day === day).length;
  return Math.max(of(earlier), of(ownTraces(history)));
}

/** Of every other sample that was traced; to trace the same one again, over a ledger that has grown, tells no more. */
async function sketchesOf(
  earlier: readonly Earlier[],
  history: readonly Entry[],
  sample: Sha256,
): Promise<SampleSketch[]> {
  const others = [...earlier, ...ownTraces(history)].filter((each) => each.sample !== sample);
  const sketches: SampleSketch[] = [];
  await inParallel([...new Set(others.map(({ sketch }) => sketch))], AT_ONCE, async (sha256) => {
    const bytes = await readObject('sketches', sha256);
    // Without it nobody could say whether this sample may be traced.
    if (!bytes) throw new Error(`the sketch ${sha256} is gone`);
    sketches.push(SampleSketch.parse(JSON.parse(Buffer.from(bytes).toString())));
  });
  return sketches;
}
