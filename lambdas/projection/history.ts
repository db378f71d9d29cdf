import type { Placed } from '../../core/index/over-time.ts';
import type { Entry, StreamName } from '../../core/model/entry.ts';
import type { EntryId } from '../../core/model/scalars.ts';
import { readHistory, readIndexes } from '../store/entries.ts';

/** The batches that are folded at once. */
export interface Step {
  readonly placed: readonly Placed[];
  /** The size of the log with them in. */
  readonly size: number;
  readonly places: ReadonlyMap<EntryId, number>;
}

export function stepOf(entries: readonly Entry[], from: number): Step {
  const placed = entries.map((entry, i): Placed => ({ entry, index: from + i }));
  const places = new Map(placed.map(({ entry, index }) => [entry.entryId, index]));
  return { placed, size: from + placed.length, places };
}

/**
 * The history of a subject as far as the log tells it without a gap up to the end of a step: what views of that size
 * reflect, however much more the ledger holds by now. The step itself says where its entries stand: their `INDEX`
 * may still be to come, or whoever committed them may be gone. Those of all entries before them are there, since
 * nobody commits the next batch before the last is integrated.
 */
export async function historyUpTo(
  stream: StreamName,
  subject: string,
  openedBy: EntryId | undefined,
  { places, size }: Step,
): Promise<Placed[]> {
  const history = await readHistory(stream, subject, openedBy);
  const before = await readIndexes(history.map(({ entry }) => entry.entryId).filter((id) => !places.has(id)));
  const placed: Placed[] = [];
  for (const { entry } of history) {
    const index = places.get(entry.entryId) ?? before.get(entry.entryId);
    if (index === undefined || index >= size || entry.version !== placed.length) break;
    placed.push({ entry, index });
  }
  return placed;
}
