import type { Chain } from '../../core/log/chain.ts';
import type { Counts, Finding, MissingPhase } from '../../core/log/inspection.ts';
import { newTiles } from '../../core/log/tiles.ts';
import type { EntryId } from '../../core/model/scalars.ts';
import { keyOf, written } from '../store/corrupt.ts';
import { pointerItem } from '../store/entries.ts';
import { type Key, ledgerKeys } from '../store/keys.ts';
import { getMany } from '../store/ledger.ts';
import { isStored } from '../store/tiles.ts';
import { finding } from './judge.ts';
import { readEntryRow } from './rows/entries.ts';

const PLACES_A_STEP = 1_000;

/** How many rows of a class there are to be, and how many were seen. */
export function isShort(
  what: MissingPhase,
  counts: Counts,
  { chain, size }: { chain: Chain; size: number },
): boolean {
  const { entriesOfLog = 0, indexesOfLog = 0, versionsOfLog = 0, versionsDue = 0, tilesOfLog = 0 } = counts;
  switch (what) {
    case 'entries':
      return entriesOfLog < size;
    case 'indexes':
      return indexesOfLog < size;
    case 'versions':
      return versionsOfLog < versionsDue;
    case 'tiles':
      return tilesOfLog < tileCount(chain, size);
  }
}

/**
 * Names the missing rows of a class among those that belong to the next places of the log. What belongs to a place
 * was there before its batch was integrated, and rows do not go: so what is not found now is missing.
 */
export async function nameMissing(
  what: MissingPhase,
  from: number,
  { chain, size }: { chain: Chain; size: number },
): Promise<{ findings: Finding[]; after: number | undefined }> {
  const to = Math.min(size, from + PLACES_A_STEP);
  const keys = await keysOf(what, chain, from, to);
  const found = new Set((await getMany(keys)).map((row) => written(keyOf(row))));
  const findings = keys
    .filter((key) => !found.has(written(key)))
    .map((key) => finding(key, 'missing', WORDS[what]));
  return { findings, after: to < size ? to : undefined };
}

const WORDS: Readonly<Record<MissingPhase, string>> = {
  entries: 'though the log has the entry',
  indexes: 'though the log has the entry',
  versions: 'though the log has an entry of this place',
  tiles: 'though the log has had the tile',
};

async function keysOf(what: MissingPhase, chain: Chain, from: number, to: number): Promise<Key[]> {
  if (what === 'tiles') return tilesBetween(chain, from, to).map(ledgerKeys.tile);
  const ids = Array.from({ length: to - from }, (_, i) => chain.idAt(from + i) as EntryId);
  if (what === 'entries') return ids.map(ledgerKeys.entry);
  if (what === 'indexes') return ids.map(ledgerKeys.index);
  const entries = (await getMany(ids.map(ledgerKeys.entry))).map(readEntryRow);
  return entries.flatMap((stored) => {
    const pointer = typeof stored === 'string' ? undefined : pointerItem(stored.entry);
    return pointer ? [keyOf(pointer)] : [];
  });
}

/** The tiles with rows of their own that came with the batches that ended after `from` and not after `to`. */
function tilesBetween({ ends }: Chain, from: number, to: number) {
  return ends
    .map((end, n) => [ends[n - 1] ?? 0, end] as const)
    .filter(([, end]) => end > from && end <= to)
    .flatMap(([start, end]) => newTiles(start, end).filter(isStored));
}

const tileCount = (chain: Chain, size: number): number => tilesBetween(chain, 0, size).length;
