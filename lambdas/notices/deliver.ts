import type { Notice } from '../../core/lifecycle/notices.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { putOnBus } from '../store/bus.ts';
import { inParallel } from '../store/client.ts';
import { PENDING_SHARDS } from '../store/keys.ts';
import { finish, type Outgoing, type Pending, pendingNotices, takeOn } from '../store/notices.ts';

/** Of each shard, so many are looked for at a time. */
const A_LOOK = 25;
const AT_ONCE = 8;
/** Longer than all channels together take to answer, or not to. */
const TAKEN_ON_MS = 60_000;

const instant = (milliseconds: number) => new Date(milliseconds).toISOString() as Instant;

/**
 * Delivers what the outbox holds and is due, until there is nothing more or no time. Two runs at once, and one that
 * ends anywhere, are harmless: each notice is taken on by one run at a time, and what a channel took is marked at once.
 * Between the channel's answer and the mark a crash may tell it twice, under the same id.
 * @returns how many were delivered
 * @throws Error when the bus does not take them; they stay in the outbox, and are tried again after a minute
 */
export async function deliverPending(goOn: () => boolean): Promise<number> {
  let delivered = 0;
  for (let progress = true; progress && goOn(); ) {
    progress = false;
    await inParallel(await pending(), AT_ONCE, async (each) => {
      if (!goOn()) return;
      const taken = await takeOn(each, instant(Date.now() + TAKEN_ON_MS));
      if (!taken) return;
      progress = true;
      await deliver(taken);
      delivered++;
    });
  }
  return delivered;
}

async function pending(): Promise<Pending[]> {
  const now = instant(Date.now());
  const shards = Array.from({ length: PENDING_SHARDS }, (_, shard) => pendingNotices(shard, now, A_LOOK));
  return (await Promise.all(shards)).flat();
}

async function deliver({ notice, at }: Outgoing): Promise<void> {
  await putOnBus('Obligation notice', notice satisfies Notice, at);
  await finish(notice, 'bus', instant(Date.now()));
}
