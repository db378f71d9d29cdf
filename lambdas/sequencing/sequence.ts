import { appendLeaves, EMPTY_FRONTIER, rootOf } from '../../core/log/merkle.ts';
import type { EntryId, Instant } from '../../core/model/scalars.ts';
import { type Batch, batchEnd, commitBatch, isIntegrated, MAX_BATCH } from '../store/batches.ts';
import { backOff } from '../store/client.ts';
import { readIndexes } from '../store/entries.ts';
import { endsBefore, genuineHead } from './genuine.ts';
import { integrate } from './integrate.ts';

/** An accepted entry, as far as the log needs to know it. */
export interface Accepted {
  readonly entryId: EntryId;
  readonly at: Instant;
  readonly leaf: Uint8Array;
}

const ATTEMPTS = 8;

/**
 * Puts those of the accepted entries into the log that are not in it yet, and returns how many that were.
 *
 * The order of the steps is what makes it safe to kill, to repeat and to race:
 * 1. Read the last batch, and integrate it if whoever committed it did not live to. From here on every entry of every
 *    batch up to that one has its INDEX. A log that ends before what was published was rolled back, or is being restored
 *    from the archive: whatever came next would fork it for good.
 * 2. Drop the candidates that have one. What is left is in no batch up to the last.
 * 3. Insert the next batch. Its key exists once: had anybody committed since step 1, this fails, and we start over.
 *    This is the commit point. A crash before it leaves the entries to the next doorbell or to the sweeper.
 * 4. Integrate. A crash in between is made good by step 1 of whoever comes next.
 * @param published how many entries were published, as far as the archive knew before this began
 * @throws LedgerCorrupt when the log ends before them
 */
export async function sequence(
  candidates: readonly Accepted[],
  now: () => Instant,
  published = 0,
): Promise<number> {
  let waiting = inOrder(candidates);
  let sequenced = 0;
  for (let attempt = 0; waiting.length > 0; ) {
    if (attempt > ATTEMPTS) throw new Error(`other sequencers kept winning; ${waiting.length} entries wait`);
    const last = await genuineHead();
    const size = last ? batchEnd(last) : 0;
    if (size < published) throw endsBefore(size, published);
    if (last && !(await isIntegrated(last))) await integrate(last);

    // No more than one batch takes: of a long backlog, each is looked up once.
    const looked = waiting.slice(0, MAX_BATCH);
    const known = await readIndexes(looked.map(({ entryId }) => entryId));
    const next = looked.filter(({ entryId }) => !known.has(entryId));
    if (next.length > 0) {
      const batch = batchAfter(last, next, now());
      if (!(await commitBatch(batch))) {
        await backOff(attempt++);
        continue;
      }
      await integrate(batch);
      sequenced += next.length;
    }
    waiting = waiting.slice(looked.length);
    attempt = 0;
  }
  return sequenced;
}

/** Each once, in the order of acceptance as far as clocks tell. */
function inOrder(candidates: readonly Accepted[]): Accepted[] {
  const distinct = new Map(candidates.map((candidate) => [candidate.entryId, candidate]));
  return [...distinct.values()].sort((a, b) => compare(a.at, b.at) || compare(a.entryId, b.entryId));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function batchAfter(
  last: Batch | undefined,
  entries: readonly Accepted[],
  committedAt: Instant,
): Omit<Batch, 'seal'> {
  const frontier = last?.frontier ?? EMPTY_FRONTIER;
  const leaves = entries.map(({ leaf }) => leaf);
  return {
    first: frontier.size,
    ids: entries.map(({ entryId }) => entryId),
    leaves,
    previousRoot: rootOf(frontier),
    frontier: appendLeaves(frontier, leaves).frontier,
    committedAt,
  };
}
