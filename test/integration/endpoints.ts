import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOrMakeKeyStore } from '../../local/kms/keys.ts';
import { startKms } from '../../local/kms/server.ts';
import type { Loopback } from '../../local/loopback.ts';
import { Buckets } from '../../local/objects/buckets.ts';
import { startS3 } from '../../local/objects/server.ts';

const keyOf = (id: string, keySpec: 'ECC_NIST_EDWARDS25519' | 'HMAC_256') => ({
  id,
  arn: `arn:aws:kms:us-east-1:000000000000:key/${id}`,
  keySpec,
});
export const SIGNING_KEY = keyOf('signing', 'ECC_NIST_EDWARDS25519');
export const OTHER_SIGNING_KEY = keyOf('signing-anew', 'ECC_NIST_EDWARDS25519');
export const NOTICE_KEY = keyOf('notice', 'ECC_NIST_EDWARDS25519');
export const SEAL_KEY = keyOf('seal', 'HMAC_256');
export const ACCESS_KEY = keyOf('access', 'HMAC_256');

/** More than any file makes sets of tables. */
const MOST_BUCKETS = 1_000;

export interface Endpoints {
  readonly kms: Loopback;
  readonly s3: Loopback;
  /** The name of a bucket that nobody used before. */
  newBucket(): string;
  /** Where the objects of a bucket are as files, each at the path that is its key. */
  folderOf(bucket: string): string;
  /** For who outlives them; a run of tests ends with its processes. */
  stop(): Promise<void>;
}

let started: Promise<Endpoints> | undefined;

/** KMS and S3 as the local system has them, once for all tests of a process. */
export const endpoints = (): Promise<Endpoints> => (started ??= start());

async function start(): Promise<Endpoints> {
  const folder = await mkdtemp(join(tmpdir(), 'amanat-endpoints-'));
  const objects = join(folder, 'objects');
  const names = Array.from({ length: MOST_BUCKETS }, (_, n) => `archive-${n}`);
  const buckets = await Buckets.open(objects, names);
  const [kms, s3] = await Promise.all([
    startKms(
      await loadOrMakeKeyStore(folder, [SIGNING_KEY, OTHER_SIGNING_KEY, NOTICE_KEY, SEAL_KEY, ACCESS_KEY]),
    ),
    startS3(buckets, { accessKeyId: 'local', secretAccessKey: 'local' }),
  ]);
  return {
    kms,
    s3,
    newBucket: () => names.pop() ?? '',
    folderOf: (bucket) => join(objects, bucket),
    stop: async () => {
      await Promise.all([kms.stop(), s3.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
