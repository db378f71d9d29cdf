import type { AgencyId, Instant } from '../../core/model/scalars.ts';
import { webhookRequest } from '../../core/notices/request.ts';
import { environment } from '../environment.ts';
import { putOnBus } from '../store/bus.ts';
import { inParallel } from '../store/client.ts';
import { PENDING_SHARDS } from '../store/keys.ts';
import { noticeKey, signAsNotice } from '../store/notice-key.ts';
import {
  finish,
  giveUp,
  markTaken,
  type Outgoing,
  type Pending,
  pendingNotices,
  postpone,
  takeOn,
} from '../store/notices.ts';
import { readAgencies } from '../store/registry.ts';
import { post, type Verdict } from './webhook.ts';

/** Of each shard, so many are looked for at a time. */
const A_LOOK = 25;
const AT_ONCE = 8;
const MINUTE_MS = 60_000;
/** Longer than all channels together take to answer, or not to. */
const TAKEN_ON_MS = MINUTE_MS;
/** A webhook that did not take a notice is told again after so many minutes, each time; then it is given up: after three days. */
export const TRY_AGAIN_MINUTES = [1, 5, 15, 60, 180, 360, 720, 1_440, 1_440] as const;

const instant = (milliseconds: number) => new Date(milliseconds).toISOString() as Instant;
const now = () => instant(Date.now());

export interface Delivered {
  /** Notices that every channel took, or that are given up. */
  done: number;
  /** That a webhook did not take, and is told again. */
  postponed: number;
  givenUp: number;
}

/**
 * Delivers what the outbox holds and is due, until there is nothing more or no time. Two runs at once, and one that
 * ends anywhere, are harmless: each notice is taken on by one run at a time, and what a channel took is marked at once.
 * Between the channel's answer and the mark a crash may tell it twice, under the same id.
 * @throws Error when the bus does not take them; they stay in the outbox, and are tried again after a minute
 */
export async function deliverPending(goOn: () => boolean): Promise<Delivered> {
  const run = new Run();
  for (let progress = true; progress && goOn(); ) {
    progress = false;
    await inParallel(await pending(), AT_ONCE, async (each) => {
      if (!goOn()) return;
      const taken = await takeOn(each, instant(Date.now() + TAKEN_ON_MS));
      if (!taken) return;
      progress = true;
      await run.deliver(taken);
    });
  }
  return run.delivered;
}

async function pending(): Promise<Pending[]> {
  const shards = Array.from({ length: PENDING_SHARDS }, (_, shard) => pendingNotices(shard, now(), A_LOOK));
  return (await Promise.all(shards)).flat();
}

class Run {
  readonly delivered: Delivered = { done: 0, postponed: 0, givenUp: 0 };
  /** Agencies whose webhook failed in this run: whoever does not answer must not be waited for again and again. */
  readonly #silent = new Set<AgencyId>();

  async deliver(outgoing: Outgoing): Promise<void> {
    const { notice, at, onBus } = outgoing;
    const url = await webhookOf(notice.obliged);
    if (!onBus) await putOnBus('Obligation notice', notice, at);
    if (url === undefined) {
      // Where the bus had it before, the agency took its webhook away in the meantime.
      await finish(notice, onBus ? undefined : { channel: 'bus', at: now() });
      this.delivered.done++;
      return;
    }
    if (!onBus) await markTaken(notice, 'bus', now());
    await this.#tell(url, outgoing);
  }

  async #tell(url: string, outgoing: Outgoing): Promise<void> {
    const { notice, at } = outgoing;
    // It stays taken on for a minute, and counts as no failure.
    if (this.#silent.has(notice.obliged)) return;
    const source = `/amanat/${environment('STAGE')}`;
    const key = await noticeKey();
    const request = await webhookRequest({ url, notice, at, source }, Date.now(), key, signAsNotice);
    await this.#settle(outgoing, await post(request));
  }

  async #settle({ notice, failures }: Outgoing, verdict: Verdict): Promise<void> {
    if (verdict.kind === 'taken') {
      await finish(notice, { channel: 'webhook', at: now() });
      this.delivered.done++;
      return;
    }
    this.#silent.add(notice.obliged);
    const minutes = verdict.kind === 'failed' ? TRY_AGAIN_MINUTES[failures] : undefined;
    if (minutes !== undefined) {
      await postpone(notice, failures + 1, instant(Date.now() + minutes * MINUTE_MS));
      this.delivered.postponed++;
      return;
    }
    const { noticeId, obliged } = notice;
    // First: were this run to end before the mark, the next would find out and tell of it again.
    await putOnBus('Obligation notice given up', { noticeId, obliged, why: verdict.why }, now());
    await giveUp(notice, verdict.why);
    this.delivered.givenUp++;
  }
}

/** Where an agency wants to be told, as of the last seconds. */
const webhookOf = async (id: AgencyId): Promise<string | undefined> =>
  (await readAgencies([id], false)).get(id)?.webhook;
