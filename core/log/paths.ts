import { LogError } from './error.ts';
import { TILE_WIDTH, type TileId } from './tiles.ts';

/** What a log serves under a path besides its checkpoint: a tile, or the entries of a tile of level 0. */
export type LogResource =
  | ({ readonly kind: 'tile' } & TileId)
  | { readonly kind: 'entries'; readonly index: number; readonly width: number };

// Level, index in groups of three digits, width. Six groups are more than any tree needs; `checkLeaves` is exact.
const PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;
const MAX_LEVEL = 63;

/** The path of a tile below the log's prefix: `tile/<L>/<N>[.p/<W>]`. */
export function tilePath({ level, index, width }: TileId): string {
  return `tile/${level}/${indexPath(index)}${widthSuffix(width)}`;
}

/** The path of an entry bundle below the log's prefix: `tile/entries/<N>[.p/<W>]`. */
export function bundlePath({ index, width }: { readonly index: number; readonly width: number }): string {
  return `tile/entries/${indexPath(index)}${widthSuffix(width)}`;
}

/**
 * Reads a path that someone asks for, which may be anything. Every resource has one path, so that caches and stores
 * never hold it twice.
 *
 * @throws LogError `bad-path` (not a path of the format), `out-of-range` (beyond any tree of 2^53 - 1 leaves)
 */
export function parsePath(path: string): LogResource {
  const [, level = '', groups = '', suffix] = PATH.exec(path) ?? [];
  if (level === '') throw new LogError('bad-path', 'not the path of a tile or of entries');
  // 000 alone is tile 0; in front of further groups it would be a second path to the same tile.
  if (groups.startsWith('x000/'))
    throw new LogError('bad-path', 'the index has a superfluous group of zeros');
  const index = Number(groups.replaceAll(/[x/]/g, ''));
  const width = suffix === undefined ? TILE_WIDTH : Number(suffix);
  if (suffix !== undefined && width >= TILE_WIDTH)
    throw new LogError('bad-path', 'a partial tile is 1 to 255 wide');
  if (level === 'entries') {
    checkLeaves(0, index, width);
    return { kind: 'entries', index, width };
  }
  if (Number(level) > MAX_LEVEL) throw new LogError('bad-path', `a level is at most ${MAX_LEVEL}`);
  checkLeaves(Number(level), index, width);
  return { kind: 'tile', level: Number(level), index, width };
}

/** Refuses a tile whose leaves no tree can have. */
function checkLeaves(level: number, index: number, width: number): void {
  if (!Number.isSafeInteger((index * TILE_WIDTH + width) * TILE_WIDTH ** level)) {
    throw new LogError('out-of-range', 'no tree is as large as this tile would need');
  }
}

/** 1234067 → `x001/x234/067`. */
function indexPath(index: number): string {
  if (!Number.isSafeInteger(index) || index < 0)
    throw new LogError('out-of-range', `not a tile index: ${index}`);
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  return padded.replaceAll(/[0-9]{3}(?=[0-9])/g, 'x$&/');
}

function widthSuffix(width: number): string {
  if (!Number.isSafeInteger(width) || width < 1 || width > TILE_WIDTH) {
    throw new LogError('out-of-range', `not a tile width: ${width}`);
  }
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}
