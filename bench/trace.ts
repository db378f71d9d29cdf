import { hash, randomFillSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFingerprints } from '../core/fingerprint/encode.ts';
import { KEY_MASK, type KeyWords } from '../core/fingerprint/filter/order.ts';
import { inMemory, openFingerprints } from '../core/fingerprint/open.ts';
import type { LeakSample } from '../core/fingerprint/sample.ts';
import type { FieldSet } from '../core/fingerprint/sets.ts';
import type { AgencyId, Instant, Sha256 } from '../core/model/scalars.ts';
import { compare, isCompared } from '../core/trace/sample/compare.ts';
import { Buckets } from '../local/objects/buckets.ts';
import { startS3 } from '../local/objects/server.ts';

/**
 * How long a sample takes against 1,000 transfers of a million rows each: so many files are looked at one after the
 * other, of which a few are different. Reading is from the object store of the local system, so of a real one it says
 * no more than how much there is to read.
 */
const ROWS = Number(process.env['ROWS'] ?? 1_000_000);
const TRANSFERS = Number(process.env['TRANSFERS'] ?? 1_000);
const DIFFERENT = 4;
const SETS: readonly FieldSet[] = ['msisdn', 'cnic', 'msisdn+cnic'];
const KEYS = { provider: 'bench' as AgencyId, epoch: '2026', keyCheck: '0'.repeat(32) };

const words = (count: number): KeyWords => {
  const all = randomFillSync(new Uint32Array(count * 2));
  for (let at = 0; at < all.length; at += 2) all[at] = ((all[at] as number) & KEY_MASK) | 3;
  return all;
};

interface Made {
  readonly bytes: Uint8Array;
  readonly sha256: Sha256;
  readonly keys: ReadonlyMap<FieldSet, KeyWords>;
}

function made(): Made {
  const keys = new Map(SETS.map((set) => [set, words(ROWS)]));
  const bytes = encodeFingerprints(
    {
      kind: 'transfer',
      ...KEYS,
      keyId: 'bench',
      extractedAt: '2026-01-01T00:00:00.000Z' as Instant,
      rows: ROWS,
      rejected: {},
    },
    keys,
  );
  return { bytes, sha256: hash('sha256', bytes) as Sha256, keys };
}

/** Half of its rows are those of a file. */
function sampleOf(rows: number, { keys }: Made): LeakSample {
  const sets = new Map(
    SETS.map((set) => {
      const own = words(rows);
      own.set((keys.get(set) as KeyWords).subarray(0, Math.floor(rows / 2) * 2));
      return [
        set,
        {
          words: own.map((word, at) => (at % 2 ? word : word & KEY_MASK)),
          present: new Uint8Array(rows).fill(1),
        },
      ] as const;
    }),
  );
  return { rows, strata: new Uint8Array(rows).fill(3), keyrings: [{ ...KEYS, sets }] };
}

async function timed(times: number, work: (at: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let at = 0; at < times; at++) await work(at);
  return (performance.now() - started) / times;
}

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
const { keepObject, readObject } = await import('../lambdas/store/fingerprints.ts');
const print = (line: string) => process.stdout.write(`${line}\n`);

try {
  const files = Array.from({ length: DIFFERENT }, made);
  for (const { bytes, sha256 } of files) await keepObject('files', sha256, bytes);
  const [first] = files as [Made];
  const file = (at: number) => files[at % DIFFERENT] as Made;
  const seconds = (ms: number) => `${((ms * TRANSFERS) / 1000).toFixed(1)} s`;
  const line = (what: string, ms: number) =>
    print(
      `${what.padEnd(46)} ${ms.toFixed(2).padStart(9)} ms a file   ${seconds(ms).padStart(9)} for ${TRANSFERS}`,
    );
  print(
    `${TRANSFERS} transfers of ${ROWS.toLocaleString('en')} rows, ${SETS.length} sets, ${(first.bytes.length / 2 ** 20).toFixed(1)} MiB each`,
  );
  line('read, from the local object store', await timed(40, (at) => readObject('files', file(at).sha256)));
  line('SHA-256 of the whole file', await timed(40, async (at) => hash('sha256', file(at).bytes)));
  for (const rows of [1_500, 1_000_000]) {
    const sample = sampleOf(rows, first);
    const whole = async (at: number) => {
      const outcome = await compare(sample, await openFingerprints(inMemory(file(at).bytes)));
      if (!isCompared(outcome)) throw new Error(outcome);
      const found = outcome.found.at(-1)?.found ?? 0;
      if (Math.abs(found - (at % DIFFERENT === 0 ? rows / 2 : 0)) > 10) throw new Error('a wrong count');
    };
    await whole(0);
    line(
      `compare a sample of ${rows.toLocaleString('en')} rows`,
      await timed(rows > 10_000 ? 8 : 100, whole),
    );
  }
} finally {
  await s3.stop();
  await rm(folder, { recursive: true, force: true });
}
