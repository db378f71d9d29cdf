import { type Notice, noticeOn, SOON_DAYS } from '../../core/lifecycle/notices.ts';
import { addDays, type Day } from '../../core/model/scalars.ts';
import type { OwedView } from '../projection/owed.ts';
import { asItIs, sourcesOf } from '../queries/owed.ts';
import { viewKeys } from '../store/keys.ts';
import { notYetTold } from '../store/notices.ts';
import { fromViews } from '../store/reading.ts';
import { listViews, unpacked } from '../store/views.ts';
import { tell } from './tell.ts';

const A_LOOK = 500;

/** How far a day's look at what is owed has come: the key of the last obligation that was looked at. */
export interface Look {
  readonly today: Day;
  readonly after?: string | undefined;
}
export interface Looked extends Look {
  readonly told: number;
  readonly done: boolean;
}

/**
 * Tells of what is due soon, due or overdue on a day. It may be repeated, cut off anywhere and run twice at once: each
 * notice follows from the obligation and the day, and is in the outbox once.
 * @param goOn whether there is time for some more of them
 * @throws Problem `try-again` while the views are being rebuilt
 */
export async function remind(look: Look, goOn: () => boolean): Promise<Looked> {
  let { after } = look;
  let told = 0;
  while (goOn()) {
    const { notices, last } = await noticesAfter(look.today, after);
    told += await tell(await notYetTold(notices));
    if (last === undefined) return { ...look, after, told, done: true };
    after = last;
  }
  return { ...look, after, told, done: false };
}

/** The notices of some obligations, by the day on which they are due, and the last of those if there may be more. */
async function noticesAfter(today: Day, after: string | undefined) {
  return fromViews(async ({ size }) => {
    const before = addDays(today, SOON_DAYS + 1);
    const items = await listViews(viewKeys.obligations(undefined), { after, before, limit: A_LOOK });
    const listed = items.map((item) => unpacked<OwedView>(item));
    const sources = await sourcesOf(listed, size);
    const notices = listed.flatMap((view): Notice[] => {
      const found = asItIs(sources, view);
      return found ? [noticeOn(today, found.id, found.owed) ?? []].flat() : [];
    });
    return { notices, last: items.length < A_LOOK ? undefined : items.at(-1)?.['sk']?.S };
  });
}
