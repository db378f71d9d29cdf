import { type EntryId, Instant } from '../../core/model/scalars.ts';
import { isSealed } from '../store/seal.ts';
import type { Accepted } from './sequence.ts';

/** An entry that somebody says was accepted. */
export interface Claimed extends Accepted {
  readonly seal: Uint8Array | undefined;
}

/** Parts what was accepted from what was merely written into the table, by anyone who could. */
export async function partForged(
  claimed: readonly Claimed[],
): Promise<{ readonly genuine: Accepted[]; readonly forged: EntryId[] }> {
  const genuine: Accepted[] = [];
  const forged: EntryId[] = [];
  for (const { seal, ...entry } of claimed)
    if (Instant.safeParse(entry.at).success && (await isSealed(entry, seal))) genuine.push(entry);
    else forged.push(entry.entryId);
  return { genuine, forged };
}
