import { TILE_WIDTH } from '../../core/log/tiles.ts';
import { openSigned } from '../log/signed.ts';
import { archivedHead } from '../sequencing/archived-head.ts';
import { archiveBundles } from './bundles.ts';
import { archiveCosignatures } from './cosignatures.ts';
import { extentOfArchive } from './extent.ts';

export interface Archived {
  /** The size of the newest checkpoint. */
  readonly published: number;
  /** Of how many entries the archive holds the bytes. */
  readonly archived: number;
  /** How many of them are new. */
  readonly entries: number;
  readonly cosignatures: number;
}

/** A partial bundle is put again when the log has grown, but no more often than this. */
const PARTIAL_AT_MOST_EVERY_MS = 60_000;

/**
 * Copies what was published into the archive. The checkpoints are there already: the signer puts each there before
 * anybody is shown it. What is missing is found by looking at the archive, so repeating and overlapping are harmless.
 *
 * Full bundles go in at once. The bundle that the log is still filling goes in as far as it goes when the last such is
 * a minute old, or when `whole`: put anew with each entry, it would come to 128 times its size, and what is put stays
 * for years.
 * @param whole whether the archive is to reach to the newest checkpoint, with all cosignatures that there are by now
 */
export async function archive(whole: boolean, goOn: () => boolean): Promise<Archived> {
  const head = await archivedHead();
  if (!head) return { published: 0, archived: 0, entries: 0, cosignatures: 0 };
  const checkpoint = await openSigned(head.key, head);
  const { size: from, keptAt } = await extentOfArchive(head.size);
  const isDue = keptAt === undefined || Date.now() - keptAt.getTime() >= PARTIAL_AT_MOST_EVERY_MS;
  const to = whole || isDue ? head.size : head.size - (head.size % TILE_WIDTH);
  const archived = whole || from < to ? await archiveBundles(checkpoint, { from, to, goOn }) : from;
  const cosignatures = whole ? await archiveCosignatures(goOn) : 0;
  return { published: head.size, archived, entries: archived - from, cosignatures };
}
