import { LogError } from './error.ts';
import {
  appendLeaves,
  EMPTY_FRONTIER,
  EMPTY_ROOT,
  type Frontier,
  HASH_BYTES,
  restoreFrontier,
  rootOf,
  sameHash,
} from './merkle.ts';
import { TILE_WIDTH, type TileId } from './tiles.ts';

/** A committed batch as it was read: any part of it may have been altered. */
export interface ChainLink {
  readonly first: number;
  readonly ids: readonly string[];
  readonly leaves: readonly Uint8Array[];
  readonly previousRoot: Uint8Array;
  readonly root: Uint8Array;
  /** The hashes of the right edge that was stored with the batch. */
  readonly edge: readonly Uint8Array[];
}

/** A tree, and its root, which takes some hashing to know. */
interface Head {
  readonly frontier: Frontier;
  readonly root: Uint8Array;
}

const EMPTY_HEAD: Head = { frontier: EMPTY_FRONTIER, root: EMPTY_ROOT };

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * A whole log as its batches tell it, with all of it recomputed from the leaves: what any other row of a ledger is
 * judged by. Takes about 130 MB for a million entries.
 *
 * A batch that is wrong does not make those after it wrong: where the next goes on from what was committed, so does
 * this. What cannot be told then, of the places within the wrong batch, is not told: see {@link isSure}.
 */
export class Chain {
  readonly #ids: string[] = [];
  readonly #places = new Map<string, number>();
  /** The complete hashes of each tile level, `[0]` being the leaves. */
  readonly #levels: HashList[] = [];
  readonly #ends: number[] = [];
  readonly #roots = new HashList();
  readonly #unsure: Stretch[] = [];
  #head: Head = EMPTY_HEAD;
  /** What the last batch says that it was committed with: another head where its leaves do not lead there. */
  #committed: Head = EMPTY_HEAD;

  get size(): number {
    return this.#head.frontier.size;
  }

  /** The sizes at which batches ended, ascending. */
  get ends(): readonly number[] {
    return this.#ends;
  }

  /**
   * Adds the batch that begins where the last one ended.
   * @returns what is wrong with it, in words; nothing when it is right
   * @throws RangeError when it begins elsewhere, or has no entries
   */
  add(link: ChainLink): string[] {
    if (link.first !== this.size || link.leaves.length === 0 || link.ids.length !== link.leaves.length)
      throw new RangeError(`not the batch that goes on from ${this.size}`);
    const faults: string[] = [];
    const before = [this.#head, this.#committed].find((head) => sameHash(head.root, link.previousRoot));
    if (before === undefined) faults.push('does not go on from the batch before it');
    const { frontier, levels } = appendLeaves((before ?? this.#head).frontier, link.leaves);
    const head: Head = { frontier, root: rootOf(frontier) };
    const committed = committedIn(link, head);
    if (committed === undefined) faults.push('has a right edge that is not that of its root');
    if (!sameHash(head.root, link.root)) faults.push('has leaves that do not lead to its root');
    if (faults.length > 0) this.#unsure.push({ from: link.first, to: frontier.size });

    levels.forEach((hashes, level) => {
      this.#levels[level] ??= new HashList();
      for (const hash of hashes) this.#levels[level].push(hash);
    });
    this.#ends.push(frontier.size);
    this.#roots.push((committed ?? head).root);
    this.#head = head;
    this.#committed = committed ?? head;
    return [...faults, ...this.#addIds(link)];
  }

  /** The place of an entry. */
  placeOf(id: string): number | undefined {
    return this.#places.get(id);
  }

  /** The entry at a place. */
  idAt(place: number): string | undefined {
    return this.#ids[place];
  }

  leafAt(place: number): Uint8Array | undefined {
    return this.#levels[0]?.at(place);
  }

  /** Where the batch begins that an entry at this place came with. */
  batchOf(place: number): number {
    return this.#ends[this.#lastEndUpTo(place)] ?? 0;
  }

  /** Whether a batch begins there. */
  isStart(first: number): boolean {
    return first < this.size && (first === 0 || this.#ends[this.#lastEndUpTo(first)] === first);
  }

  /** The root that the log had at a size, if a batch ended there. */
  rootAt(size: number): Uint8Array | undefined {
    const batch = this.#lastEndUpTo(size);
    return this.#ends[batch] === size ? this.#roots.at(batch) : undefined;
  }

  /** Whether what stands at these places can be relied on. */
  isSure(from: number, to = from + 1): boolean {
    return !this.#unsure.some((stretch) => stretch.from < to && from < stretch.to);
  }

  /** The size at which the log first had a tile of just this width; `undefined` when it never had. */
  sinceOf({ level, index, width }: TileId): number | undefined {
    const unit = TILE_WIDTH ** level;
    const needed = (index * TILE_WIDTH + width) * unit;
    const since = this.#ends[this.#lastEndUpTo(needed - 1) + 1];
    if (since === undefined || width < 1 || width > TILE_WIDTH) return undefined;
    return width === TILE_WIDTH || since < needed + unit ? since : undefined;
  }

  /** The content of a tile that the log has had; `undefined` when it cannot be told. */
  tileOf({ level, index, width }: TileId): Uint8Array | undefined {
    const [from, to] = [index * TILE_WIDTH, index * TILE_WIDTH + width].map((n) => n * TILE_WIDTH ** level);
    return this.isSure(from ?? 0, to) ? this.#levels[level]?.tile(index, width) : undefined;
  }

  #addIds({ first, ids }: ChainLink): string[] {
    const again = ids.filter((id, i) => {
      this.#ids.push(id);
      if (this.#places.has(id)) return true;
      this.#places.set(id, first + i);
      return false;
    });
    return again.map((id) => `names the entry ${id} a second time`);
  }

  /** Which of the ends is the last that is not beyond a size; -1 when none is. */
  #lastEndUpTo(size: number): number {
    let [low, high] = [-1, this.#ends.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#ends[middle] ?? 0) <= size) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** What a batch says that it was committed with, if its edge has its root. */
function committedIn({ edge, root }: ChainLink, recomputed: Head): Head | undefined {
  const { size, hashes } = recomputed.frontier;
  const isSame = sameHash(root, recomputed.root) && edge.length === hashes.length;
  // The usual case costs no hashing.
  if (isSame && hashes.every((hash, i) => sameHash(hash, edge[i] ?? root))) return recomputed;
  try {
    return { frontier: restoreFrontier(size, edge, root), root };
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}

/** Hashes by index, 256 in one buffer: an object for each would take three times the memory. */
class HashList {
  readonly #tiles: Buffer[] = [];
  #length = 0;

  push(hash: Uint8Array): void {
    const at = this.#length % TILE_WIDTH;
    if (at === 0) this.#tiles.push(Buffer.allocUnsafeSlow(TILE_WIDTH * HASH_BYTES));
    this.#tiles.at(-1)?.set(hash, at * HASH_BYTES);
    this.#length++;
  }

  at(index: number): Uint8Array | undefined {
    const from = (index % TILE_WIDTH) * HASH_BYTES;
    return index < this.#length
      ? this.#tiles[Math.floor(index / TILE_WIDTH)]?.subarray(from, from + HASH_BYTES)
      : undefined;
  }

  tile(index: number, width: number): Uint8Array | undefined {
    return index * TILE_WIDTH + width <= this.#length
      ? this.#tiles[index]?.subarray(0, width * HASH_BYTES)
      : undefined;
  }
}
