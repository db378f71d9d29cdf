import { noticesOfChange } from '../../core/lifecycle/notices.ts';
import { tell } from '../notices/tell.ts';
import type { Step } from './history.ts';
import type { Owing } from './owed.ts';

/**
 * What the ledger learnt longer ago is no news, and nobody is told of it as such: it is folded anew by a rebuild, after
 * a restoration, or by a system that told nobody before. What of it is still owed, the daily look finds. No doorbell is
 * late by more than a day.
 */
const NEWS_MS = 7 * 86_400_000;

/**
 * Tells of the obligations that arose or ended with the entries of a step. They follow from the log alone, however it
 * is cut into steps: a step that is repeated finds the same notices, of which each is in the outbox once.
 */
export async function tellChanges(owing: readonly Owing[], { placed, size }: Step): Promise<void> {
  const begin = size - placed.length;
  const since = new Date(Date.now() - NEWS_MS).toISOString();
  await tell(
    owing.flatMap(({ id, overTime }) =>
      overTime.flatMap(({ entry, from, owed }, n) =>
        from < begin || entry.recordedAt < since
          ? []
          : noticesOfChange(id, overTime[n - 1]?.owed ?? [], { by: entry.entryId, owed }),
      ),
    ),
  );
}
