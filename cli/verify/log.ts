import type { Checkpoint } from '../../core/log/checkpoint.ts';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  type Frontier,
  HASH_BYTES,
  leafHash,
  rootOf,
  sameHash,
} from '../../core/log/merkle.ts';
import { tilePath } from '../../core/log/paths.ts';
import {
  appendTiles,
  checkTile,
  EMPTY_TILE_EDGE,
  newTiles,
  partialTiles,
  TILE_WIDTH,
  type TileEdge,
  type TileId,
  tileHashes,
} from '../../core/log/tiles.ts';
import { Finding } from './finding.ts';
import { inOrder } from './in-order.ts';

/** The leaves `first` … `end - 1`, which all stand in one tile of level 0, and the tiles above that they complete. */
export interface Stretch {
  readonly first: number;
  readonly end: number;
  /** The tile of level 0, as wide as it is with these leaves. */
  readonly tile: TileId;
  readonly above: readonly TileId[];
}

/** What a log shows of a stretch. All of it may be hostile. */
export interface Shown {
  readonly tile: Uint8Array;
  /** In the order of the stretch's `above`. */
  readonly above: readonly Uint8Array[];
  /** All entries of the tile; `undefined` where only hashes are read. */
  readonly entries: readonly Uint8Array[] | undefined;
}

/** A head of the log that was verified earlier. */
export interface KeptHead {
  readonly size: number;
  readonly root: Uint8Array;
  /** An instant, for people. */
  readonly verifiedAt: string;
}

export interface LogOptions<S extends Shown> {
  /** Reads a stretch. Stretches are read ahead of the one that is due, and in any order. */
  readonly read: (stretch: Stretch) => Promise<S>;
  /** How many of them are read at once. */
  readonly parallel: number;
  readonly kept?: KeptHead | undefined;
  /** Told of each stretch in turn, with its entries, once their hashes are found right. */
  readonly onStretch: (stretch: Stretch, shown: S, entries: readonly Uint8Array[] | undefined) => void;
}

/**
 * A log as it is verified from its first leaf on. Of the tree nothing is kept but its right edge, so memory does not
 * grow with the log; it can be gone on with when the log has grown.
 */
export class VerifiedLog<S extends Shown> {
  #frontier: Frontier = EMPTY_FRONTIER;
  #edge: TileEdge = EMPTY_TILE_EDGE;
  readonly #options: LogOptions<S>;

  constructor(options: LogOptions<S>) {
    this.#options = options;
  }

  get size(): number {
    return this.#frontier.size;
  }

  /**
   * Goes on to a checkpoint whose signatures were verified: recomputes every tile from the leaves up, and the root.
   * @throws Finding `rollback`, `consistency`, `tile`, `leaf`, `root`
   */
  async goOnTo({ size, root }: Checkpoint): Promise<void> {
    const { kept, read, parallel, onStretch } = this.#options;
    if (size < this.size) throw rolledBack(size, { size: this.size, when: 'was verified just now' });
    if (kept && size < kept.size) throw rolledBack(size, { size: kept.size, when: verifiedOn(kept) });
    const readPaired = async (stretch: Stretch) => ({ stretch, shown: await read(stretch) });
    for await (const { stretch, shown } of inOrder(stretchesOf(this.size, size), parallel, readPaired))
      onStretch(stretch, shown, this.#take(stretch, shown, size));
    if (!sameHash(rootOf(this.#frontier), root))
      throw new Finding(
        'root',
        `the leaves of the log of size ${size} do not lead to the root that was signed`,
      );
  }

  /** Verifies what is shown of a stretch, and answers its entries. */
  #take({ first, end, tile, above }: Stretch, shown: S, size: number): readonly Uint8Array[] | undefined {
    checkTile(tile, shown.tile);
    const hashes = tileHashes(shown.tile);
    const leaves = hashes.slice(hashes.length - (end - first));
    this.#checkBeginning(shown.tile.subarray(0, (hashes.length - leaves.length) * HASH_BYTES), first);
    this.#checkKept(first, leaves);

    const appended = appendLeaves(this.#frontier, leaves);
    const cut = appendTiles(this.#edge, appended.levels);
    this.#frontier = appended.frontier;
    this.#edge = cut.edge;
    above.forEach((id, i) => {
      const full = cut.tiles.find(
        ({ level, index, width }) => level === id.level && index === id.index && width === id.width,
      );
      // The partial tiles of the last stretch may have been there before it.
      const own = full?.bytes ?? (end === size ? cut.edge.partials[id.level] : undefined);
      if (own === undefined || !sameHash(own, shown.above[i] ?? new Uint8Array()))
        throw new Finding('tile', `${tilePath(id)} is not what follows from the tiles below it`);
    });
    return checkedEntries(first, leaves, shown.entries);
  }

  /** Where a tile has grown, it still begins with what was verified of it. */
  #checkBeginning(beginning: Uint8Array, first: number): void {
    if (!sameHash(beginning, this.#edge.partials[0] ?? new Uint8Array()))
      throw new Finding('consistency', `the log has changed before place ${first} while it was read`);
  }

  /** When the leaves reach the size that was kept, the root there must be the one that was kept. */
  #checkKept(first: number, leaves: readonly Uint8Array[]): void {
    const { kept } = this.#options;
    if (!kept || kept.size <= first || kept.size > first + leaves.length) return;
    const { frontier } = appendLeaves(this.#frontier, leaves.slice(0, kept.size - first));
    if (!sameHash(rootOf(frontier), kept.root))
      throw new Finding(
        'consistency',
        `the log does not begin with the log of size ${kept.size} that ${verifiedOn(kept)}: it was forked or rewritten`,
      );
  }
}

/** Cut at the tiles of level 0. */
function* stretchesOf(from: number, size: number): Generator<Stretch> {
  for (let first = from; first < size; ) {
    const index = Math.floor(first / TILE_WIDTH);
    const end = Math.min((index + 1) * TILE_WIDTH, size);
    const completed = newTiles(first, end).filter(({ level, width }) => level > 0 && width === TILE_WIDTH);
    const rest = end === size ? partialTiles(size).filter(({ level }) => level > 0) : [];
    const tile = { level: 0, index, width: end - index * TILE_WIDTH };
    yield { first, end, tile, above: [...completed, ...rest] };
    first = end;
  }
}

/** The entries of these leaves, out of those of their tile. @throws Finding `leaf` */
function checkedEntries(
  first: number,
  leaves: readonly Uint8Array[],
  all: readonly Uint8Array[] | undefined,
): readonly Uint8Array[] | undefined {
  const entries = all?.slice(all.length - leaves.length);
  entries?.forEach((entry, i) => {
    if (!sameHash(leafHash(entry), leaves[i] ?? new Uint8Array()))
      throw new Finding(
        'leaf',
        `the entry at place ${first + i} is not the one whose hash is in the log there`,
      );
  });
  return entries;
}

const verifiedOn = ({ verifiedAt }: KeptHead): string => `was verified on ${verifiedAt}`;

const rolledBack = (size: number, before: { size: number; when: string }): Finding =>
  new Finding(
    'rollback',
    `the log has size ${size}, and the log that ${before.when} had ${before.size}: it was rolled back, or shows an old checkpoint`,
  );
