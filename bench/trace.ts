/**
 * How long a sample takes against 1,000 hand-overs of a million rows each, from the files to the answer, and what of it
 * takes longest: `npm run -s bench:trace [-- --files 1000] [--rows 1000000] [--samples 1500,1000000] [--most 100]`.
 *
 * Two hand-overs are the sources, twenty have rows of the leak too, the others none. All are of one provider, with three
 * reference frames, and of different days; of contents there are ten. Of samples of more than 20,000 rows `--most` files
 * are read and compared, and the time for all is extrapolated. Reading is from the object store of the local system, in
 * this very process: of a real one it says no more than how much there is to read. Takes 10 GB of disk meanwhile.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Stages } from '../cli/progress.ts';
import { Buckets } from '../local/objects/buckets.ts';
import { startS3 } from '../local/objects/server.ts';
import { note, print, tenths, title, whole } from './support/table.ts';
import { makeHandOvers } from './trace/hand-overs.ts';

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '1000' },
    rows: { type: 'string', default: '1000000' },
    samples: { type: 'string', default: '1500,1000000' },
    most: { type: 'string', default: '100' },
  },
});
const [count, rows, most] = [options.files, options.rows, options.most].map(Number) as [
  number,
  number,
  number,
];
const samples = options.samples.split(',').map(Number);
/** Of samples up to this size all files are compared. */
const SMALL = 20_000;

const folder = await mkdtemp(join(tmpdir(), 'amanat-bench-'));
const s3 = await startS3(await Buckets.open(folder, ['fingerprints']), {
  accessKeyId: 'local',
  secretAccessKey: 'local',
});
Object.assign(process.env, {
  AWS_ENDPOINT_URL_S3: s3.url,
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
      await runTrace(made, made.sampleOf(size), size > SMALL ? Math.min(count, most) : count, step),
    );
} finally {
  stages.stop();
  await s3.stop();
  await rm(folder, { recursive: true, force: true });
}

function printTimes(size: number, { ms, compared, weighed, supported, answerBytes }: Timed): void {
  const total = Object.values(ms).reduce((sum, each) => sum + each, 0);
  const line = (what: string, each: number) => [
    what,
    tenths(each / 1_000),
    tenths(each / count),
    tenths((100 * each) / total),
  ];
  stages.stop();
  title(`A sample of ${whole(size)} rows`);
  print(
    ['part', 'seconds', 'ms a hand-over', '%'],
    [
      ...Object.entries(PARTS).map(([part, what]) => line(what, ms[part as keyof typeof PARTS])),
      line('all', total),
    ],
  );
  if (compared < count)
    note(`The first two lines are extrapolated from ${whole(compared)} of ${whole(count)} hand-overs.`);
  note(
    `${whole(weighed)} were weighed, ${supported.all} of them are supported, and of these ${supported.sources} are sources; the answer has ${whole(answerBytes / 1024)} KiB.\n`,
  );
}
