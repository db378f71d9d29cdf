import { LogError } from './error.ts';
import {
  type Appended,
  checkHash,
  checkSize,
  type Frontier,
  frontierOf,
  HASH_BYTES,
  nodeHash,
  TILE_HEIGHT,
} from './merkle.ts';

/** Hashes in a full tile, and entries in a full bundle. */
export const TILE_WIDTH = 2 ** TILE_HEIGHT;

/**
 * A tile of the tree: hash `i` of tile `index` at `level` is the root of the `256^level` leaves from leaf
 * `(index * 256 + i) * 256^level` on. `width` is how many it holds, 1 to 256; below 256 the tile is partial.
 */
export interface TileId {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** A tile with its content: `width` hashes one after the other. */
export interface Tile extends TileId {
  readonly bytes: Uint8Array;
}

/**
 * The partial tiles at the right of a tree, by level: an empty one where the size is a multiple. All that is needed to
 * make the tiles of the next append.
 */
export interface TileEdge {
  readonly size: number;
  readonly partials: readonly Uint8Array[];
}

export const EMPTY_TILE_EDGE: TileEdge = { size: 0, partials: [] };

/** The partial tiles of a tree: at most one a level. */
export function partialTiles(size: number): TileId[] {
  checkSize(size);
  const tiles: TileId[] = [];
  for (let [level, count] = [0, size]; count > 0; [level, count] = [level + 1, tilesIn(count)]) {
    if (count % TILE_WIDTH > 0) tiles.push({ level, index: tilesIn(count), width: count % TILE_WIDTH });
  }
  return tiles;
}

/**
 * The tiles that a tree of `newSize` has and one of `oldSize` does not, full and partial, lower levels first. The
 * bundles of entries that are new are those of level 0.
 */
export function newTiles(oldSize: number, newSize: number): TileId[] {
  checkSize(oldSize);
  checkSize(newSize);
  if (oldSize > newSize) throw new LogError('out-of-range', `size ${oldSize} is beyond a tree of ${newSize}`);
  const tiles: TileId[] = [];
  let [level, before, after] = [0, oldSize, newSize];
  while (before < after) {
    for (let index = tilesIn(before); index * TILE_WIDTH < after; index++) {
      tiles.push({ level, index, width: Math.min(TILE_WIDTH, after - index * TILE_WIDTH) });
    }
    [level, before, after] = [level + 1, tilesIn(before), tilesIn(after)];
  }
  return tiles;
}

/** Whether a tree of `size` has this tile, with just this width. */
export function hasTile({ level, index, width }: TileId, size: number): boolean {
  return width >= 1 && width === widthIn(level, index, size);
}

/** How many hashes tile `index` at `level` holds in a tree of `size`: 0 when it has none. */
export function widthIn(level: number, index: number, size: number): number {
  const count = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, count - index * TILE_WIDTH));
}

/** The edge from the tiles of `partialTiles(size)` as they were stored, in any order. */
export function tileEdgeOf(size: number, stored: readonly Tile[]): TileEdge {
  const partials: Uint8Array[] = [];
  for (const id of partialTiles(size)) {
    const tile = stored.find(
      ({ level, index, width }) => level === id.level && index === id.index && width === id.width,
    );
    if (tile === undefined) throw new LogError('bad-tile', `the tile ${describe(id)} is missing`);
    checkTile(id, tile.bytes);
    while (partials.length < id.level) partials.push(new Uint8Array());
    partials.push(tile.bytes);
  }
  return { size, partials };
}

/**
 * The new tiles of an append, with their content, and the edge after it.
 * @param levels as `appendLeaves` gave them for an append to a tree of the edge's size
 */
export function appendTiles(edge: TileEdge, levels: Appended['levels']): { tiles: Tile[]; edge: TileEdge } {
  const size = edge.size + (levels[0]?.length ?? 0);
  const contents = levels.map((hashes, level) => joined(edge.partials[level], hashes));
  const tiles = newTiles(edge.size, size).map((id) => {
    // The content of a level starts with its partial tile, so at the first new tile.
    const first = tilesIn(Math.floor(edge.size / TILE_WIDTH ** id.level));
    const from = (id.index - first) * TILE_WIDTH * HASH_BYTES;
    const bytes = (contents[id.level] ?? new Uint8Array()).subarray(from, from + id.width * HASH_BYTES);
    checkTile(id, bytes);
    return { ...id, bytes };
  });
  const unchanged = edge.partials.slice(levels.length);
  const partials = contents.map((content) =>
    content.subarray(content.length - (content.length % TILE_BYTES)),
  );
  return { tiles, edge: { size, partials: [...partials, ...unchanged] } };
}

/** The right edge that the partial tiles stand for. Its root says whether what was stored is right. */
export function frontierOfTiles({ size, partials }: TileEdge): Frontier {
  return frontierOf(
    size,
    partials.toReversed().flatMap((bytes) => perfectRoots(tileHashes(bytes))),
  );
}

/** The hashes of a tile's content. */
export function tileHashes(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length % HASH_BYTES !== 0)
    throw new LogError('bad-tile', `${bytes.length} bytes are not whole hashes`);
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, at) =>
    bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
}

/** Refuses content that is not exactly `width` hashes. */
export function checkTile(id: TileId, bytes: Uint8Array): void {
  if (bytes.length !== id.width * HASH_BYTES) {
    throw new LogError(
      'bad-tile',
      `the tile ${describe(id)} has ${bytes.length} bytes, not ${id.width * HASH_BYTES}`,
    );
  }
}

/** The root over a power of two of hashes. */
export function perfectRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, at) => pairHash(level, at * 2));
  }
  const root = level[0];
  if (root === undefined) throw new LogError('bad-tile', 'a subtree of no hashes');
  return root;
}

const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
const tilesIn = (hashes: number): number => Math.floor(hashes / TILE_WIDTH);

/** The roots of the perfect subtrees over fewer than 256 hashes, largest first. */
function perfectRoots(hashes: readonly Uint8Array[]): Uint8Array[] {
  const roots: Uint8Array[] = [];
  let from = 0;
  for (let width = TILE_WIDTH / 2; width >= 1; width /= 2) {
    if (hashes.length - from < width) continue;
    roots.push(perfectRoot(hashes.slice(from, from + width)));
    from += width;
  }
  return roots;
}

function pairHash(hashes: readonly Uint8Array[], at: number): Uint8Array {
  const [left, right] = [hashes[at], hashes[at + 1]];
  if (left === undefined || right === undefined)
    throw new LogError('bad-tile', 'a subtree that is not perfect');
  return nodeHash(left, right);
}

function joined(partial: Uint8Array | undefined, hashes: readonly Uint8Array[]): Uint8Array {
  hashes.forEach(checkHash);
  return Buffer.concat(partial === undefined ? hashes : [partial, ...hashes]);
}

function describe({ level, index, width }: TileId): string {
  return `${level}/${index}${width < TILE_WIDTH ? `.p/${width}` : ''}`;
}
