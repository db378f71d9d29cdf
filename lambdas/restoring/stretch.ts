import { appendLeaves, type Frontier, leafHash, rootOf, sameHash } from '../../core/log/merkle.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import type { ArchivedBundles } from './bundles.ts';
import { STEP } from './ends.ts';
import { type ArchivedCheckpoint, checkpointSizes, readAll, readCheckpointOf } from './heads.ts';

/** What follows upon the beginning of a log, up to a signed checkpoint. */
export interface Stretch {
  readonly from: number;
  readonly leaves: readonly Uint8Array[];
  /** Those on the way and at the end, ascending. */
  readonly checkpoints: readonly ArchivedCheckpoint[];
}

/** The archive does not have the entries up to the next checkpoint: what would hold the first that is not there. */
export interface Missing {
  readonly missing: string;
}

/** Read at once. */
const BUNDLES = 8;

/**
 * The next stretch of the log behind a beginning that is known: about a step of entries, or as many as the next
 * checkpoint is away. Each checkpoint in it signs the tree that the entries up to there make, so all of it is vouched
 * for before anything is done with it.
 * @param upTo the size of the newest checkpoint
 * @throws LedgerCorrupt when what it has is not what was signed
 */
export async function nextStretch(
  from: Frontier,
  upTo: number,
  bundles: ArchivedBundles,
): Promise<Stretch | Missing> {
  const sizes = await nextSizes(from.size, upTo);
  const leaves = await readLeaves(from.size, sizes.at(-1) ?? upTo, bundles);
  const covered = sizes.filter((size) => size <= from.size + leaves.length);
  const last = covered.at(-1);
  if (last === undefined) return { missing: await bundles.keyOf(from.size + leaves.length) };
  const checkpoints = await readAll(covered, readCheckpointOf);
  let frontier = from;
  for (const checkpoint of checkpoints) {
    const next = leaves.slice(frontier.size - from.size, checkpoint.size - from.size);
    const { frontier: after } = appendLeaves(frontier, next);
    if (!sameHash(rootOf(after), checkpoint.opened.root))
      throw await notAsSigned(frontier.size, checkpoint, bundles);
    frontier = after;
  }
  return { from: from.size, leaves: leaves.slice(0, last - from.size), checkpoints };
}

/** Those within a step, or else the next. */
async function nextSizes(from: number, upTo: number): Promise<number[]> {
  for (let width = STEP; ; width *= 2) {
    const sizes = await checkpointSizes(from, Math.min(upTo, from + width));
    if (sizes.length > 0) return width === STEP ? sizes : sizes.slice(0, 1);
    if (from + width >= upTo) return [];
  }
}

/** Hashes the entries without keeping them: a checkpoint may be far away. Fewer, where the archive has no more. */
async function readLeaves(from: number, to: number, bundles: ArchivedBundles): Promise<Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  while (from + leaves.length < to) {
    const start = from + leaves.length;
    const end = Math.min(to, (Math.floor(start / TILE_WIDTH) + BUNDLES) * TILE_WIDTH);
    await Promise.all(Array.from({ length: BUNDLES }, (_, n) => start + n * TILE_WIDTH).map(ahead));
    const entries = await bundles.entries(start, end);
    leaves.push(...entries.map(leafHash));
    if (start + entries.length < end) break;
  }
  return leaves;

  async function ahead(place: number): Promise<void> {
    if (place < to) await bundles.of(place);
  }
}

async function notAsSigned(
  from: number,
  { size }: ArchivedCheckpoint,
  bundles: ArchivedBundles,
): Promise<LedgerCorrupt> {
  const [first, last] = [await bundles.keyOf(from), await bundles.keyOf(size - 1)];
  const what = first === last ? 'does' : `and those up to ${last} do`;
  return new LedgerCorrupt(first, `${what} not hold the entries that the checkpoint of ${size} signs`);
}
