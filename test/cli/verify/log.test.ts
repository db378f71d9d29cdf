import { describe, expect, test } from 'vitest';
import { Finding } from '../../../cli/verify/finding.ts';
import { type Shown, type Stretch, VerifiedLog } from '../../../cli/verify/log.ts';
import type { Checkpoint } from '../../../core/log/checkpoint.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '../../../core/log/merkle.ts';
import { tilePath } from '../../../core/log/paths.ts';
import { ENTRIES, forkedAt } from './example-log.ts';
import { ORIGIN, ServedLog } from './served-log.ts';

/** What is shown, and can be made to grow or change between two times that it is read. */
let shown: readonly Uint8Array[];
const headOf = (entries: readonly Uint8Array[]): Checkpoint => {
  const { frontier } = appendLeaves(EMPTY_FRONTIER, entries.map(leafHash));
  return { origin: ORIGIN, size: entries.length, root: rootOf(frontier) };
};

/** Reads what is shown, and notes which stretches were read and told of. */
function newLog() {
  const [read, told]: [string[], number[]] = [[], []];
  const log = new VerifiedLog<Shown>({
    read: async ({ first, end, tile, above }: Stretch) => {
      read.push(`${first}-${end} ${[tile, ...above].map(tilePath).join(' ')}`);
      const tiles = ServedLog.tilesOf(shown);
      const bytes = (path: string) => tiles.get(path) ?? new Uint8Array();
      const from = tile.index * 256;
      return {
        tile: bytes(tilePath(tile)),
        above: above.map((id) => bytes(tilePath(id))),
        entries: shown.slice(from, from + tile.width),
      };
    },
    parallel: 1,
    onStretch: (_, __, entries = []) => told.push(entries.length),
  });
  const goOn = (entries: readonly Uint8Array[]) => {
    shown = entries;
    return log.goOnTo(headOf(entries));
  };
  return { log, goOn, read, told };
}
const kindOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => undefined,
    (error: unknown) => (error instanceof Finding ? error.kind : error),
  );

describe('a log that is gone on with', { timeout: 30_000 }, () => {
  test('is read from where it was left, tile by tile, and told of once', async () => {
    const { log, goOn, read, told } = newLog();
    await goOn(ENTRIES.slice(0, 100));
    await goOn(ENTRIES.slice(0, 100));
    await goOn(ENTRIES.slice(0, 300));
    await goOn(ENTRIES.slice(0, 512));
    expect(read).toEqual([
      '0-100 tile/0/000.p/100',
      '100-256 tile/0/000',
      '256-300 tile/0/001.p/44 tile/1/000.p/1',
      '300-512 tile/0/001 tile/1/000.p/2',
    ]);
    expect(told).toEqual([100, 156, 44, 212]);
    expect(log.size).toBe(512);
  });

  test.each([0, 99, 255, 256, 299])('is found out when what stood at place %i is another', async (place) => {
    const { goOn } = newLog();
    await goOn(ENTRIES.slice(0, 300));
    // In the tile that is read again it is seen at once, and in those before by the root.
    expect(await kindOf(goOn(forkedAt(place, 400)))).toMatch(place < 256 ? /^(root|tile)$/ : /^consistency$/);
  });

  test('is found out when it has another root at the same size', async () => {
    const { goOn } = newLog();
    await goOn(ENTRIES.slice(0, 300));
    expect(await kindOf(goOn(forkedAt(299, 300)))).toBe('root');
    expect(await kindOf(goOn(ENTRIES.slice(0, 299)))).toBe('rollback');
  });
});
