import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chain, type ChainLink } from '../../../core/log/chain.ts';
import { appendLeaves, EMPTY_FRONTIER, rootOf } from '../../../core/log/merkle.ts';
import { appendTiles, EMPTY_TILE_EDGE, TILE_WIDTH, type Tile, type TileId } from '../../../core/log/tiles.ts';
import { at, Definition, leaves } from './trees.ts';

const hashes = leaves(2_000);
const log = new Definition(hashes);
const idOf = (place: number) => place.toString(16).padStart(32, '0');

/** Batches of these sizes, as a sequencer commits them. */
function linksOf(sizes: readonly number[]): ChainLink[] {
  let frontier = EMPTY_FRONTIER;
  return sizes.map((size) => {
    const first = frontier.size;
    const previousRoot = rootOf(frontier);
    const own = hashes.slice(first, first + size);
    frontier = appendLeaves(frontier, own).frontier;
    return {
      first,
      ids: own.map((_, n) => idOf(first + n)),
      leaves: own,
      previousRoot,
      root: rootOf(frontier),
      edge: frontier.hashes,
    };
  });
}

function chainOf(links: readonly ChainLink[]): { chain: Chain; faults: string[][] } {
  const chain = new Chain();
  return { chain, faults: links.map((link) => chain.add(link)) };
}

const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 });
const other = (hash: Uint8Array) => Uint8Array.from(hash, (byte) => byte ^ 1);
const replaced = <T>(list: readonly T[], n: number, value: T): T[] =>
  list.map((each, i) => (i === n ? value : each));

