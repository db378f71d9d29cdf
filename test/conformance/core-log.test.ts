import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryAt } from '../core/log/logs.ts';
import { dumpCoreLog } from './support/dump.ts';
import { ask, Counts, missing, reason } from './support/run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amanat-dump-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const check = async (...args: string[]) => Counts.parse(await ask(['log', folder, ...args]));

describe.skipIf(missing)(`Go’s tlog reads a log of the core${reason}`, () => {
  it('at every size from 1 to 600, every leaf of it and every size before', async () => {
    const sizes = Array.from({ length: 600 }, (_, i) => i + 1);
    await dumpCoreLog(
      folder,
      sizes.map(() => 1),
      entryAt,
    );
    expect(await check()).toEqual({
      checkpoints: 600,
      cosignatures: 0,
      entries: 600,
      inclusions: sum(sizes),
      consistency: sum(sizes),
    });
  });

  it('that grew to 600 in uneven batches', async () => {
    const batches = [7, 248, 1, 1, 43, 211, 1, 88];
    await dumpCoreLog(folder, batches, entryAt);
    const sizes = batches.map((_, i) => sum(batches.slice(0, i + 1)));
    expect(await check()).toMatchObject({ checkpoints: 8, entries: 600, inclusions: sum(sizes) });
  });

  it('of 70,000 with the published root, over three levels of tiles', async () => {
    await dumpCoreLog(folder, [65_535, 1, 4_464], (index) => Buffer.from(`leaf-${index}`));
    const root = 'iBwvTHw7YMhk1XSquRdGoWciDFIKL4M9hu7m3++5rMs=';
    expect(await readFile(join(folder, 'checkpoints/70000'), 'utf8')).toContain(`\n70000\n${root}\n`);
    const every = 13;
    const counted = sum([65_535, 65_536, 70_000].map((size) => Math.ceil(size / every)));
    expect(await check(String(every))).toEqual({
      checkpoints: 3,
      cosignatures: 0,
      entries: 70_000,
      inclusions: counted,
      consistency: counted,
    });
  });

  it.each([
    ['a leaf', 'tile/0/000', 'not the hash of its leaves|not what its leaf'],
    ['an inner hash', 'tile/1/000.p/2', 'inconsistent tile'],
    ['an entry', 'tile/entries/001', 'not what its leaf'],
    ['a checkpoint', 'checkpoints/300', 'invalid signature|malformed'],
  ])('and would notice were %s another', async (_, path, complaint) => {
    await dumpCoreLog(folder, [300, 300], entryAt);
    await expect(check()).resolves.toMatchObject({ checkpoints: 2 });
    const file = join(folder, path);
    const bytes = await readFile(file);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(file, bytes);
    await expect(check()).rejects.toThrow(new RegExp(complaint));
  });
});
