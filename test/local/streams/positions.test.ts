import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PositionFile } from '../../../local/streams/positions.ts';

describe('a position', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-position-'));
    path = join(folder, 'positions', 'mapping.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is there again after a restart', async () => {
    const first = new PositionFile(path, 'stream');
    expect(first.isNew).toBe(true);
    first.move('shard', '17');
    const second = new PositionFile(path, 'stream');
    expect([second.isNew, second.of('shard'), second.of('other')]).toEqual([false, '17', undefined]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('counts for nothing in another stream', () => {
    new PositionFile(path, 'stream').move('shard', '17');
    expect(new PositionFile(path, 'newer').of('shard')).toBeUndefined();
  });

  it('counts for nothing when its file is damaged', async () => {
    const first = new PositionFile(path, 'stream');
    first.move('shard', '17');
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 10));
    expect(new PositionFile(path, 'stream').isNew).toBe(true);
  });

  it('forgets shards that are gone', () => {
    const position = new PositionFile(path, 'stream');
    position.move('old', '1');
    position.move('new', '2');
    position.keepOnly(['new']);
    expect([position.of('old'), position.of('new')]).toEqual([undefined, '2']);
  });
});
