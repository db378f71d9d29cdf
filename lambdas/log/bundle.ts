import { encodeBundle } from '../../core/log/bundles.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { type PlacedLeaf, placedBetween } from '../store/batches.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { equalBytes, readEntries, type StoredEntry } from '../store/entries.ts';
import { ledgerKeys } from '../store/keys.ts';

/** Entries that follow each other in the log, each with the leaf hash that the log has in its place. */
export interface Bundle {
  readonly entries: readonly StoredEntry[];
  /** As tlog-tiles has them. */
  readonly bytes: Uint8Array;
}

/** The first `width` entries of a tile of level 0. @throws LedgerCorrupt when the log does not reach so far; see {@link bundleOf} */
export const readBundle = async (index: number, width: number): Promise<Bundle> =>
  bundleOf(await placedBetween(index * TILE_WIDTH, index * TILE_WIDTH + width));

/** @throws LedgerCorrupt when an entry is not what the log has */
export async function bundleOf(placed: readonly PlacedLeaf[]): Promise<Bundle> {
  const entries = await readEntries(placed.map(({ entryId }) => entryId));
  placed.forEach(({ entryId, leaf }, i) => {
    if (!equalBytes(entries[i]?.leaf ?? new Uint8Array(), leaf))
      throw new LedgerCorrupt(ledgerKeys.entry(entryId), 'is not what the log has');
  });
  return { entries, bytes: encodeBundle(entries.map(({ bytes }) => bytes)) };
}
