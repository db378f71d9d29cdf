import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { ScheduledEvent } from 'aws-lambda';
import { addDays, dayOf, type EntryId, type Instant } from '../core/model/scalars.ts';
import { logReads } from './access/into-log.ts';
import { declareSigningPolicy } from './appends/signing-policy.ts';
import { raiseAlarm } from './log/alarm.ts';
import type { Claimed } from './sequencing/genuine.ts';
import { bringIn } from './sequencing/run.ts';
import type { Item } from './store/client.ts';
import { keyOf, written } from './store/corrupt.ts';
import { readIndexes } from './store/entries.ts';
import { INTAKE_SHARDS, ledgerKeys } from './store/keys.ts';
import { getMany, intakeBetween } from './store/ledger.ts';

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

const MINUTE = 60_000;
/** The doorbell gets this long before an entry counts as left behind. */
const GRACE_MS = MINUTE / 2;
const SHORT_LOOK_MS = 5 * MINUTE;
/** Longer than reads wait for others, by some minutes that the sweep may have been away. */
const SHORT_LOOK_AT_READS_MS = 15 * MINUTE;
/** Longer than the stream keeps its records, so that nothing it could lose is out of sight. */
const LONG_LOOK_MS = 26 * 60 * MINUTE;

/**
 * Finds accepted entries whose doorbell was lost, and puts them into the log: each minute among those of the last
 * minutes, each full hour among those of the last day. On an operator's command, `{ "since": "<instant>" }`, among
 * all since then. Then puts what was read of the ledger into entries: reads that have waited for others long enough, or
 * with `{ "readsSince": "<instant>" }` all since then; and lets the log say what agencies have to sign, where that has
 * changed.
 */
export async function handler(event: Command): Promise<{ sequenced: number }> {
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
  if (!('since' in event)) await sweepReads(event);
  await declareSigningPolicy(instant(Date.now()));
  metrics.publishStoredMetrics();
  return { sequenced };
}

type Command = ScheduledEvent | { readonly since: Instant } | { readonly readsSince: Instant };

/** The entries that this makes ring for the log themselves; should that be lost, the next minute finds them. */
async function sweepReads(event: ScheduledEvent | { readonly readsSince: Instant }): Promise<void> {
  const atOnce = 'readsSince' in event;
  const time = new Date();
  const look = isFullHour(time) ? LONG_LOOK_MS : SHORT_LOOK_AT_READS_MS;
  const entries = await logReads(atOnce ? event.readsSince : instant(time.getTime() - look), {
    now: () => instant(Date.now()),
    atOnce,
    forged: (row) =>
      raiseAlarm(logger, metrics, 'a read that was never recorded', { item: written(keyOf(row)) }),
  });
  metrics.addMetric('AccessEntriesRecorded', MetricUnit.Count, entries);
}

const claimedEntry = (item: Item): Claimed => ({
  entryId: (item['pk']?.S ?? '').slice('ENTRY#'.length) as EntryId,
  at: (item['at']?.S ?? '') as Instant,
  leaf: item['leaf']?.B ?? new Uint8Array(),
  request: item['request']?.B ?? new Uint8Array(),
  seal: item['seal']?.B,
});

function lookBack(time: Date): [Instant, Instant] {
  const length = isFullHour(time) ? LONG_LOOK_MS : SHORT_LOOK_MS;
  return [instant(time.getTime() - length), instant(time.getTime() - GRACE_MS)];
}

const isFullHour = (time: Date): boolean => time.getUTCMinutes() === 0;

const instant = (milliseconds: number) => new Date(milliseconds).toISOString() as Instant;

function daysBetween(since: Instant, until: Instant) {
  const days = [];
  for (let day = dayOf(since); day <= dayOf(until); day = addDays(day, 1)) days.push(day);
  return days;
}
