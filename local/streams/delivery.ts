import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../functions/environment.ts';
import type { StreamMapping } from '../template/events.ts';
import type { LambdaRecord } from './record.ts';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;
/** Lambda's limit for an event. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

export interface DeliveryOptions {
  readonly mapping: Pick<
    StreamMapping,
    'batchSize' | 'reportsItemFailures' | 'bisects' | 'maxRetries' | 'maxAgeSeconds'
  >;
  /** Invokes the function with `{ Records }` as JSON. */
  readonly invoke: (event: string) => Promise<Outcome>;
  /** Told of records that are given up, after as many tries. */
  readonly giveUp: (records: readonly LambdaRecord[], tries: number) => void;
  /** Told after each failure that is going to be tried again. */
  readonly failed?: (records: readonly LambdaRecord[], tries: number, outcome: Outcome) => void;
  /** Told of the last record before which everything is dealt with. */
  readonly done: (record: LambdaRecord) => void;
  readonly signal: AbortSignal;
  readonly wait?: (ms: number) => Promise<void>;
}

/**
 * Hands records to a function in order and in batches, as Lambda does for a shard: a batch that fails is tried again
 * from its first failed record on, halved if the mapping says so, until it succeeds or is given up.
 * Ends early, with the rest undelivered, when `signal` says so.
 */
export async function deliver(records: readonly LambdaRecord[], options: DeliveryOptions): Promise<void> {
  for (const batch of batchesOf(records, options.mapping.batchSize)) {
    if (options.signal.aborted) return;
    await deliverBatch(batch, options, 0);
  }
}

async function deliverBatch(
  batch: readonly LambdaRecord[],
  options: DeliveryOptions,
  tried: number,
): Promise<void> {
  const { mapping, signal, failed, giveUp, done } = options;
  let left = batch;
  for (let tries = tried + 1; !signal.aborted; tries++) {
    const outcome = await options.invoke(JSON.stringify({ Records: left }));
    const at = firstFailure(left, outcome, mapping.reportsItemFailures);
    if (signal.aborted && at !== undefined) return;
    const last = left[(at ?? left.length) - 1];
    if (last !== undefined) done(last);
    if (at === undefined) return;
    // Where some went through, the rest starts over.
    if (at > 0) tries = 1;
    left = left.slice(at);
    if ((mapping.maxRetries >= 0 && tries > mapping.maxRetries) || isTooOld(left, mapping.maxAgeSeconds)) {
      if (!mapping.bisects || left.length === 1) {
        giveUp(left, tries);
        const lost = left.at(-1);
        if (lost !== undefined) done(lost);
        return;
      }
    }
    failed?.(left, tries, outcome);
    await backOff(tries, options);
    if (mapping.bisects && left.length > 1) {
      const middle = Math.ceil(left.length / 2);
      await deliverBatch(left.slice(0, middle), options, 0);
      if (!signal.aborted) await deliverBatch(left.slice(middle), options, 0);
      return;
    }
  }
}

/** The place of the first record that failed; nothing when none did. */
function firstFailure(
  records: readonly LambdaRecord[],
  outcome: Outcome,
  reportsItemFailures: boolean,
): number | undefined {
  if (outcome.kind !== 'answer') return 0;
  if (!reportsItemFailures) return undefined;
  const { batchItemFailures } = (outcome.answer ?? {}) as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return undefined;
  if (!Array.isArray(batchItemFailures)) return 0;
  const places = batchItemFailures.map((failure: { itemIdentifier?: unknown } | null) =>
    records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failure?.itemIdentifier),
  );
  if (places.length === 0) return undefined;
  // One that names no record of the batch fails all of it.
  return Math.max(0, Math.min(...places));
}

const isTooOld = ([first]: readonly LambdaRecord[], maxAgeSeconds: number): boolean =>
  maxAgeSeconds >= 0 &&
  first !== undefined &&
  Date.now() / 1000 - Number(first.dynamodb['ApproximateCreationDateTime']) > maxAgeSeconds;

async function backOff(tries: number, { wait, signal }: DeliveryOptions): Promise<void> {
  const ms = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(tries - 1, 10));
  if (wait !== undefined) return wait(ms);
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** Batches of at most `size` records that fit an event. */
function batchesOf(records: readonly LambdaRecord[], size: number): LambdaRecord[][] {
  const batches: LambdaRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const length = JSON.stringify(record).length;
    const batch = batches.at(-1);
    if (batch === undefined || batch.length >= size || bytes + length > MAX_PAYLOAD_BYTES) {
      batches.push([record]);
      bytes = length;
    } else {
      batch.push(record);
      bytes += length;
    }
  }
  return batches;
}
