import { archiveKeys } from '../../core/log/archive-keys.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { listKeys } from '../store/archive.ts';

/**
 * How many full bundles the archive holds, from the first on, if at most `most`. Bundles go in in order, each when all
 * before it are there, so it is enough to find the last. That is near the end of what was published, where we look
 * first; only after an outage do we look far: with steps that double, then halve.
 */
export async function bundlesInArchive(most: number): Promise<number> {
  let [low, high] = [most, most];
  for (let step = 1; low > 0 && !(await isThere(low - 1)); step *= 2) {
    high = low - 1;
    low = Math.max(0, low - step);
  }
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await isThere(middle - 1)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** By a listing: it takes no more than the name. */
async function isThere(index: number): Promise<boolean> {
  const key = archiveKeys.bundle({ index, width: TILE_WIDTH });
  return (await listKeys(key, { limit: 1 }))[0] === key;
}
