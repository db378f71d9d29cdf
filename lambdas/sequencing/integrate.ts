import { appendLeaves, sameHash } from '../../core/log/merkle.ts';
import { readTileEdge } from '../../core/log/tile-reader.ts';
import { appendTiles, frontierOfTiles, newTiles } from '../../core/log/tiles.ts';
import { type Batch, batchEnd, insertIndexes } from '../store/batches.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { insertTiles, isStored, readTile } from '../store/tiles.ts';

/**
 * Inserts all that follows from a committed batch: its tiles, then the place of each of its entries. All of it is the
 * same whoever does it, so repeating and racing are harmless. The `INDEX` of the last entry goes last of all: where it
 * stands, everything does, and a crash before it has the next one do all of this again.
 */
export async function integrate(batch: Omit<Batch, 'seal'>): Promise<void> {
  if (newTiles(batch.first, batchEnd(batch)).some(isStored)) await insertTiles(await tilesOf(batch));
  await insertIndexes(batch);
}

async function tilesOf(batch: Omit<Batch, 'seal'>) {
  const before = await readTileEdge(batch.first, readTile);
  const frontier = frontierOfTiles(before);
  const { frontier: after, levels } = appendLeaves(frontier, batch.leaves);
  // What was read may have been altered: then it does not lead to the root that the batch was committed with.
  const asCommitted = after.hashes.length === batch.frontier.hashes.length;
  if (!asCommitted || !after.hashes.every((hash, i) => sameHash(hash, batch.frontier.hashes[i] ?? hash)))
    throw new LedgerCorrupt(ledgerKeys.batch(batch.first), 'does not go on from the tiles before it');
  return appendTiles(before, levels).tiles;
}
