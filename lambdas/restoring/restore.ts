import { EMPTY_FRONTIER, rootOf, sameHash } from '../../core/log/merkle.ts';
import { openSigned } from '../log/signed.ts';
import { archivedHead } from '../sequencing/archived-head.ts';
import { batchEndingAt, batchesWithin } from '../store/batches.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { ArchivedBundles } from './bundles.ts';
import { batchEnds, inSteps } from './ends.ts';
import { BEGINNING, placeAt, resumePlace } from './place.ts';
import { type Place, putBackStep } from './step.ts';
import { nextStretch, type Stretch } from './stretch.ts';

/** Where to begin. `resume` takes up what was begun; `all` looks at everything, and puts back whatever is missing. */
export type Start = 'resume' | 'all' | { readonly from: number };

export interface Progress {
  /** The ledger has the first so many entries of the log. */
  readonly size: number;
  /** The archive remembers so many. */
  readonly of: number;
  readonly done: boolean;
  /** Of the ledger's tree, in base64, once it has all of them. */
  readonly root?: string;
  /** The newest checkpoint of the archive, once the ledger has all that it signs. */
  readonly checkpoint?: string;
  /** The object that the archive would have to have for it to go on. */
  readonly missing?: string;
}

/**
 * Rebuilds the ledger from the archive alone: entries, their places and histories, batches, tiles, checkpoints,
 * cosignatures, answers. Only inserts, so it changes nothing that is there; it stops at whatever stands there and is
 * not what the archive has. Nothing goes in that a checkpoint does not vouch for which this log signed. It may be
 * interrupted anywhere, and be repeated.
 *
 * While it is under way the ledger ends behind what was published, so nothing is put into the log and nothing is signed.
 * @param goOn asked after each step
 * @returns `undefined` when the archive holds no checkpoint
 * @throws LedgerCorrupt when archive or ledger hold what this log cannot have put there
 */
export async function restore(start: Start, goOn: () => boolean): Promise<Progress | undefined> {
  const head = await archivedHead();
  if (!head) return undefined;
  const checkpoint = await openSigned(head.key, head);
  const of = head.size;
  const bundles = new ArchivedBundles();
  let place = await startingPlace(start);
  while (place.frontier.size < of) {
    const stretch = await nextStretch(place.frontier, of, bundles);
    if ('missing' in stretch) return { size: place.frontier.size, of, done: true, ...stretch };
    for (const ends of inSteps(stretch.from, await batchEndsIn(stretch))) {
      place = await putBackStep(place, ends, stretch, bundles);
      const { size } = place.frontier;
      if (size < of && !goOn()) return { size, of, done: false };
    }
  }
  // As it stands in the table by now, whoever put it there.
  const frontier = (await batchEndingAt(of))?.frontier ?? EMPTY_FRONTIER;
  if (!sameHash(rootOf(frontier), checkpoint.root))
    throw new LedgerCorrupt(
      ledgerKeys.batch(of),
      `is where the log ends otherwise than its checkpoint has it`,
    );
  const root = Buffer.from(rootOf(frontier)).toString('base64');
  return { size: of, of, done: true, root, checkpoint: head.note };
}

function startingPlace(start: Start): Promise<Place> | Place {
  if (start === 'all') return BEGINNING;
  return start === 'resume' ? resumePlace() : placeAt(start.from);
}

async function batchEndsIn({ from, checkpoints }: Stretch): Promise<number[]> {
  const sizes = checkpoints.map(({ size }) => size);
  return batchEnds(from, sizes, await batchesWithin(from, sizes.at(-1) ?? from));
}
