import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryId } from '../../core/model/scalars.ts';
import { coveringCheckpoint } from './receipts.ts';

/** API Gateway gives up after 29 seconds; the rest is for the append itself. */
const LONGEST_S = 20;
const LOOK_EVERY_MS = 100;

/** `Prefer: wait=N` (RFC 7240 §4.3): for how many seconds a client would wait; `undefined` when it does not say. */
export function preferredWait(prefer: string | undefined): number | undefined {
  const [, seconds] = /(?:^|,)\s*wait\s*=\s*"?(\d{1,4})"?\s*(?:[,;]|$)/i.exec(prefer ?? '') ?? [];
  return seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_S);
}

/**
 * Waits until the entry has a receipt. False when it has none in time, or when looking for it fails: the entry is
 * recorded whatever comes of this, so nothing here may fail the append.
 */
export async function receiptWithin(id: EntryId, seconds: number): Promise<boolean> {
  const until = Date.now() + seconds * 1_000;
  for (;;) {
    const covering = await coveringCheckpoint(id).catch(() => undefined);
    if (covering) return true;
    const left = until - Date.now();
    if (left <= 0) return false;
    await sleep(Math.min(left, LOOK_EVERY_MS));
  }
}
