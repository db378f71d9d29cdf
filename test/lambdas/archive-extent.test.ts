import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, expect, it, vi } from 'vitest';
import { bundlePath } from '../../core/log/paths.ts';
import { bundlesInArchive } from '../../lambdas/archiving/extent.ts';
import { s3 } from '../../lambdas/store/archive.ts';

const fake = mockClient(s3);
/** In the order of bytes, which for these keys is that of JavaScript. */
let keys: readonly string[];
beforeEach(() => {
  vi.stubEnv('ARCHIVE_BUCKET', 'archive');
  fake.reset();
  fake.on(ListObjectsV2Command).callsFake(({ Prefix, MaxKeys, StartAfter = '' }) => ({
    Contents: keys
      .filter((key) => key.startsWith(Prefix) && key > StartAfter)
      .slice(0, MaxKeys)
      .map((Key) => ({ Key, LastModified: new Date() })),
  }));
});

const reaching = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => bundlePath({ index, width: 256 })).sort();

it('how many bundles there are is found however far behind that is, also where paths get longer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1_100), fc.oneof(fc.nat(3), fc.nat(3_000)), async (count, behind) => {
      keys = reaching(count);
      expect(await bundlesInArchive(count + behind)).toBe(count);
    }),
    { numRuns: 100 },
  );
});

it('takes one look when all are there, and few when many are missing', async () => {
  keys = reaching(3_900);
  expect(await bundlesInArchive(3_900)).toBe(3_900);
  expect(fake.calls()).toHaveLength(1);
  fake.resetHistory();
  expect(await bundlesInArchive(12_000)).toBe(3_900);
  expect(fake.calls().length).toBeLessThan(32);
});
