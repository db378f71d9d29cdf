import { canonicalBytes } from '../../core/canonical.ts';
import { FingerprintError } from '../../core/fingerprint/error.ts';
import { type LeakSample, openSample } from '../../core/fingerprint/sample.ts';
import type { IncidentState } from '../../core/lifecycle/incident.ts';
import { type Entry, traceIdOf } from '../../core/model/entry.ts';
import type { Principal } from '../../core/model/principal.ts';
import type { Sha256, TraceId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { checkApproval, checkCrowd, checkRate, checkUnlike } from '../../core/trace/sample/guard.ts';
import { SampleSketch, sketchOf } from '../../core/trace/sample/sketch.ts';
import { today } from '../queries/clock.ts';
import { inParallel } from '../store/client.ts';
import { sha256Hex } from '../store/entries.ts';
import { keepObject, readObject } from '../store/fingerprints.ts';
import { allViews, unpacked } from '../store/views.ts';
import { tracingLimits } from './limits.ts';

/**
 * Lets a sample be compared, if it may be. Its sketch is kept before anything is answered: whatever comes of it, later
 * samples are compared with this one.
 * @param history of the incident, oldest first
 * @throws Problem `approval-missing`, `too-many-requests` or `sample-refused`
 */
export async function admitSample(
  sha256: Sha256,
  principal: Principal,
  history: readonly Entry[],
): Promise<{ sample: LeakSample; sketchSha256: Sha256 }> {
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
  return { sample, sketchSha256 };
}

/** @throws Problem `sample-refused` */
export async function readSample(sha256: Sha256): Promise<LeakSample> {
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

/** Of all incidents, as the views have them: those that were answered, and those that are being worked on. */
async function earlierTraces(): Promise<Earlier[]> {
  const incidents = (await allViews('INCIDENT')).map((item) => unpacked<IncidentState>(item));
  return incidents.flatMap(({ traces, pending }) =>
    [...traces, ...pending].flatMap(({ principal, recordedAt, description, sketchSha256 }) =>
      earlierOf(principal, recordedAt, description.sample?.sha256, sketchSha256),
    ),
  );
}

/** Of this incident, of which the views may lag by seconds; each once, though it was accepted first and then run. */
function ownTraces(history: readonly Entry[]): Earlier[] {
  const own = new Map<TraceId, Earlier>();
  for (const { kind, entryId, principal, recordedAt, body } of history) {
    if (kind !== 'trace-run' && kind !== 'trace-accepted') continue;
    const { description, sketchSha256, traceId } = body as {
      description: { sample?: { sha256: Sha256 } };
      sketchSha256?: Sha256;
      traceId?: TraceId;
    };
    const [trace] = earlierOf(principal, recordedAt, description.sample?.sha256, sketchSha256);
    if (trace) own.set(traceId ?? traceIdOf(entryId), trace);
  }
  return [...own.values()];
}

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
  await inParallel([...new Set(others.map(({ sketch }) => sketch))], 8, async (sha256) => {
    const bytes = await readObject('sketches', sha256);
    // Without it nobody could say whether this sample may be traced.
    if (!bytes || sha256Hex(bytes) !== sha256) throw new Error(`the sketch ${sha256} is gone or altered`);
    sketches.push(SampleSketch.parse(JSON.parse(Buffer.from(bytes).toString())));
  });
  return sketches;
}
