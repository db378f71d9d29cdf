import { canonicalBytes } from '../../core/canonical.ts';
import { type Access, type AccessRecordedBody, hourOf } from '../../core/model/access.ts';
import { type Entry, entryIdOf } from '../../core/model/entry.ts';
import { LEDGER } from '../../core/model/principal.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { accessRows, loggedReads, partForgedReads } from '../store/accesses.ts';
import { backOff, type Item } from '../store/client.ts';
import { newEntry, recordEntry } from '../store/entries.ts';

const HOUR_MS = 3_600_000;
/** A read waits for others to go into the log with it, but no longer than this. */
const WAIT_MS = 5 * 60_000;
/** Canonical bytes of the reads of one entry: what is around them has room up to the 60 KB of an entry. */
const ENTRY_BYTES = 55_000;
const ATTEMPTS = 8;

interface Logging {
  readonly now: () => Instant;
  /** Also reads that could wait for others. */
  readonly atOnce: boolean;
  /** Told of rows that are no reads: somebody wrote them behind the system's back. */
  readonly forged: (row: Item) => void;
}

/**
 * Puts the reads since a moment into entries, each of as many as it holds. Answers how many entries that were.
 *
 * The entries of an hour are numbered. For each hour: read the rows, and what entries hold; whatever is in none goes into
 * the next ones. The number of an entry exists once, so of two who do this at the same time one finds it taken, and looks
 * again at what is left. A crash before an entry is inserted leaves its reads to the next minute; after it, the entry is
 * like any other that was accepted. So no read is lost, none is in two entries, and it does not matter how late its row
 * came: a row that stands there when its hour has long had entries goes into one more.
 */
export async function logReads(since: Instant, logging: Logging): Promise<number> {
  let entries = 0;
  const until = Date.parse(logging.now());
  for (let time = Date.parse(since); hourAt(time) <= hourAt(until); time += HOUR_MS)
    entries += await logHour(hourAt(time), logging);
  return entries;
}

const hourAt = (milliseconds: number): string => hourOf(new Date(milliseconds).toISOString() as Instant);

async function logHour(hour: string, { now, atOnce, forged: tell }: Logging): Promise<number> {
  let inserted = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await backOff(attempt);
    const rows = await accessRows(hour);
    if (rows.length === 0) return inserted;
    const { entries, reads } = await loggedReads(hour);
    const { genuine, forged } = await partForgedReads(rows);
    if (attempt === 0) forged.forEach(tell);
    const left = genuine.filter(({ accessId }) => !reads.has(accessId)).sort(byTime);
    const parts = inParts(left).filter((part, n, all) => atOnce || n < all.length - 1 || isDue(part, now()));
    const done = await insertParts(hour, entries, parts, now);
    inserted += done;
    if (done === parts.length) return inserted;
  }
  throw new Error(`others kept putting reads of ${hour} into the log`);
}

const byTime = (a: Access, b: Access): number => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0);

const isDue = ([oldest]: readonly Access[], now: Instant): boolean =>
  oldest !== undefined && Date.parse(now) - Date.parse(oldest.at) >= WAIT_MS;

/** As many in each as an entry holds. */
function inParts(reads: readonly Access[]): Access[][] {
  const parts: Access[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const read of reads) {
    const own = canonicalBytes(read).length + 1;
    if (bytes + own > ENTRY_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(read);
    bytes += own;
  }
  return parts;
}

/** Inserts entries under the next numbers of the hour. Answers how many, up to the first number that was taken. */
async function insertParts(
  hour: string,
  from: number,
  parts: readonly (readonly Access[])[],
  now: () => Instant,
): Promise<number> {
  for (const [n, reads] of parts.entries()) {
    const stored = newEntry(entryOf(hour, from + n, reads, now()));
    if ((await recordEntry(stored)) !== stored) return n;
  }
  return parts.length;
}

function entryOf(hour: string, version: number, reads: readonly Access[], recordedAt: Instant): Entry {
  const body: AccessRecordedBody = { reads: [...reads] };
  return {
    amanat: 1,
    entryId: entryIdOf('reads', `${hour}/${version}`),
    kind: 'access-recorded',
    stream: 'access',
    subject: hour,
    ...{ version, flags: [], recordedAt, principal: LEDGER },
    body,
  };
}
