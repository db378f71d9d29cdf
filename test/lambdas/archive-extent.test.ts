import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { bundlePath } from '../../core/log/paths.ts';
import { extentOfArchive } from '../../lambdas/archiving/extent.ts';
import { s3 } from '../../lambdas/store/archive.ts';

const fake = mockClient(s3);
/** As far as the listings of a bucket go; in the order of bytes, which for these keys is that of JavaScript. */
let keys: string[];
beforeEach(() => {
  vi.stubEnv('ARCHIVE_BUCKET', 'archive');
  fake.reset();
  fake.on(ListObjectsV2Command).callsFake(({ Prefix, MaxKeys, StartAfter = '' }) => ({
    Contents: keys
      .filter((key) => key.startsWith(Prefix) && key > StartAfter)
      .slice(0, MaxKeys)
      .map((Key) => ({ Key, LastModified: new Date(keys.indexOf(Key) * 1_000) })),
  }));
});

/** The keys of an archive that reaches so far, with parts of bundles as they may have been put on the way. */
function reaching(size: number, parts: readonly number[]): string[] {
  const full = Array.from({ length: Math.floor(size / 256) }, (_, index) =>
    bundlePath({ index, width: 256 }),
  );
  const partial = [...parts.filter((end) => end < size), size]
    .filter((end) => end % 256 > 0)
    .map((end) => bundlePath({ index: Math.floor(end / 256), width: end % 256 }));
  return [...new Set([...full, ...partial])].sort();
}

describe('how far an archive reaches', () => {
  it('is found however far behind it is, also where paths get longer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1_100 * 256),
        fc.oneof(fc.nat(600), fc.nat(600_000)),
        fc.array(fc.nat(1_100 * 256), { maxLength: 8 }),
        async (size, behind, parts) => {
          keys = reaching(size, parts);
          expect(await extentOfArchive(size + behind)).toMatchObject({ size });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes one look when it reaches to the bundle that is being filled, and few when it is far behind', async () => {
    keys = reaching(1_000_100, []);
    await extentOfArchive(1_000_120);
    expect(fake.calls()).toHaveLength(1);
    fake.resetHistory();
    await extentOfArchive(3_000_000);
    expect(fake.calls().length).toBeLessThan(32);
  });

  it('says when the part of a bundle was put', async () => {
    keys = reaching(700, [530, 600]);
    expect(await extentOfArchive(701)).toEqual({
      size: 700,
      keptAt: new Date(keys.indexOf('tile/entries/002.p/188') * 1_000),
    });
    keys = reaching(512, [300]);
    expect(await extentOfArchive(513)).toEqual({ size: 512 });
    keys = [];
    expect(await extentOfArchive(7)).toEqual({ size: 0 });
  });
});
