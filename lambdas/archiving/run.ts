import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { openSigned } from '../log/signed.ts';
import { archivedHead } from '../sequencing/archived-head.ts';
import { archiveBundles } from './bundles.ts';
import { archiveCosignatures } from './cosignatures.ts';
import { bundlesInArchive } from './extent.ts';

export interface Archived {
  /** Entries in full bundles, among those of the newest checkpoint. */
  readonly due: number;
  /** Entries in full bundles in the archive. */
  readonly bundled: number;
  /** How many of them are new there. */
  readonly entries: number;
  readonly cosignatures: number;
}

/**
 * Puts in order what the archive holds, and adds what came later. Each checkpoint went in before anybody was shown it,
 * and its entries before that, part by part as they came; here the full bundles are put together, which are fewer, and
 * are what readers of such logs know. Cosignatures come after their checkpoint. What is missing is found by looking at
 * the archive, so repeating and overlapping are harmless.
 */
export async function archive(goOn: () => boolean): Promise<Archived> {
  const head = await archivedHead();
  if (!head) return { due: 0, bundled: 0, entries: 0, cosignatures: 0 };
  const checkpoint = await openSigned(head.key, head);
  const due = Math.floor(head.size / TILE_WIDTH);
  const before = await bundlesInArchive(due);
  const after = await archiveBundles(checkpoint, before, goOn);
  const cosignatures = await archiveCosignatures(goOn);
  return {
    due: due * TILE_WIDTH,
    bundled: after * TILE_WIDTH,
    entries: (after - before) * TILE_WIDTH,
    cosignatures,
  };
}
