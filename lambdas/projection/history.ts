import type { Entry, StreamName } from '../../core/model/entry.ts';
import type { EntryId } from '../../core/model/scalars.ts';
import { readHistory, readIndexes } from '../store/entries.ts';

/** An entry, and where it stands in the log. */
export interface Placed {
  readonly entry: Entry;
  readonly index: number;
}

/**
 * The history of a subject as far as the first `size` entries of the log tell it without a gap: what views of that
 * size reflect, however much more the ledger holds by now.
 */
export async function historyUpTo(
  stream: StreamName,
  subject: string,
  openedBy: EntryId | undefined,
  size: number,
): Promise<Placed[]> {
  const history = await readHistory(stream, subject, openedBy);
  const indexes = await readIndexes(history.map(({ entry }) => entry.entryId));
  const placed: Placed[] = [];
  for (const { entry } of history) {
    const index = indexes.get(entry.entryId);
    if (index === undefined || index >= size || entry.version !== placed.length) break;
    placed.push({ entry, index });
  }
  return placed;
}
