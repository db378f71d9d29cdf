import { rootOf } from '../../core/log/merkle.ts';
import type { EntryId } from '../../core/model/scalars.ts';
import { type Batch, lastBatch } from '../store/batches.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { isSealed, isSealedBatch, type Sealed } from '../store/seal.ts';
import type { Accepted } from './sequence.ts';

/** An entry that somebody says was accepted. */
export interface Claimed extends Sealed {
  readonly seal: Uint8Array | undefined;
}

/** Parts what was accepted from what was merely written into the table, by anyone who could. */
export async function partForged(
  claimed: readonly Claimed[],
): Promise<{ readonly genuine: Accepted[]; readonly forged: EntryId[] }> {
  const genuine: Accepted[] = [];
  const forged: EntryId[] = [];
  for (const { seal, ...entry } of claimed)
    if (await isSealed(entry, seal)) genuine.push(entry);
    else forged.push(entry.entryId);
  return { genuine, forged };
}

/**
 * The head of the log, strongly consistent. Nobody goes on from a batch that no sequencer committed, and nobody signs
 * it: its key stands in the way of the next, so the log then waits for a person.
 * @throws LedgerCorrupt when it does not bear its seal
 */
export async function genuineHead(): Promise<Batch | undefined> {
  const head = await lastBatch();
  if (head && !(await isSealedBatch({ ...head, root: rootOf(head.frontier) }, head.seal)))
    throw new LedgerCorrupt(ledgerKeys.batch(head.first), 'was not committed by this log');
  return head;
}

/** What is wrong with a log of `size` entries of which more were published. */
export const endsBefore = (size: number, published: number): LedgerCorrupt =>
  new LedgerCorrupt(
    ledgerKeys.batch(size),
    `is where the log ends, behind the checkpoint of ${published}: it was rolled back`,
  );
