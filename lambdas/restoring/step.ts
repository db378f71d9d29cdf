import { answerNamedBy } from '../../core/lifecycle/answered.ts';
import { archiveKeys } from '../../core/log/archive-keys.ts';
import { appendLeaves, type Frontier, rootOf } from '../../core/log/merkle.ts';
import { appendTiles, type Tile, type TileEdge } from '../../core/log/tiles.ts';
import { parseEntry } from '../../core/model/entry.ts';
import { keepAnswer, readAnswer } from '../store/answers.ts';
import { getObject } from '../store/archive.ts';
import { type Batch, indexItems, sealedBatchItem } from '../store/batches.ts';
import { checkpointItem, cosignatureItem } from '../store/checkpoints.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import {
  equalBytes,
  newEntry,
  pointerItem,
  type StoredEntry,
  sealedItem,
  sha256Hex,
} from '../store/entries.ts';
import { isStored, tileItem } from '../store/tiles.ts';
import type { ArchivedBundles } from './bundles.ts';
import { readCosignaturesOf } from './heads.ts';
import { putBack, refuseOthers } from './rows.ts';
import type { Stretch } from './stretch.ts';

/** The beginning of the log that the ledger has: the right edge of its tree, and of its tiles. */
export interface Place {
  readonly frontier: Frontier;
  readonly edge: TileEdge;
}

/**
 * Puts the entries behind a place back, and all that goes with them; `ends` are where their batches end. The rows go in
 * in this order, so that it may stop anywhere:
 * 1. What an entry names, and its place in the log. An entry whose place is known is never put into the log again,
 *    whoever rings for it.
 * 2. The entries, then the checkpoints.
 * 3. The batches, the last of them by itself: where it stands, all of this does.
 * @returns the place behind them
 */
export async function putBackStep(
  place: Place,
  ends: readonly number[],
  { from: start, checkpoints, leaves }: Stretch,
  bundles: ArchivedBundles,
): Promise<Place> {
  const [from, to] = [place.frontier.size, ends.at(-1) ?? place.frontier.size];
  const entries = await readStep(from, leaves.slice(from - start, to - start), bundles);
  const own = checkpoints.filter(({ size }) => size > from && size <= to);
  const { batches, tiles, place: after } = batchesOf(place, ends, entries, checkpoints);

  const pointers = entries.map(({ entry }) => pointerItem(entry)).filter((item) => item !== undefined);
  const committed = await Promise.all(batches.map(sealedBatchItem));
  // Nothing is written into another log, or over what was accepted since.
  await refuseOthers([...committed, ...pointers]);
  for (const entry of entries) await putBackAnswer(entry);
  await putBack([...batches.flatMap(indexItems), ...pointers, ...tiles.filter(isStored).map(tileItem)]);
  await putBack(await Promise.all(entries.map(sealedItem)));
  await putBack([...(await readCosignaturesOf(own)).map(cosignatureItem), ...own.map(checkpointItem)]);
  await putBack(committed.slice(0, -1));
  await putBack(committed.slice(-1));
  return after;
}

/** @throws LedgerCorrupt when the archive now holds something else than it did a moment ago, or no entry of ours */
async function readStep(
  from: number,
  leaves: readonly Uint8Array[],
  bundles: ArchivedBundles,
): Promise<StoredEntry[]> {
  const entries = await bundles.entries(from, from + leaves.length);
  return Promise.all(
    leaves.map(async (leaf, i) => {
      const stored = readEntry(entries[i] ?? new Uint8Array());
      if (stored && equalBytes(stored.leaf, leaf)) return stored;
      throw new LedgerCorrupt(await bundles.keyOf(from + i), `holds no entry of this ledger at ${from + i}`);
    }),
  );
}

function readEntry(bytes: Uint8Array): StoredEntry | undefined {
  try {
    return newEntry(parseEntry(bytes));
  } catch {
    return undefined;
  }
}

function batchesOf(
  place: Place,
  ends: readonly number[],
  entries: readonly StoredEntry[],
  checkpoints: Stretch['checkpoints'],
) {
  const from = place.frontier.size;
  const batches: Omit<Batch, 'seal'>[] = [];
  const tiles: Tile[] = [];
  let { frontier, edge } = place;
  for (const end of ends) {
    const own = entries.slice(frontier.size - from, end - from);
    const leaves = own.map(({ leaf }) => leaf);
    const appended = appendLeaves(frontier, leaves);
    const made = appendTiles(edge, appended.levels);
    // It was committed before it was signed, and that was no later than it came into the archive.
    const signed = checkpoints.find(({ size }) => size >= end);
    if (!signed) throw new TypeError(`no checkpoint covers the batch up to ${end}`);
    batches.push({
      first: frontier.size,
      ids: own.map(({ entry }) => entry.entryId),
      leaves,
      previousRoot: rootOf(frontier),
      frontier: appended.frontier,
      committedAt: signed.signedAt,
    });
    tiles.push(...made.tiles);
    frontier = appended.frontier;
    edge = made.edge;
  }
  return { batches, tiles, place: { frontier, edge } };
}

/** @throws LedgerCorrupt when the archive does not have the answer that an entry names */
async function putBackAnswer({ entry }: StoredEntry): Promise<void> {
  const sha256 = answerNamedBy(entry);
  if (!sha256) return;
  const key = archiveKeys.answer(sha256);
  const bytes = await getObject(key);
  if (!bytes || sha256Hex(bytes) !== sha256)
    throw new LedgerCorrupt(key, bytes ? 'is not the answer of that digest' : 'is gone');
  await keepAnswer(bytes);
  await readAnswer(sha256);
}
