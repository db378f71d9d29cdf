import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { ScheduledEvent } from 'aws-lambda';
import { addDays, dayOf, type EntryId, type Instant } from '../core/model/scalars.ts';
import type { Claimed } from './sequencing/genuine.ts';
import { bringIn } from './sequencing/run.ts';
import type { Item } from './store/client.ts';
import { readIndexes } from './store/entries.ts';
import { INTAKE_SHARDS, ledgerKeys } from './store/keys.ts';
import { getMany, intakeBetween } from './store/ledger.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

const MINUTE = 60_000;
/** The doorbell gets this long before an entry counts as left behind. */
const GRACE_MS = MINUTE / 2;
const SHORT_LOOK_MS = 5 * MINUTE;
/** Longer than the stream keeps its records, so that nothing it could lose is out of sight. */
const LONG_LOOK_MS = 26 * 60 * MINUTE;

/**
 * Finds accepted entries whose doorbell was lost, and puts them into the log: each minute among those of the last
 * minutes, each full hour among those of the last day. On an operator's command, `{ "since": "<instant>" }`, among
 * all since then.
 */
export async function handler(event: ScheduledEvent | { since: Instant }): Promise<{ sequenced: number }> {
  const [since, until] = 'since' in event ? [event.since, instant(Date.now())] : lookBack(new Date());

  const shards = daysBetween(since, until).flatMap((day) =>
    Array.from({ length: INTAKE_SHARDS }, (_, shard) => ledgerKeys.intakeShard(day, shard)),
  );
  const left: Claimed[] = [];
  for (const shard of shards) {
    const keys = await intakeBetween(shard, since, until);
    const ids = keys.map((pk) => pk.slice('ENTRY#'.length) as EntryId);
    const known = await readIndexes(ids);
    const items = await getMany(ids.filter((id) => !known.has(id)).map(ledgerKeys.entry));
    left.push(...items.map(claimedEntry));
  }
  // Also when nothing was left behind: a head that was committed and not published is made good here.
  const sequenced = await bringIn(left, logger, metrics);
  metrics.addMetric('EntriesSwept', MetricUnit.Count, sequenced);
  metrics.publishStoredMetrics();
  return { sequenced };
}

const claimedEntry = (item: Item): Claimed => ({
  entryId: (item['pk']?.S ?? '').slice('ENTRY#'.length) as EntryId,
  at: (item['at']?.S ?? '') as Instant,
  leaf: item['leaf']?.B ?? new Uint8Array(),
  request: item['request']?.B ?? new Uint8Array(),
  seal: item['seal']?.B,
});

function lookBack(time: Date): [Instant, Instant] {
  const length = time.getUTCMinutes() === 0 ? LONG_LOOK_MS : SHORT_LOOK_MS;
  return [instant(time.getTime() - length), instant(time.getTime() - GRACE_MS)];
}

const instant = (milliseconds: number) => new Date(milliseconds).toISOString() as Instant;

function daysBetween(since: Instant, until: Instant) {
  const days = [];
  for (let day = dayOf(since); day <= dayOf(until); day = addDays(day, 1)) days.push(day);
  return days;
}
