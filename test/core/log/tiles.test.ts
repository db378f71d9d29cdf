import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendLeaves, EMPTY_FRONTIER, type Frontier, rootOf } from '../../../core/log/merkle.ts';
import { tilePath } from '../../../core/log/paths.ts';
import { proveConsistency, proveInclusion } from '../../../core/log/prove.ts';
import { readTileEdge, type TileReader, tileHashReader } from '../../../core/log/tile-reader.ts';
import {
  appendTiles,
  EMPTY_TILE_EDGE,
  frontierOfTiles,
  hasTile,
  newTiles,
  partialTiles,
  type Tile,
  type TileEdge,
  type TileId,
  tileEdgeOf,
  tileHashes,
} from '../../../core/log/tiles.ts';
import { at, codeOf, Definition, leaves } from './trees.ts';

const tree = new Definition(leaves(70_000));

/** The content of a tile as tlog-tiles defines it. */
function contentOf({ level, index, width }: TileId): Uint8Array {
  const span = 256 ** level;
  const first = index * 256;
  return Buffer.concat(
    Array.from({ length: width }, (_, i) => tree.root((first + i) * span, (first + i + 1) * span)),
  );
}

/** Every tile that a tree of this size has, from the widths that the format gives. */
function allTiles(size: number): string[] {
  const tiles: string[] = [];
  for (let level = 0; size >= 256 ** level; level++) {
    const count = Math.floor(size / 256 ** level);
    for (let index = 0; index * 256 < count; index++) {
      tiles.push(tilePath({ level, index, width: Math.min(256, count - index * 256) }));
    }
  }
  return tiles;
}

/** A log kept as tiles, with each append in a batch of its own. */
function stored(sizes: readonly number[]): { tiles: Map<string, Tile>; frontier: Frontier; edge: TileEdge } {
  const tiles = new Map<string, Tile>();
  let [frontier, edge] = [EMPTY_FRONTIER, EMPTY_TILE_EDGE];
  for (const size of sizes) {
    const appended = appendLeaves(frontier, tree.hashes.slice(frontier.size, size));
    const result = appendTiles(edge, appended.levels);
    for (const tile of result.tiles) tiles.set(tilePath(tile), tile);
    [frontier, edge] = [appended.frontier, result.edge];
  }
  return { tiles, frontier, edge };
}

function readerOf(tiles: ReadonlyMap<string, Tile>): TileReader {
  return (id) => {
    const tile = tiles.get(tilePath(id));
    return tile === undefined ? Promise.reject(new Error(`no ${tilePath(id)}`)) : Promise.resolve(tile.bytes);
  };
}

