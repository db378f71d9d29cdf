import { LogError } from './error.ts';
import { checkSize, type Frontier, frontierOf, joinSubtrees } from './merkle.ts';

/**
 * Reads the root of a perfect subtree: the one of `2^level` leaves that begins at leaf `index * 2^level`.
 * `tileHashReader` makes one from tiles.
 */
export type HashReader = (level: number, index: number) => Promise<Uint8Array>;

/** The leaves from `start` up to, not including, `end`. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The hashes from the leaf's sibling up to the root's child (RFC 9162 §2.1.3.1). Whoever hands a proof out should run
 * it through `verifyInclusion` first: what the reader read is not checked here.
 */
export function proveInclusion(index: number, size: number, read: HashReader): Promise<Uint8Array[]> {
  checkSize(size);
  checkSize(index);
  if (index >= size) throw new LogError('out-of-range', `index ${index} is not in a tree of ${size}`);
  return readRoots(inclusionPath(index, size), read);
}

/** The proof that the tree of `newSize` begins with the tree of `oldSize` (RFC 9162 §2.1.4.1). */
export function proveConsistency(oldSize: number, newSize: number, read: HashReader): Promise<Uint8Array[]> {
  checkSize(oldSize);
  checkSize(newSize);
  if (oldSize > newSize) throw new LogError('out-of-range', `size ${oldSize} is beyond a tree of ${newSize}`);
  return readRoots(consistencyPath(oldSize, newSize), read);
}

/** The right edge of a tree that is stored as tiles. Its root says whether what was read is right. */
export async function readFrontier(size: number, read: HashReader): Promise<Frontier> {
  checkSize(size);
  return frontierOf(size, await readSubtrees({ start: 0, end: size }, read));
}

function inclusionPath(index: number, size: number): Range[] {
  const path: Range[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.reverse();
}

function consistencyPath(oldSize: number, newSize: number): Range[] {
  if (oldSize === 0) return [];
  const path: Range[] = [];
  let [start, end] = [0, newSize];
  while (oldSize !== end) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  // When the old tree is perfect, the verifier knows this root already: it is the old one.
  if (start > 0) path.push({ start, end });
  return path.reverse();
}

function readRoots(ranges: readonly Range[], read: HashReader): Promise<Uint8Array[]> {
  return Promise.all(ranges.map(async (range) => joinSubtrees(await readSubtrees(range, read))));
}

/** The perfect subtrees of a node of the tree, largest first. A node starts at a multiple of its largest one. */
function readSubtrees({ start, end }: Range, read: HashReader): Promise<Uint8Array[]> {
  const reads: Promise<Uint8Array>[] = [];
  for (let from = start; from < end; ) {
    const level = floorLog2(end - from);
    reads.push(read(level, from / 2 ** level));
    from += 2 ** level;
  }
  return Promise.all(reads);
}

/** The largest power of two below `size`, which must be at least 2. */
function splitOf(size: number): number {
  return 2 ** floorLog2(size - 1);
}

/** By the length of the binary digits: `Math.log2` rounds up just below a power of two beyond 2^49. */
function floorLog2(n: number): number {
  return n.toString(2).length - 1;
}
