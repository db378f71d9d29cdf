import type { AccessItem } from '../../core/api/answers.ts';
import type { AccessQuery } from '../../core/api/queries.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import { endOf } from '../../core/lifecycle/moment.ts';
import { hourOf, startOf } from '../../core/model/access.ts';
import { Day, type Instant } from '../../core/model/scalars.ts';
import type { Request } from '../http/request.ts';
import { accessRows, loggedReads, partForgedReads } from '../store/accesses.ts';
import { batchesFrom } from '../store/batches.ts';
import { fromViews } from '../store/reading.ts';
import { readIncident } from '../store/registry.ts';
import { now } from './clock.ts';
import { openCursor, sealCursor } from './cursor.ts';

const HOUR_MS = 3_600_000;
/** For so long reads may wait for their entry: the sweep looks for them no longer, and an inspection tells of them. */
const WAITING_HOURS = 27;
const HOURS_AT_ONCE = 24;
/** A list of few reads gives up for the moment after so many hours, and says where to go on. */
const MOST_HOURS = 31 * 24;

/**
 * Who asked what, the newest first: of each hour the reads that are in entries, and those that are on their way into
 * one. All of it is read from the ledger itself, so it needs no views, and a restored ledger tells the same.
 */
export function listAccess({ query }: Request<(typeof ROUTES)['listAccess']>) {
  const { cursor, limit, ...filters } = query;
  const sealed = { list: 'access', ...filters };
  return fromViews(async ({ size, cursorKey }) => {
    const earliest = await earliestOf(filters);
    const before = cursor === undefined ? latestOf(filters) : openCursor(cursorKey, sealed, cursor);
    const items: AccessItem[] = [];
    let next: string | undefined;
    for await (const { reads, end } of hoursDown(before, earliest, filters.state !== 'logged')) {
      const found = reads.filter((read) => isWithin(read, earliest, before) && isAsked(read, filters));
      items.push(...found.slice(0, limit - items.length));
      const isFull = items.length === limit;
      next = isFull ? keyOf(items.at(-1) as AccessItem) : end;
      if (isFull) break;
    }
    return {
      items,
      ...(next !== undefined && { nextCursor: sealCursor(cursorKey, sealed, next) }),
      reflects: { size },
    };
  });
}

const keyOf = ({ at, accessId }: AccessItem): string => `${at}#${accessId}`;

const isWithin = (read: AccessItem, earliest: Instant, before: string): boolean =>
  read.at >= earliest && keyOf(read) < before;

const isAsked = (
  read: AccessItem,
  { incidentId, sub, agency, operation, transferId, state }: Filters,
): boolean =>
  (state === undefined || (state === 'logged') === (read.entryId !== undefined)) &&
  (incidentId === undefined ||
    read.incidentId === incidentId ||
    read.params?.['incidentId'] === incidentId) &&
  (sub === undefined || read.principal.sub === sub) &&
  (agency === undefined || read.principal.agency === agency) &&
  (operation === undefined || read.operation === operation) &&
  (transferId === undefined || read.params?.['transferId'] === transferId);

type Filters = Omit<AccessQuery, 'cursor' | 'limit'>;

/**
 * The reads of the hours before a key, newest first, hour by hour; `end` is where to go on after the last hour that is
 * looked into, unless that is the earliest of all.
 */
async function* hoursDown(before: string, earliest: Instant, withWaiting: boolean) {
  const newest = Date.parse(startOf(before.slice(0, 13)));
  const oldest = Date.parse(startOf(hourOf(earliest)));
  const count = Math.max(0, Math.min(MOST_HOURS, (newest - oldest) / HOUR_MS + 1));
  for (let from = 0; from < count; from += HOURS_AT_ONCE) {
    const width = Math.min(HOURS_AT_ONCE, count - from);
    const hours = Array.from({ length: width }, (_, n) => hourAt(newest - (from + n) * HOUR_MS));
    const read = await Promise.all(hours.map((hour) => readsOf(hour, withWaiting)));
    for (const [n, reads] of read.entries()) {
      const isLast = from + n === count - 1;
      const isEarliest = hours[n] === hourOf(earliest);
      yield { reads, end: isLast && !isEarliest ? startOf(hours[n] ?? '') : undefined };
    }
  }
}

const hourAt = (milliseconds: number): string => hourOf(new Date(milliseconds).toISOString() as Instant);

/** The reads of an hour, newest first. What was forged is nobody's read, and the sweep raises the alarm of it. */
async function readsOf(hour: string, withWaiting: boolean): Promise<AccessItem[]> {
  const mayWait = withWaiting && Date.parse(startOf(hour)) > Date.now() - WAITING_HOURS * HOUR_MS;
  // The rows first: what comes into an entry in between is then found there, and not nowhere.
  const { genuine } = await partForgedReads(mayWait ? await accessRows(hour) : []);
  const { reads } = await loggedReads(hour);
  const waiting = genuine.filter(({ accessId }) => !reads.has(accessId));
  return [...reads.values(), ...waiting].sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1));
}

/** Nothing later is listed. Clocks differ, so what seems to come from the future by a little is. */
function latestOf({ to }: Filters): string {
  if (to === undefined) return startOf(hourAt(Date.parse(now()) + HOUR_MS));
  return Day.safeParse(to).success ? `${endOf(to)}~` : to;
}

/** Nothing earlier is listed: what is asked for, the opening of the incident, or the beginning of the ledger. */
async function earliestOf({ from, incidentId }: Filters): Promise<Instant> {
  if (from !== undefined) return Day.safeParse(from).success ? startOf(`${from}T00`) : (from as Instant);
  const incident = incidentId && (await readIncident(incidentId, false));
  return incident ? incident.recordedAt : beginning();
}

let began: Instant | undefined;

/** Somewhat before the first entry was put into the log, which may itself be of reads. */
async function beginning(): Promise<Instant> {
  if (began === undefined) {
    const [first] = await batchesFrom(0, 1);
    const since = first ? Date.parse(first.committedAt) : Date.now();
    const start = new Date(since - WAITING_HOURS * HOUR_MS).toISOString() as Instant;
    if (!first) return start;
    began = start;
  }
  return began;
}
