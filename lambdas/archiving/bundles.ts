import { archiveKeys } from '../../core/log/archive-keys.ts';
import type { VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { LogError } from '../../core/log/error.ts';
import { appendLeaves, type Frontier, rootOf } from '../../core/log/merkle.ts';
import { type HashReader, proveConsistency, readFrontier } from '../../core/log/prove.ts';
import { tileHashReader } from '../../core/log/tile-reader.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { verifyConsistency } from '../../core/log/verify.ts';
import { readBundle } from '../log/bundle.ts';
import { keepObject } from '../store/archive.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { readTile } from '../store/tiles.ts';

/**
 * Puts the full bundles of a published log together in the archive, in order. A crash at any point leaves fewer, and
 * nothing else; two that do this at once put the same.
 *
 * None is put that does not belong to the checkpoint: each entry has the leaf hash of its place, and the tree that the
 * leaves up to the end of the bundle make is the beginning of the one that was signed. The last bundle that is there is
 * held against the log in the same way, before anything goes on from it: its place could have been taken.
 * @param there how many there seem to be
 * @param goOn asked before each
 * @returns how many there are now
 * @throws LedgerCorrupt when the table does not hold what was published, or the archive something else
 */
export async function archiveBundles(
  checkpoint: VerifiedCheckpoint,
  there: number,
  goOn: () => boolean,
): Promise<number> {
  const full = Math.floor(checkpoint.size / TILE_WIDTH);
  const hashes = tileHashReader(checkpoint.size, readTile);
  const first = Math.max(0, there - 1);
  let frontier = await readFrontier(first * TILE_WIDTH, hashes);
  for (let index = first; index < full; index++) {
    if (!goOn()) return Math.max(index, there);
    const { entries, bytes } = await readBundle(index, TILE_WIDTH);
    const leaves = entries.map(({ leaf }) => leaf);
    ({ frontier } = appendLeaves(frontier, leaves));
    await refuseUnlessIn(checkpoint, frontier, hashes);
    await keepObject(archiveKeys.bundle({ index, width: TILE_WIDTH }), bytes);
  }
  return full;
}

/** @throws LedgerCorrupt unless the checkpoint's tree begins with this one */
async function refuseUnlessIn(
  { size, root }: VerifiedCheckpoint,
  frontier: Frontier,
  hashes: HashReader,
): Promise<void> {
  const proof = await proveConsistency(frontier.size, size, hashes);
  const oldRoot = rootOf(frontier);
  try {
    verifyConsistency({ oldSize: frontier.size, oldRoot, newSize: size, newRoot: root, proof });
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    const last = ledgerKeys.batch(frontier.size - 1);
    throw new LedgerCorrupt(last, `or what is before it is not what the checkpoint of ${size} has`, error);
  }
}
