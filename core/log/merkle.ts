import { hash } from 'node:crypto';
import { LogError } from './error.ts';

/** Bytes of a SHA-256 hash. */
export const HASH_BYTES = 32;

/** Binary levels in one tile: a tile is a subtree of height 8, so 256 hashes wide (tlog-tiles). */
export const TILE_HEIGHT = 8;

/** The root of a tree without leaves: SHA-256 of nothing (RFC 9162 §2.1.1). */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array());

/**
 * The right edge of a tree: the roots of the perfect subtrees that `size` splits into, largest first; one for each
 * 1-bit of `size`. It is all that is needed to append and to know the root.
 */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] };

/** What an append did. */
export interface Appended {
  readonly frontier: Frontier;
  /**
   * The hashes that the append completed at each tile level, in order: `[0]` are the leaf hashes themselves, `[1]` the
   * roots of every 256 leaves, and so on. The first hash of level `l` has the index `floor(oldSize / 256^l)`.
   * `core/log/tiles.ts` cuts them into tiles.
   */
  readonly levels: readonly (readonly Uint8Array[])[];
}

/** `SHA-256(0x00 ‖ entry)`. The prefix keeps a leaf from ever passing as a node. */
export function leafHash(entry: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(entry.length + 1);
  input[0] = 0;
  input.set(entry, 1);
  return sha256(input);
}

// One buffer for all nodes: hashing is synchronous, and an allocation a node is a third of the cost.
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** `SHA-256(0x01 ‖ left ‖ right)`. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  checkHash(left);
  checkHash(right);
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return sha256(node);
}

/** A frontier from stored parts. Checks the form only: `restoreFrontier` also checks it against a root. */
export function frontierOf(size: number, hashes: readonly Uint8Array[]): Frontier {
  checkSize(size);
  const expected = perfectSubtrees(size);
  if (hashes.length !== expected) {
    throw new LogError(
      'bad-frontier',
      `a tree of ${size} has ${expected} perfect subtrees, not ${hashes.length}`,
    );
  }
  hashes.forEach(checkHash);
  return { size, hashes: [...hashes] };
}

/** A frontier from stored parts, which must have the root that was stored apart from them. */
export function restoreFrontier(size: number, hashes: readonly Uint8Array[], root: Uint8Array): Frontier {
  const frontier = frontierOf(size, hashes);
  if (!sameHash(rootOf(frontier), root)) {
    throw new LogError('root-mismatch', `the right edge of size ${size} does not have the stored root`);
  }
  return frontier;
}

/** Appends leaves (their hashes, not the entries) and leaves the given frontier as it was. */
export function appendLeaves(frontier: Frontier, leafHashes: readonly Uint8Array[]): Appended {
  checkSize(frontier.size + leafHashes.length);
  const edge = [...frontier.hashes];
  const levels: Uint8Array[][] = [[...leafHashes]];
  let size = frontier.size;
  for (const leaf of leafHashes) {
    checkHash(leaf);
    let hash = leaf;
    let level = 0;
    // Each trailing 1-bit of the size is a perfect subtree that this leaf completes a twin of.
    for (let bits = size; bits % 2 === 1; bits = (bits - 1) / 2) {
      hash = nodeHash(popped(edge), hash);
      level += 1;
      if (level % TILE_HEIGHT === 0) {
        const completed = levels[level / TILE_HEIGHT];
        if (completed === undefined) levels[level / TILE_HEIGHT] = [hash];
        else completed.push(hash);
      }
    }
    edge.push(hash);
    size += 1;
  }
  return { frontier: { size, hashes: edge }, levels };
}

/** The root of the tree whose right edge this is. */
export function rootOf(frontier: Frontier): Uint8Array {
  return joinSubtrees(frontier.hashes);
}

/** The root over adjacent subtrees, largest first: the smaller ones on the right are joined before the larger. */
export function joinSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1);
  if (last === undefined) return EMPTY_ROOT;
  checkHash(last);
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** The root of a list of leaf hashes. */
export function rootOfLeaves(leafHashes: readonly Uint8Array[]): Uint8Array {
  return rootOf(appendLeaves(EMPTY_FRONTIER, leafHashes).frontier);
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Refuses what is no hash: a shorter or longer one would let two inputs share a node. */
export function checkHash(hash: Uint8Array): void {
  if (hash.length !== HASH_BYTES) throw new LogError('bad-hash', `a hash has 32 bytes, not ${hash.length}`);
}

/** Refuses a size that a number cannot hold exactly (the formats allow up to 2^63; no real log comes near 2^53). */
export function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new LogError('out-of-range', `not a size: ${size}`);
}

/** How many perfect subtrees a tree splits into: the 1-bits of its size. */
function perfectSubtrees(size: number): number {
  return size.toString(2).replaceAll('0', '').length;
}

function popped(edge: Uint8Array[]): Uint8Array {
  const hash = edge.pop();
  if (hash === undefined)
    throw new LogError('bad-frontier', 'the right edge has fewer hashes than its size says');
  return hash;
}

/** By way of a binary string: Node makes that three times as fast as a buffer of its own for each hash. */
function sha256(input: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', input, 'binary'), 'binary');
}