describe('which tiles there are', () => {
  it('has the published tiles of 70,000 and of 256', () => {
    const shape = (size: number) =>
      [0, 1, 2].map((level) => {
        const tiles = newTiles(0, size).filter((tile) => tile.level === level);
        const full = tiles.filter(({ width }) => width === 256).length;
        return [full, tiles.find(({ width }) => width < 256)?.width ?? 0];
      });
    expect(shape(70_000)).toEqual([
      [273, 112],
      [1, 17],
      [0, 1],
    ]);
    expect(shape(256)).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
    expect(partialTiles(70_000).map(tilePath)).toEqual([
      'tile/0/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]);
    expect(partialTiles(0)).toEqual([]);
  });

  it('has as new between two sizes whatever the larger has and the smaller has not', async () => {
    const size = fc.oneof(fc.nat(1_100), fc.integer({ min: 65_200, max: 66_100 }));
    await fc.assert(
      fc.property(size, size, (a, b) => {
        const [before, after] = [Math.min(a, b), Math.max(a, b)];
        const known = new Set(allTiles(before));
        const expected = allTiles(after).filter((tile) => !known.has(tile));
        expect(newTiles(before, after).map(tilePath)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
    expect(codeOf(() => newTiles(2, 1))).toBe('out-of-range');
  });

  it('knows which tiles a size has, with just which width', () => {
    for (const size of [0, 1, 255, 256, 257, 65_536, 70_000]) {
      const all = new Set(allTiles(size));
      const levels = [0, 1, 2, 3];
      const ids = levels.flatMap((level) =>
        [0, 1, 2, 272, 273, 274].flatMap((index) =>
          [0, 1, 17, 112, 255, 256].map((width) => ({ level, index, width })),
        ),
      );
      for (const id of ids) expect(hasTile(id, size)).toBe(id.width > 0 && all.has(tilePath(id)));
    }
  });
});

describe('the content of tiles', () => {
  it.each([
    { sizes: [70_000] },
    { sizes: [1, 2, 255, 256, 257, 300, 511, 512, 513, 1_000] },
    { sizes: [65_535, 65_536, 65_537] },
    { sizes: [300, 65_536, 65_800, 70_000] },
    { sizes: [0, 256, 256, 600] },
  ])('is what the definition gives, batched at $sizes', ({ sizes }) => {
    const { tiles, frontier, edge } = stored(sizes);
    for (const tile of tiles.values()) expect(Buffer.compare(tile.bytes, contentOf(tile))).toBe(0);
    // Every size that a checkpoint could name has all of its tiles.
    for (const size of sizes) for (const path of allTiles(size)) expect(tiles.has(path)).toBe(true);
    expect(frontierOfTiles(edge)).toEqual(frontier);
    const last = at(sizes, sizes.length - 1);
    const partials = ({ partials }: TileEdge) => partials.map((bytes) => Buffer.from(bytes).toString('hex'));
    expect(partials(tileEdgeOf(last, [...tiles.values()]))).toEqual(partials(edge));
  });

  it('goes on from an edge that was read back', async () => {
    const { tiles } = stored([66_000]);
    const edge = await readTileEdge(66_000, readerOf(tiles));
    const frontier = frontierOfTiles(edge);
    expect(rootOf(frontier)).toEqual(tree.root(0, 66_000));
    const { levels } = appendLeaves(frontier, tree.hashes.slice(66_000, 70_000));
    for (const tile of appendTiles(edge, levels).tiles) {
      expect(Buffer.compare(tile.bytes, contentOf(tile))).toBe(0);
    }
  });

  it('refuses an edge with a tile missing or of another width', () => {
    const [level0, level1] = partialTiles(600).map((id) => ({ ...id, bytes: contentOf(id) }));
    if (level0 === undefined || level1 === undefined) return expect.fail('600 has two partial tiles');
    expect(tileEdgeOf(600, [level1, level0]).partials).toEqual([level0.bytes, level1.bytes]);
    expect(codeOf(() => tileEdgeOf(600, [level0]))).toBe('bad-tile');
    const short = { ...level0, bytes: level0.bytes.subarray(32) };
    expect(codeOf(() => tileEdgeOf(600, [short, level1]))).toBe('bad-tile');
    expect(codeOf(() => tileHashes(level0.bytes.subarray(1)))).toBe('bad-tile');
    expect(codeOf(() => frontierOfTiles({ size: 600, partials: [] }))).toBe('bad-frontier');
  });
});

describe('proofs from tiles', () => {
  const { tiles } = stored([300, 65_535, 70_000]);

  it('are the same as from the tree itself, and read each tile once', async () => {
    for (const size of [1, 300, 65_535, 70_000]) {
      for (const index of [0, 1, 255, 256, 299, 12_345, 65_534, 69_999].filter((i) => i < size)) {
        const reads: string[] = [];
        const read = tileHashReader(size, (id) => {
          reads.push(tilePath(id));
          return Promise.resolve(contentOf(id));
        });
        expect(await proveInclusion(index, size, read)).toEqual(tree.path(index, 0, size));
        expect(new Set(reads).size).toBe(reads.length);
        expect(reads.every((path) => allTiles(size).includes(path))).toBe(true);
      }
    }
    const read = tileHashReader(70_000, readerOf(tiles));
    expect(await proveConsistency(12_345, 70_000, read)).toEqual(tree.subproof(12_345, 0, 70_000));
  });

  it('refuses to read what the tree has not, and tiles of the wrong length', async () => {
    const read = tileHashReader(300, readerOf(tiles));
    await expect(read(0, 300)).rejects.toMatchObject({ code: 'out-of-range' });
    await expect(read(8, 1)).rejects.toMatchObject({ code: 'out-of-range' });
    await expect(read(9, 0)).rejects.toMatchObject({ code: 'out-of-range' });
    const short = tileHashReader(300, (id) => Promise.resolve(contentOf(id).subarray(1)));
    await expect(short(0, 0)).rejects.toMatchObject({ code: 'bad-tile' });
    const empty = tileHashReader(300, () => Promise.resolve(new Uint8Array()));
    await expect(empty(3, 0)).rejects.toMatchObject({ code: 'bad-tile' });
  });
});
