import { noticesOfChange } from '../../core/lifecycle/notices.ts';
import { tell } from '../notices/tell.ts';
import type { Affected } from './affected.ts';
import type { Step } from './history.ts';

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
export async function tellChanges(changed: readonly Affected[], { placed, size }: Step): Promise<void> {
  const begin = size - placed.length;
  const since = new Date(Date.now() - NEWS_MS).toISOString();
  await tell(
    changed.flatMap(({ row, overTime }) =>
      overTime.flatMap(({ entry, from, status }, n) =>
        from < begin || entry.recordedAt < since
          ? []
          : noticesOfChange(row.facts.transferId, overTime[n - 1]?.status.owed ?? [], {
              by: entry.entryId,
              owed: status.owed,
            }),
      ),
    ),
  );
}
