import { LogError } from './error.ts';
import { HASH_BYTES, TILE_HEIGHT } from './merkle.ts';
import type { HashReader } from './prove.ts';
import {
  checkTile,
  partialTiles,
  perfectRoot,
  TILE_WIDTH,
  type TileEdge,
  type TileId,
  tileEdgeOf,
  tileHashes,
  widthIn,
} from './tiles.ts';

/** Reads a tile's content, from wherever tiles are. */
export type TileReader = (tile: TileId) => Promise<Uint8Array>;

/**
 * Reads the hashes of a tree of `size` from its tiles, each tile once. What it reads may be hostile: the shape is
 * checked here, the hashes by verifying the proof that is built from them.
 */
export function tileHashReader(size: number, readTile: TileReader): HashReader {
  const tiles = new Map<string, Promise<Uint8Array>>();

  const readOnce = (tile: TileId): Promise<Uint8Array> => {
    const key = `${tile.level}/${tile.index}`;
    const known = tiles.get(key);
    if (known !== undefined) return known;
    const reading = readTile(tile);
    tiles.set(key, reading);
    return reading;
  };

  return async (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const count = 2 ** (level % TILE_HEIGHT);
    const first = index * count;
    const tileIndex = Math.floor(first / TILE_WIDTH);
    const tile = { level: tileLevel, index: tileIndex, width: widthIn(tileLevel, tileIndex, size) };
    const from = first - tileIndex * TILE_WIDTH;
    if (from + count > tile.width) {
      throw new LogError('out-of-range', `a tree of ${size} has no subtree ${index} at level ${level}`);
    }
    const bytes = await readOnce(tile);
    checkTile(tile, bytes);
    return perfectRoot(tileHashes(bytes.subarray(from * HASH_BYTES, (from + count) * HASH_BYTES)));
  };
}

/** The edge of a tree that is stored as tiles. The root of its `frontierOfTiles` says whether what was read is right. */
export async function readTileEdge(size: number, readTile: TileReader): Promise<TileEdge> {
  const read = async (id: TileId) => ({ ...id, bytes: await readTile(id) });
  return tileEdgeOf(size, await Promise.all(partialTiles(size).map(read)));
}