describe('a chain', () => {
  it('of batches that follow each other has no fault, and tells roots, places and leaves by the definition', () => {
    fc.assert(
      fc.property(sizes, (batches) => {
        const links = linksOf(batches);
        const { chain, faults } = chainOf(links);
        expect(faults.flat()).toEqual([]);
        const ends = new Set(chain.ends);
        for (let size = 1; size <= chain.size + 1; size++)
          expect(chain.rootAt(size)).toEqual(ends.has(size) ? log.root(0, size) : undefined);
        for (const place of [0, chain.size - 1, Math.floor(chain.size / 2)]) {
          expect(chain.placeOf(idOf(place))).toBe(place);
          expect(chain.idAt(place)).toBe(idOf(place));
          expect(chain.leafAt(place)).toEqual(at(hashes, place));
          expect(chain.isSure(place)).toBe(true);
          const batch = links.findLast(({ first }) => first <= place);
          expect(chain.batchOf(place)).toBe(batch?.first);
        }
        for (const { first } of links) expect(chain.isStart(first)).toBe(true);
        expect(chain.isStart(chain.size)).toBe(false);
        expect(chain.placeOf(idOf(chain.size))).toBeUndefined();
        expect(chain.leafAt(chain.size)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('has just the tiles that its sizes had, since the first of them, with their content', () => {
    fc.assert(
      fc.property(sizes, (batches) => {
        const { chain } = chainOf(linksOf(batches));
        const had = tilesOf(batches);
        for (const { bytes, since, ...id } of had) {
          expect(chain.sinceOf(id)).toBe(since);
          expect(chain.tileOf(id)).toEqual(Buffer.from(bytes));
        }
        const names = new Set(had.map(nameOf));
        for (let level = 0; level < 3; level++)
          for (let width = 0; width <= TILE_WIDTH + 1; width++)
            for (const index of [0, 1, 5]) {
              const id = { level, index, width };
              expect([id, chain.sinceOf(id) !== undefined]).toEqual([id, names.has(nameOf(id))]);
            }
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a batch that begins elsewhere, or has nothing in it', () => {
    const [first, second, third] = linksOf([2, 3, 4]) as [ChainLink, ChainLink, ChainLink];
    const { chain } = chainOf([first]);
    for (const link of [first, third, { ...second, ids: [], leaves: [] }, { ...second, ids: ['one'] }])
      expect(() => chain.add(link)).toThrow(RangeError);
    expect(chain.add(second)).toEqual([]);
  });
});

describe('a batch of a chain, altered:', () => {
  const LEAVES = 'has leaves that do not lead to its root';
  const EDGE = 'has a right edge that is not that of its root';
  const GOES_ON = 'does not go on from the batch before it';

  it.each<[string, (link: ChainLink) => ChainLink, string[]]>([
    [
      'a leaf',
      (link) => ({ ...link, leaves: replaced(link.leaves, 1, other(at(link.leaves, 1))) }),
      [LEAVES],
    ],
    ['two leaves swapped', (link) => ({ ...link, leaves: [...link.leaves].reverse() }), [LEAVES]],
    ['the root', (link) => ({ ...link, root: other(link.root) }), [EDGE, LEAVES]],
    ['no root', (link) => ({ ...link, root: new Uint8Array() }), [EDGE, LEAVES]],
    ['the edge', (link) => ({ ...link, edge: replaced(link.edge, 0, other(at(link.edge, 0))) }), [EDGE]],
    ['the edge shortened', (link) => ({ ...link, edge: link.edge.slice(1) }), [EDGE]],
    ['the previous root', (link) => ({ ...link, previousRoot: other(link.previousRoot) }), [GOES_ON]],
  ])('%s is found in that batch alone', (_, alter, expected) => {
    fc.assert(
      fc.property(sizes, fc.nat(5), (before, after) => {
        const links = linksOf([...before, 5, ...Array.from({ length: after }, () => 7)]);
        const n = before.length;
        const { chain, faults } = chainOf(replaced(links, n, alter(at(links, n))));
        expect(faults.map((each) => each.length > 0)).toEqual(links.map((_, i) => i === n));
        expect(faults[n]).toEqual(expected);
        const { first } = at(links, n);
        expect(chain.isSure(first + 1)).toBe(false);
        expect(first > 0 ? chain.isSure(first - 1) : true).toBe(true);
        // Where the log went on, it is known again what it had.
        for (const { first: start, leaves: own } of links.slice(n + 1)) {
          expect(chain.isSure(start, start + own.length)).toBe(true);
          expect(chain.rootAt(start + own.length)).toEqual(log.root(0, start + own.length));
        }
        if (n > 0) expect(chain.rootAt(first)).toEqual(log.root(0, first));
      }),
      { numRuns: 20 },
    );
  });

  it('leaves, edge and root together are found in the batch after it, and by whoever knows the root', () => {
    const links = linksOf([4, 4, 4]);
    const forged = [other(at(hashes, 0)), ...hashes.slice(1, 4)];
    const { frontier } = appendLeaves(EMPTY_FRONTIER, forged);
    const rewritten = { ...at(links, 0), leaves: forged, root: rootOf(frontier), edge: frontier.hashes };
    const { chain, faults } = chainOf(replaced(links, 0, rewritten));
    expect(faults).toEqual([[], [GOES_ON, LEAVES], []]);
    expect(chain.rootAt(4)).not.toEqual(log.root(0, 4));
  });

  it('an entry named a second time is found, and keeps its first place', () => {
    const links = linksOf([3, 3]);
    const again = { ...at(links, 1), ids: [idOf(9), idOf(1), idOf(9)] };
    const { chain, faults } = chainOf([at(links, 0), again]);
    expect(faults[1]).toEqual([
      `names the entry ${idOf(1)} a second time`,
      `names the entry ${idOf(9)} a second time`,
    ]);
    expect([chain.placeOf(idOf(1)), chain.placeOf(idOf(9))]).toEqual([1, 3]);
  });

  it('tells no tile above a leaf that it cannot be sure of', () => {
    const links = linksOf([256, 256, 300]);
    const spoilt = { ...at(links, 1), leaves: replaced(at(links, 1).leaves, 0, other(at(hashes, 256))) };
    const { chain } = chainOf(replaced(links, 1, spoilt));
    const known = (level: number, index: number, width: number) =>
      chain.tileOf({ level, index, width }) !== undefined;
    expect([known(0, 0, 256), known(0, 1, 256), known(0, 2, 256)]).toEqual([true, false, true]);
    expect([known(1, 0, 1), known(1, 0, 2), known(1, 0, 3)]).toEqual([true, false, false]);
  });
});

const nameOf = ({ level, index, width }: TileId) => `${level}/${index}/${width}`;

/** Every tile that the log has had at the end of a batch, and the first size at which it had it. */
function tilesOf(batches: readonly number[]): (Tile & { since: number })[] {
  let [frontier, edge] = [EMPTY_FRONTIER, EMPTY_TILE_EDGE];
  return batches.flatMap((size) => {
    const appended = appendLeaves(frontier, hashes.slice(frontier.size, frontier.size + size));
    const cut = appendTiles(edge, appended.levels);
    [frontier, edge] = [appended.frontier, cut.edge];
    return cut.tiles.map((tile) => ({ ...tile, since: frontier.size }));
  });
}
