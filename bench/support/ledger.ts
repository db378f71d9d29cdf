import type { Instant } from '../../core/model/scalars.ts';
import { note, whole } from './table.ts';
import { entryOf } from './transfers.ts';
import { transferAt } from './world.ts';

const STEP = 4_000;

/** Puts transfers into the ledger and all that follows from them into the views. @returns the time of each part */
export async function loadLedger(count: number): Promise<{ what: string; seconds: number }[]> {
  const { insertMissing } = await import('../../lambdas/store/ledger.ts');
  const { sealedItem } = await import('../../lambdas/store/entries.ts');
  const { sequence } = await import('../../lambdas/sequencing/sequence.ts');
  const { project } = await import('../../lambdas/projection/project.ts');
  const seconds = { insert: 0, sequence: 0, project: 0 };
  const timed = async (part: keyof typeof seconds, work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    seconds[part] += (performance.now() - started) / 1_000;
  };
  for (let first = 0; first < count; first += STEP) {
    const entries = Array.from({ length: Math.min(STEP, count - first) }, (_, i) => {
      const at = new Date(Date.UTC(2026, 0, 1) + (first + i) * 100).toISOString() as Instant;
      return entryOf(transferAt(first + i), at);
    });
    const items = await Promise.all(entries.map(sealedItem));
    await timed('insert', () => insertMissing(items));
    const accepted = entries.map(({ entry, leaf }) => ({
      entryId: entry.entryId,
      at: entry.recordedAt,
      leaf,
    }));
    await timed('sequence', () => sequence(accepted, () => new Date().toISOString() as Instant));
    await timed('project', () => project(() => 3_600_000));
    note(`  ${whole(first + entries.length)} of ${whole(count)}`);
  }
  return [
    { what: 'inserted, in batches of 25', seconds: seconds.insert },
    { what: 'sequenced', seconds: seconds.sequence },
    { what: 'projected', seconds: seconds.project },
  ];
}
