import { openCheckpoint, type VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import type { Key } from '../store/keys.ts';
import { logKeys } from './key.ts';

/**
 * A checkpoint as it was kept, verified.
 * @param where it stands: the key of a row, or of an object of the archive
 * @throws LedgerCorrupt when it is not what this log signed under this size
 */
export async function openSigned(
  where: Key | string,
  kept: { readonly size: number; readonly note: string },
): Promise<VerifiedCheckpoint> {
  const policy = { logs: await logKeys(), witnesses: [], quorum: 0 };
  try {
    const checkpoint = openCheckpoint(kept.note, policy);
    if (checkpoint.size === kept.size) return checkpoint;
  } catch (error) {
    throw new LedgerCorrupt(where, 'is no checkpoint that this log signed', error);
  }
  throw new LedgerCorrupt(where, 'stands under another size');
}
