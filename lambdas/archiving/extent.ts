import { archiveKeys } from '../../core/log/archive-keys.ts';
import { LogError } from '../../core/log/error.ts';
import { parsePath } from '../../core/log/paths.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { listKeys, listObjects } from '../store/archive.ts';

/** How far the archive reaches. */
export interface Extent {
  /** It holds the first so many entries, in bundles. */
  readonly size: number;
  /** When the last bundle was put there, if that is a partial one. */
  readonly keptAt?: Date;
}

/**
 * Finds out how far the archive reaches by looking at it: nothing else remembers. Bundles go in in order, each when all
 * before it are there, so it is enough to find the last. That is near the end of what was published, where we look
 * first; only after an outage do we look far.
 * @param published the size of the newest checkpoint
 */
export async function extentOfArchive(published: number): Promise<Extent> {
  const last = Math.floor(published / TILE_WIDTH);
  const partial = await widestPartial(last);
  if (partial) return partial;
  const full = await fullBundles(last);
  return (full < last && (await widestPartial(full))) || { size: full * TILE_WIDTH };
}

async function widestPartial(index: number): Promise<Extent | undefined> {
  const objects = await listObjects(`${archiveKeys.bundle({ index, width: TILE_WIDTH })}.p/`);
  const partials = objects.map(({ key, keptAt }) => ({ size: index * TILE_WIDTH + widthIn(key), keptAt }));
  return partials.sort((a, b) => a.size - b.size).at(-1);
}

/** How many full bundles there are, if at most `most`: a search that doubles its steps, then halves them. */
async function fullBundles(most: number): Promise<number> {
  const reaches = async (count: number) => {
    const key = archiveKeys.bundle({ index: count - 1, width: TILE_WIDTH });
    return (await listKeys(key, { limit: 1 }))[0] === key;
  };
  let [low, high] = [most, most];
  for (let step = 1; low > 0 && !(await reaches(low)); step *= 2) {
    high = low - 1;
    low = Math.max(0, low - step);
  }
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await reaches(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The width of the bundle under a key; 0 when it is the key of none. */
function widthIn(key: string): number {
  try {
    return parsePath(key).width;
  } catch (error) {
    if (error instanceof LogError) return 0;
    throw error;
  }
}
