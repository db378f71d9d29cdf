import { everAbove } from '../../core/index/over-time.ts';
import type { TransferId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { readPlaces } from './batches.ts';
import { readTransferHistories, type StoredEntry } from './entries.ts';

/** More transfers upstream than any real chain of hand-overs has: nothing can make the ledger read without end. */
const MOST_UPSTREAM = 10_000;

/**
 * The histories of everything that was ever upstream of transfers, strongly consistent: what they name as origins, what
 * took the place of those, and so on.
 * @param read the histories of the transfers; those upstream are added to it
 * @throws Problem `conflict` where there are too many of them to be read
 */
export async function readUpstream(read: Map<TransferId, readonly StoredEntry[]>): Promise<void> {
  const most = read.size + MOST_UPSTREAM;
  let level = [...new Set([...read.values()].flatMap(everAbove))].filter((id) => !read.has(id));
  while (level.length > 0) {
    if (read.size + level.length > most)
      throw new Problem('conflict', 'there are too many transfers upstream to be looked at');
    const histories = await readTransferHistories(level);
    for (const [id, history] of histories) read.set(id, history);
    const above = [...histories.values()].flatMap(everAbove);
    level = [...new Set(above)].filter((id) => !read.has(id));
  }
}

/** As much of histories as stands in the first `size` entries of the log without a gap. */
export async function upTo<Id extends string>(
  histories: ReadonlyMap<Id, readonly StoredEntry[]>,
  size: number,
): Promise<Map<Id, readonly StoredEntry[]>> {
  const places = await readPlaces([...histories.values()].flat().map(({ entry }) => entry.entryId));
  const isIn = ({ entry }: StoredEntry) => (places.get(entry.entryId) ?? size) < size;
  return new Map(
    [...histories].map(([id, history]) => {
      const end = history.findIndex((stored) => !isIn(stored));
      return [id, end < 0 ? history : history.slice(0, end)];
    }),
  );
}
