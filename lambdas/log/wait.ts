import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { EntryId } from '../../core/model/scalars.ts';
import { header } from '../http/request.ts';
import { areCovered } from './receipts.ts';

/** API Gateway gives up after 29 seconds; the rest is for the append itself. */
const LONGEST_S = 20;
const LOOK_EVERY_MS = 100;

/**
 * Waits for the receipts of what was appended for as long as the client prefers to, and answers the header that says
 * so: none when it does not say for how long, or when one of them has no receipt by then.
 */
export async function preferenceApplied(
  event: APIGatewayProxyEvent,
  ids: readonly EntryId[],
): Promise<{ readonly 'preference-applied'?: string }> {
  const seconds = preferredWait(header(event, 'prefer'));
  const exist = seconds !== undefined && ids.length > 0 && (await receiptsWithin(ids, seconds));
  return exist ? { 'preference-applied': `wait=${seconds}` } : {};
}

/** `Prefer: wait=N` (RFC 7240 §4.3): for how many seconds a client would wait; `undefined` when it does not say. */
function preferredWait(prefer: string | undefined): number | undefined {
  const [, seconds] = /(?:^|,)\s*wait\s*=\s*"?(\d{1,4})"?\s*(?:[,;]|$)/i.exec(prefer ?? '') ?? [];
  return seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_S);
}

/**
 * Waits until all of the entries have receipts. False when one has none in time, or when looking for them fails: they
 * are recorded whatever comes of this, so nothing here may fail the append.
 */
async function receiptsWithin(ids: readonly EntryId[], seconds: number): Promise<boolean> {
  const until = Date.now() + seconds * 1_000;
  for (;;) {
    if (await areCovered(ids).catch(() => false)) return true;
    const left = until - Date.now();
    if (left <= 0) return false;
    await sleep(Math.min(left, LOOK_EVERY_MS));
  }
}
