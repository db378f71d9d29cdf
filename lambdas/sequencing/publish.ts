import { signCheckpoint, type VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { LogError } from '../../core/log/error.ts';
import { rootOf, sameHash } from '../../core/log/merkle.ts';
import { type HashReader, proveConsistency } from '../../core/log/prove.ts';
import { tileHashReader } from '../../core/log/tile-reader.ts';
import { verifyConsistency } from '../../core/log/verify.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { archiveParts } from '../archiving/parts.ts';
import { environment } from '../environment.ts';
import { logKey } from '../log/key.ts';
import { openSigned } from '../log/signed.ts';
import { type Batch, batchEnd, isIntegrated } from '../store/batches.ts';
import { checkpointsDown, insertCheckpoint } from '../store/checkpoints.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { kmsSigner } from '../store/signer.ts';
import { readTile } from '../store/tiles.ts';
import { archivedHead, keepCheckpoint } from './archived-head.ts';
import { endsBefore, genuineHead } from './genuine.ts';

export interface Published {
  /** How many entries are under a signature. */
  readonly size: number;
  /** Whether this call published it. */
  readonly isNew: boolean;
}

/**
 * Signs the head of the log, if it was not signed before.
 *
 * The signer refuses whatever does not go on from each head that it signed before, as the table and the archive have
 * them. The table alone would not do: rolled back to an earlier state, it has forgotten what it published since. What
 * the archive holds nobody can take back, so each checkpoint goes there first, and before it the entries that it is the
 * first to sign: whatever has a receipt is there, should the table be lost a moment later. A crash at any point:
 * - before the archive has the checkpoint: nothing was published; the next one signs this head, or a later one.
 * - before the table has it: the archive remembers more than was shown. The next one goes on from that, and it is
 *   the same text and the same signature (Ed25519 has no randomness) if the head is still the same.
 * @throws LedgerCorrupt when the head does not go on from what was published: the log was rolled back or forked; when
 *   it was not committed by this log
 */
export async function publish(now: () => Instant): Promise<Published> {
  const key = await logKey();
  const [[shown], archived] = await Promise.all([checkpointsDown({ limit: 1 }), archivedHead()]);
  const published = shown && (await openSigned(ledgerKeys.checkpoint(shown.size), shown));
  const remembered = archived && (await openSigned(archived.key, archived));
  // Read after them: whatever was published by then was committed before.
  const head = await genuineHead();
  const size = head ? batchEnd(head) : 0;
  for (const earlier of [published, remembered])
    if (earlier && earlier.size > size) throw endsBefore(size, earlier.size);
  // A batch that is committed and not yet integrated is on its way: whoever integrates it publishes it.
  if (!head || !(await isIntegrated(head))) return { size: published?.size ?? 0, isNew: false };
  const hashes = tileHashReader(size, readTile);
  for (const earlier of distinct(published, remembered)) await refuseUnlessFrom(earlier, head, hashes);

  if (published?.size === size) return { size, isNew: false };
  const signer = kmsSigner(environment('SIGNING_KEY'), key);
  const [note] = await Promise.all([
    signCheckpoint({ origin: key.name, size, root: rootOf(head.frontier) }, signer),
    archiveParts(remembered?.size ?? 0, head, hashes),
  ]);
  await keepCheckpoint(size, note);
  // Where another was faster, he signed the same head: there is one root of a size, and one signature of it.
  const isNew = await insertCheckpoint({ size, note, signedAt: now() });
  return { size, isNew };
}

/** Once, where both are the same: so they are, but for a crash between them, or for what somebody did to either. */
function distinct(...heads: readonly (VerifiedCheckpoint | undefined)[]): VerifiedCheckpoint[] {
  const [one, other] = heads.filter((head) => head !== undefined);
  const isSame = one && other && one.size === other.size && sameHash(one.root, other.root);
  return [one, isSame ? undefined : other].filter((head) => head !== undefined);
}

/** @throws LedgerCorrupt unless the head's tree begins with the tree of the earlier checkpoint */
async function refuseUnlessFrom(earlier: VerifiedCheckpoint, head: Batch, hashes: HashReader): Promise<void> {
  const [size, root] = [batchEnd(head), rootOf(head.frontier)];
  if (earlier.size === size && sameHash(earlier.root, root)) return;
  try {
    const proof = await proveConsistency(earlier.size, size, hashes);
    verifyConsistency({
      oldSize: earlier.size,
      oldRoot: earlier.root,
      newSize: size,
      newRoot: root,
      proof,
    });
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    throw new LedgerCorrupt(
      ledgerKeys.batch(head.first),
      `does not go on from the checkpoint of ${earlier.size}: it was forked`,
      error,
    );
  }
}
