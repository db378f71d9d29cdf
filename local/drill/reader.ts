import { openCheckpoint, type VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { LogError } from '../../core/log/error.ts';
import { tilePath } from '../../core/log/paths.ts';
import type { Policy } from '../../core/log/policy.ts';
import { proveConsistency } from '../../core/log/prove.ts';
import { tileHashReader } from '../../core/log/tile-reader.ts';
import { verifyConsistency } from '../../core/log/verify.ts';

/** What the log serves, below its prefix. */
export type Fetch = (path: string) => Promise<Uint8Array>;

/** What a reader keeps who wants to know later whether it is still the same log. */
export async function keep(fetch: Fetch, policy: Policy): Promise<VerifiedCheckpoint> {
  return openCheckpoint(await fetch('checkpoint'), policy);
}

/**
 * Whether what the log shows now goes on from what was kept.
 * @returns what is wrong with it, in words
 */
export async function faultSince(
  kept: VerifiedCheckpoint,
  fetch: Fetch,
  policy: Policy,
): Promise<string | undefined> {
  try {
    const { size, root } = await keep(fetch, policy);
    if (size < kept.size) return `shows a log of ${size} entries, after one of ${kept.size}`;
    const hashes = tileHashReader(size, (tile) => fetch(tilePath(tile)));
    const proof = await proveConsistency(kept.size, size, hashes);
    verifyConsistency({ oldSize: kept.size, oldRoot: kept.root, newSize: size, newRoot: root, proof });
    return undefined;
  } catch (error) {
    if (error instanceof LogError) return error.message;
    throw error;
  }
}
