import { encodeBundle } from '../../core/log/bundles.ts';
import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { placedBetween } from '../store/batches.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { equalBytes, readEntries, type StoredEntry } from '../store/entries.ts';
import { ledgerKeys } from '../store/keys.ts';

/** The entries of a tile of level 0, each of which has the leaf hash that the log has in its place. */
export interface Bundle {
  readonly entries: readonly StoredEntry[];
  /** As tlog-tiles has them. */
  readonly bytes: Uint8Array;
}

/** @throws LedgerCorrupt when the log does not reach so far, or an entry is not what it has */
export async function readBundle(index: number, width: number): Promise<Bundle> {
  const placed = await placedBetween(index * TILE_WIDTH, index * TILE_WIDTH + width);
  const entries = await readEntries(placed.map(({ entryId }) => entryId));
  placed.forEach(({ entryId, leaf }, i) => {
    if (!equalBytes(entries[i]?.leaf ?? new Uint8Array(), leaf))
      throw new LedgerCorrupt(ledgerKeys.entry(entryId), 'is not what the log has');
  });
  return { entries, bytes: encodeBundle(entries.map(({ bytes }) => bytes)) };
}
