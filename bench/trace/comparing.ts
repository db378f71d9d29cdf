import { parentPort, workerData } from 'node:worker_threads';
import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { TraceId } from '../../core/model/scalars.ts';
import { compare, isCompared } from '../../core/trace/sample/compare.ts';
import { encodePart } from '../../core/trace/sample/part.ts';
import { inParallel } from '../../lambdas/store/client.ts';
import { keepPart } from '../../lambdas/store/fingerprints.ts';
import { withRecorded } from '../../lambdas/traces/files.ts';
import { AT_ONCE } from '../../lambdas/traces/sample.ts';
import type { Filed } from './hand-overs.ts';
import { Stopwatch, type Took } from './stopwatch.ts';

/** A thread that does what one call of `investigate` does with its share of the files. */
export interface Comparing {
  readonly traceId: TraceId;
  readonly sample: LeakSample;
  readonly files: readonly Pick<Filed, 'id' | 'kind' | 'sha256'>[];
}

/** Of a file that was compared nothing but that it was; when all are, how long it took, and how long comparing alone. */
export type Told = 'one' | { readonly all: Took; readonly compare: Took };

const { traceId, sample, files } = workerData as Comparing;
const [ring] = sample.keyrings;
const { provider, epoch } = ring as (typeof sample.keyrings)[number];
const tell = (told: Told) => parentPort?.postMessage(told);

const [all, comparing] = [new Stopwatch(), new Stopwatch()];
const compareOne = async ({ id, kind, sha256 }: Comparing['files'][number]): Promise<void> => {
  const outcome = await withRecorded({ sha256, kind, provider, epoch }, sample.keyrings, (file) =>
    comparing.time(() => compare(sample, file)),
  );
  if (!isCompared(outcome)) throw new Error(outcome);
  await keepPart(traceId, id, encodePart(outcome));
  tell('one');
};
await all.time(() => inParallel(files, AT_ONCE, compareOne));
tell({ all: all.took, compare: comparing.took });
