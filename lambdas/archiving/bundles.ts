import { answerNamedBy } from '../../core/lifecycle/answered.ts';
import { archiveKeys } from '../../core/log/archive-keys.ts';
import type { VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { LogError } from '../../core/log/error.ts';
import { appendLeaves, type Frontier, rootOf } from '../../core/log/merkle.ts';
import { type HashReader, proveConsistency, readFrontier } from '../../core/log/prove.ts';
import { tileHashReader } from '../../core/log/tile-reader.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { verifyConsistency } from '../../core/log/verify.ts';
import { readBundle } from '../log/bundle.ts';
import { readAnswer } from '../store/answers.ts';
import { keepObject } from '../store/archive.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import type { StoredEntry } from '../store/entries.ts';
import { ledgerKeys } from '../store/keys.ts';
import { readTile } from '../store/tiles.ts';

/** What is to be archived, and for how long. */
export interface Archiving {
  /** The archive seems to hold the entries up to here. */
  readonly from: number;
  /** And is to hold those up to here: the end of a bundle, or of the log. */
  readonly to: number;
  /** Asked before each bundle. */
  readonly goOn: () => boolean;
}

/**
 * Puts the bundles of a published log into the archive, in order, each after the answers that its entries name: so
 * where a bundle is, everything before it is, too. A crash at any point leaves a shorter archive, and nothing else; two
 * that do this at once put the same.
 *
 * None is put that does not belong to the checkpoint: each entry has the leaf hash of its place, and the tree that the
 * leaves up to the end of the bundle make is the beginning of the one that was signed. The last bundle that is there is
 * held against the log in the same way, before anything goes on from it: its place could have been taken.
 * @returns how far the archive reaches now
 * @throws LedgerCorrupt when the table does not hold what was published, or the archive something else
 */
export async function archiveBundles(
  checkpoint: VerifiedCheckpoint,
  { from, to, goOn }: Archiving,
): Promise<number> {
  const hashes = tileHashReader(checkpoint.size, readTile);
  const put = (before: Frontier, end: number) => archiveBundle(checkpoint, hashes, before, end);
  const last = Math.max(0, Math.ceil(from / TILE_WIDTH) - 1) * TILE_WIDTH;
  let frontier = await readFrontier(last, hashes);
  let reached = from;
  if (from > last && goOn()) {
    const after = await put(frontier, from);
    if (from % TILE_WIDTH === 0) frontier = after;
  }
  while (reached < to && goOn()) {
    frontier = await put(frontier, Math.min(to, frontier.size + TILE_WIDTH));
    reached = frontier.size;
  }
  return reached;
}

/** The bundle of the entries up to `end`. Answers the right edge of the tree with them in. */
async function archiveBundle(
  checkpoint: VerifiedCheckpoint,
  hashes: HashReader,
  before: Frontier,
  end: number,
): Promise<Frontier> {
  const [index, width] = [before.size / TILE_WIDTH, end - before.size];
  const { entries, bytes } = await readBundle(index, width);
  const leaves = entries.map(({ leaf }) => leaf);
  const { frontier } = appendLeaves(before, leaves);
  await refuseUnlessIn(checkpoint, frontier, hashes);
  for (const entry of entries) await archiveAnswer(entry);
  await keepObject(archiveKeys.bundle({ index, width }), bytes);
  return frontier;
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

/** The answer that an entry names goes in under its digest. */
async function archiveAnswer({ entry }: StoredEntry): Promise<void> {
  const sha256 = answerNamedBy(entry);
  if (sha256) await keepObject(archiveKeys.answer(sha256), await readAnswer(sha256));
}
