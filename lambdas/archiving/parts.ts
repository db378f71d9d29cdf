import { createHash } from 'node:crypto';
import { answerNamedBy } from '../../core/lifecycle/answered.ts';
import { archiveKeys } from '../../core/log/archive-keys.ts';
import { appendLeaves, rootOf, sameHash } from '../../core/log/merkle.ts';
import { type HashReader, readFrontier } from '../../core/log/prove.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { bundleOf } from '../log/bundle.ts';
import { readAnswer } from '../store/answers.ts';
import { keepObject } from '../store/archive.ts';
import { type Batch, batchEnd, type PlacedLeaf, placedBetween } from '../store/batches.ts';
import { inParallel } from '../store/client.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import type { StoredEntry } from '../store/entries.ts';
import { ledgerKeys } from '../store/keys.ts';

/** Parts of bundles that are put at the same time. */
const LANES = 8;

/**
 * Puts the entries of the log behind the first `from` into the archive, and the answers that they name: part by part of
 * the bundles that they belong to. Two that do this at once, or one after the other has died, put the same bytes under
 * the same key, or others under another.
 * @param hashes of the tree up to the head
 * @throws LedgerCorrupt when they are not the ones that the head stands for, or the archive holds something else
 */
export async function archiveParts(from: number, head: Batch, hashes: HashReader): Promise<void> {
  const [before, placed] = await Promise.all([
    readFrontier(from, hashes),
    placedBetween(from, batchEnd(head)),
  ]);
  const leaves = placed.map(({ leaf }) => leaf);
  if (!sameHash(rootOf(appendLeaves(before, leaves).frontier), rootOf(head.frontier)))
    throw new LedgerCorrupt(ledgerKeys.batch(head.first), `does not follow from the leaves from ${from} on`);
  await inParallel(cutAtBundles(from, placed), LANES, archivePart);
}

interface Part {
  readonly index: number;
  /** Within the bundle. */
  readonly from: number;
  readonly placed: readonly PlacedLeaf[];
}

function cutAtBundles(from: number, placed: readonly PlacedLeaf[]): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < placed.length; ) {
    const [index, start] = [Math.floor((from + at) / TILE_WIDTH), (from + at) % TILE_WIDTH];
    const own = placed.slice(at, at + TILE_WIDTH - start);
    parts.push({ index, from: start, placed: own });
    at += own.length;
  }
  return parts;
}

async function archivePart({ index, from, placed }: Part): Promise<void> {
  const { entries, bytes } = await bundleOf(placed);
  for (const entry of entries) await archiveAnswer(entry);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await keepObject(archiveKeys.part(index, from, from + placed.length, sha256), bytes);
}

/** The answer that an entry names goes in under its digest. */
async function archiveAnswer({ entry }: StoredEntry): Promise<void> {
  const sha256 = answerNamedBy(entry);
  if (sha256) await keepObject(archiveKeys.answer(sha256), await readAnswer(sha256));
}
