import { canonicalBytes } from '../../../core/canonical.ts';
import { type Access, hourOf } from '../../../core/model/access.ts';
import type { Instant } from '../../../core/model/scalars.ts';
import { accessIn, isGenuine, type LoggedAccess, loggedReads } from '../../store/accesses.ts';
import type { Item } from '../../store/client.ts';
import { equalBytes } from '../../store/entries.ts';
import { hasForm, type Kind, OTHER_FORM, wrong } from '../judge.ts';

/** For so long the sweep looks for a read by itself, and an hour more. */
const ON_ITS_WAY_MS = 27 * 3_600_000;

/**
 * The row of a read. Once an entry holds the read, the row must say the same. That a row is gone is for the stream to
 * tell: after a restore there are none, and the entries have the reads.
 */
export const ACCESS: Kind = {
  is: ({ pk }) => pk.startsWith('ACCESS#'),
  judge: async (row, { began }) => {
    const counts = { accesses: 1 };
    if (!hasForm(row, { read: 'B', seal: 'B' })) return wrong(counts, row, 'foreign', OTHER_FORM);
    const access = accessIn(row);
    if (!access) return wrong(counts, row, 'foreign', 'is not the read that its key names');
    const logged = await loggedOf(access, began);
    if (logged && !isSame(logged, row))
      return wrong(counts, row, 'changed', 'is not the read that the log has');
    if (!(await isGenuine(access, row)))
      return wrong(
        counts,
        row,
        logged ? 'changed' : 'foreign',
        logged
          ? 'is in the log, and does not bear its seal'
          : 'was never recorded: it does not bear its seal',
      );
    if (logged) return { counts, findings: [] };
    const isYoung = Date.parse(began) - Date.parse(access.at) < ON_ITS_WAY_MS;
    if (isYoung) return { counts: { ...counts, accessesWaiting: 1 }, findings: [] };
    return wrong(counts, row, 'inconsistent', 'was recorded more than a day ago, and is in no entry');
  },
};

function isSame({ entryId: _, ...access }: LoggedAccess, row: Item): boolean {
  return equalBytes(canonicalBytes(access), row['read']?.B ?? new Uint8Array());
}

/** Rows of an hour come together in a scan, shard by shard. */
const MOST_HOURS = 64;
const kept: { began?: Instant; readonly hours: Map<string, ReturnType<typeof loggedReads>> } = {
  hours: new Map(),
};

/** The read that an entry holds. Entries are only added to: what was found once holds, what was not is looked for anew. */
async function loggedOf({ at, accessId }: Access, began: Instant): Promise<LoggedAccess | undefined> {
  if (kept.began !== began || kept.hours.size > MOST_HOURS) kept.hours.clear();
  kept.began = began;
  const hour = hourOf(at);
  const known = (await kept.hours.get(hour))?.reads.get(accessId);
  if (known) return known;
  const read = loggedReads(hour);
  kept.hours.set(hour, read);
  return (await read).reads.get(accessId);
}
