import { LogError } from '../../core/log/error.ts';
import { EMPTY_FRONTIER, EMPTY_ROOT, type Frontier, rootOf, sameHash } from '../../core/log/merkle.ts';
import { readTileEdge } from '../../core/log/tile-reader.ts';
import { EMPTY_TILE_EDGE, frontierOfTiles } from '../../core/log/tiles.ts';
import { batchEndingAt, lastBatch } from '../store/batches.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { readTile } from '../store/tiles.ts';
import { STEP } from './ends.ts';
import { checkpointSizeUpTo, readCheckpointOf } from './heads.ts';
import type { Place } from './step.ts';

export const BEGINNING: Place = { frontier: EMPTY_FRONTIER, edge: EMPTY_TILE_EDGE };

/**
 * Where to take up what was begun: the last checkpoint of the archive that is further back than a step can have been
 * left half done. What the ledger has up to there must be what that checkpoint signs.
 * @throws LedgerCorrupt when it is something else: another log, or a forked one
 */
export async function resumePlace(): Promise<Place> {
  const last = await lastBatch();
  const size = last ? await checkpointSizeUpTo(Math.max(0, last.first - STEP)) : 0;
  if (size === 0) return BEGINNING;
  const { opened } = await readCheckpointOf(size);
  const batch = await batchEndingAt(size);
  if (!batch || !sameHash(rootOf(batch.frontier), opened.root))
    throw new LedgerCorrupt(
      ledgerKeys.batch(batch?.first ?? size),
      `does not lead to the checkpoint of ${size} in the archive`,
    );
  return placeOf(batch.frontier);
}

/** @throws LedgerCorrupt when no batch of the ledger ends there */
export async function placeAt(size: number): Promise<Place> {
  if (size === 0) return BEGINNING;
  const batch = await batchEndingAt(size);
  if (!batch) throw new LedgerCorrupt(ledgerKeys.batch(size), 'does not go on from where a batch ends');
  return placeOf(batch.frontier);
}

async function placeOf(frontier: Frontier): Promise<Place> {
  try {
    const edge = await readTileEdge(frontier.size, readTile);
    const { hashes } = frontierOfTiles(edge);
    if (frontier.hashes.every((hash, i) => sameHash(hash, hashes[i] ?? EMPTY_ROOT)))
      return { frontier, edge };
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
  }
  throw new LedgerCorrupt(ledgerKeys.batch(frontier.size), 'does not go on from the tiles before it');
}
