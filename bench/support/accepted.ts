import type { Claimed } from '../../lambdas/sequencing/genuine.ts';
import type { Item } from '../../lambdas/store/client.ts';
import { entryOf, RECORDS } from './transfers.ts';

/** Entries of the usual size as accepting leaves them: their rows, and what the doorbell says of them. */
export async function accepted(count: number): Promise<{ items: Item[]; claimed: Claimed[] }> {
  const { sealedItem } = await import('../../lambdas/store/entries.ts');
  const entries = Array.from({ length: count }, () => entryOf(RECORDS.usual()));
  const items = await Promise.all(entries.map(sealedItem));
  const claimed = entries.map(({ entry, leaf, request }, i) => ({
    entryId: entry.entryId,
    at: entry.recordedAt,
    leaf,
    request,
    seal: items[i]?.['seal']?.B,
  }));
  return { items, claimed };
}
