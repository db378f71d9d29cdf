import type { Notice } from '../../core/lifecycle/notices.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { ring } from '../store/bell.ts';
import { insertNotices } from '../store/notices.ts';

/**
 * Puts notices into the outbox, those that are there already left out, and rings for their delivery. From the moment
 * that one is there it is delivered, whatever becomes of the ring: `notify` looks each minute.
 * @returns how many are new
 */
export async function tell(notices: readonly Notice[]): Promise<number> {
  const told = await insertNotices(notices, new Date().toISOString() as Instant);
  if (told > 0) await ring('NOTIFY_FUNCTION');
  return told;
}
