/**
 * How long a sample takes against 1,000 hand-overs of a million rows each, from the files to the answer, and what of it
 * takes longest: `npm run -s bench:trace [-- --files 1000] [--rows 1000000] [--samples 1500,1000000] [--most 100] [--workers 2]`.
 *
 * Two hand-overs are the sources, twenty have rows of the leak too, the others none. All are of one provider, with three
 * reference frames, and of different days; of contents there are ten. Of samples of more than 20,000 rows `--most` files
 * are read and compared, and the time for all is extrapolated. So many threads compare at once as `--workers` says, as
 * calls of `investigate` do. Times are by the clock, beside the processor's by those threads and the one that weighs: other
 * work on the machine shows in the first alone, and that of the store in none. Reading is from the object store of the local system, in a thread of its own: of a real one it
 * says no more than how much there is to read. Takes 10 GB of disk meanwhile.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Stages } from '../cli/progress.ts';
import { note, print, tenths, title, whole } from './support/table.ts';
import { makeHandOvers } from './trace/hand-overs.ts';
import type { Took } from './trace/stopwatch.ts';

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '1000' },
    rows: { type: 'string', default: '1000000' },
    samples: { type: 'string', default: '1500,1000000' },
    most: { type: 'string', default: '100' },
    workers: { type: 'string', default: '2' },
  },
});
const [count, rows, most, workers] = [options.files, options.rows, options.most, options.workers].map(
  Number,
) as [number, number, number, number];
const samples = options.samples.split(',').map(Number);
/** Of samples up to this size all files are compared. */
const SMALL = 20_000;

const folder = await mkdtemp(join(tmpdir(), 'amanat-bench-'));
const store = new Worker(new URL('./trace/store.ts', import.meta.url), { workerData: folder });
const [storeUrl] = (await once(store, 'message')) as [string];
Object.assign(process.env, {
  AWS_ENDPOINT_URL_S3: storeUrl,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  FINGERPRINT_BUCKET: 'fingerprints',
});
const { PARTS, runTrace } = await import('./trace/run.ts');
type Timed = Awaited<ReturnType<typeof runTrace>>;

const stages = new Stages();
const step = (of: string, done: number, total: number) => stages.show(of, done, total);
try {
  // As objects lie there; putting 8 GB in by S3, one by one and durably, would take longer than all that is timed.
  const files = join(folder, 'fingerprints', 'files');
  await mkdir(files);
  const made = await makeHandOvers(
    count,
    rows,
    (sha256, bytes) => writeFile(join(files, sha256), bytes),
    step,
  );
  title(
    `${whole(count)} hand-overs of ${whole(rows)} rows, 3 field sets, ${(made.bytes / 2 ** 20).toFixed(1)} MiB each`,
  );
  for (const size of samples)
    printTimes(
      size,
      await runTrace(made, made.sampleOf(size), size > SMALL ? Math.min(count, most) : count, workers, step),
    );
} finally {
  stages.stop();
  await store.terminate();
  await rm(folder, { recursive: true, force: true });
}

function printTimes(size: number, { took, compared, weighed, supported, answerBytes }: Timed): void {
  const sum = (of: keyof Took) => Object.values(took).reduce((total, each) => total + each[of], 0);
  const all = { ms: sum('ms'), cpuMs: sum('cpuMs') };
  const line = (what: string, { ms, cpuMs }: Took) => [
    what,
    tenths(ms / 1_000),
    tenths(cpuMs / 1_000),
    tenths(cpuMs / count),
    tenths((100 * cpuMs) / all.cpuMs),
  ];
  stages.stop();
  title(`A sample of ${whole(size)} rows, ${workers} at once`);
  print(
    ['part', 'seconds', 'CPU s', 'CPU ms a hand-over', '% of CPU'],
    [
      ...Object.entries(PARTS).map(([part, what]) => line(what, took[part as keyof typeof PARTS])),
      line('all', all),
    ],
  );
  if (compared < count)
    note(`The first two lines are extrapolated from ${whole(compared)} of ${whole(count)} hand-overs.`);
  note(
    `${whole(weighed)} were weighed, ${supported.all} of them are supported, and of these ${supported.sources} are sources; the answer has ${whole(answerBytes / 1024)} KiB.\n`,
  );
}
