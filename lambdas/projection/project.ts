import { batchEnd, batchesFrom } from '../store/batches.ts';
import { readEntries } from '../store/entries.ts';
import { createMeta, dropViews, findMeta, Lease, type Meta, putMeta } from '../store/views.ts';
import { stepOf } from './history.ts';
import { countProviders, projectOthers } from './others.ts';
import { projectRequests } from './requests.ts';
import { projectTransfers } from './transfers.ts';

/** Entries folded in one step: what fits into memory with ease, and makes steps worth their writes. */
const STEP = 4_096;
const BATCHES_A_READ = 64;
/** Time kept back so that a step begun is a step ended. */
const RESERVE_MS = 20_000;

/**
 * Brings the views up to the log: folds the committed batches that they do not reflect yet, in order, step by step.
 * Each step first writes what follows from it and then moves `size` on; a crash in between repeats the step, and
 * every write of a step may be repeated. Of two at once the later is refused: a stream delivers its doorbell again.
 * @param remainingMs the time left; steps begin only while there is enough, and the next call goes on from there
 * @throws Error while another projection runs
 */
export async function project(remainingMs: () => number): Promise<Meta & { caughtUp: boolean }> {
  const lease = await Lease.take();
  try {
    return await catchUp(() => {
      lease.check();
      return remainingMs() > RESERVE_MS;
    });
  } finally {
    await lease.release();
  }
}

async function catchUp(goOn: () => boolean): Promise<Meta & { caughtUp: boolean }> {
  let meta = (await findMeta()) ?? (await createMeta('serving'));
  if (meta.phase === 'dropping') {
    await dropViews();
    meta = { ...meta, phase: 'building' };
    await putMeta(meta);
  }
  while (goOn()) {
    const { ids, end } = await nextStep(meta.size);
    if (ids.length === 0) {
      if (meta.phase !== 'serving') await putMeta({ ...meta, phase: 'serving' });
      return { ...meta, phase: 'serving', caughtUp: true };
    }
    const entries = await readEntries(ids);
    if (entries.length !== ids.length) throw new Error(`entries of the log from ${meta.size} on are gone`);
    const step = stepOf(
      entries.map(({ entry }) => entry),
      meta.size,
    );
    await projectTransfers(step);
    await projectRequests(step);
    await projectOthers(step);
    await countProviders(step);
    meta = { ...meta, size: end };
    await putMeta(meta);
  }
  return { ...meta, caughtUp: false };
}

/**
 * Has {@link project} drop the views and build them anew; until it is through, queries are told to try again.
 * @throws Error while a projection runs
 */
export async function startRebuild(): Promise<void> {
  const lease = await Lease.take();
  try {
    await createMeta('dropping');
  } finally {
    // Else it would be renewed for as long as this process lives.
    await lease.release();
  }
}

async function nextStep(from: number) {
  const ids = [];
  let end = from;
  for (const batch of await batchesFrom(from, BATCHES_A_READ)) {
    // The keys of batches are their places: one that does not start where the last ended is not of this log.
    if (batch.first !== end) throw new Error(`the log has no batch at ${end}`);
    ids.push(...batch.ids);
    end = batchEnd(batch);
    if (ids.length >= STEP) break;
  }
  return { ids, end };
}
