import type { Obligation } from '../../core/api/answers.ts';
import { limitedTo, may } from '../../core/api/permissions.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import type { Moment } from '../../core/lifecycle/moment.ts';
import type { ObligationKind } from '../../core/lifecycle/obligations.ts';
import type { AgencyId, Day } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { obligationsUpon } from '../../core/views/data-requests.ts';
import { obligationOf } from '../../core/views/transfers.ts';
import type { Request } from '../http/request.ts';
import type { OwedView } from '../projection/owed.ts';
import { viewKeys } from '../store/keys.ts';
import { fromViews } from '../store/reading.ts';
import { listViews, type Meta, unpacked } from '../store/views.ts';
import { completed } from './beneath.ts';
import { today } from './clock.ts';
import { openCursor, sealCursor } from './cursor.ts';
import { requestsAt } from './data-requests.ts';
import { momentOf } from './moment.ts';
import { type Sources, sourcesOf } from './owed.ts';
import { search } from './search.ts';

/** What is asked for, whatever the page. */
interface Asked {
  readonly agency: AgencyId | undefined;
  readonly before: Day;
  readonly kind: readonly ObligationKind[] | undefined;
  readonly limit: number;
}
interface Page {
  readonly items: Obligation[];
  /** Where the next page begins; none on the last. */
  readonly next?: string;
}

export async function listObligations({ principal, query }: Request<(typeof ROUTES)['listObligations']>) {
  const { cursor, limit, ...filters } = query;
  const own = limitedTo('listObligations', principal);
  if (!may('listObligations', principal, { obliged: filters.agency ?? own }))
    throw new Problem('forbidden', 'an agency is told what it owes itself, and not what others owe');
  const agency = own ?? filters.agency;
  const moment = momentOf(query);
  // Without a day of its own, a list goes on past midnight.
  const sealed = { list: 'obligations', ...filters, agency: agency ?? null };
  const asked = { agency, before: query.dueBefore ?? moment?.validAt ?? today(), kind: query.kind, limit };
  return fromViews(async (meta) => {
    const from = cursor === undefined ? undefined : openCursor(meta.cursorKey, sealed, cursor);
    const { items, next } = moment
      ? await owedAt(asked, moment, meta, from)
      : await owedNow(asked, meta, from);
    return {
      items,
      ...(next !== undefined && { nextCursor: sealCursor(meta.cursorKey, sealed, next) }),
      reflects: { size: meta.size },
    };
  });
}

/** A list of few among many gives up for the moment after so many that are owed, and says where to go on. */
const MOST_READ = 2_000;

/** By the day on which they are due, the longest overdue first. */
async function owedNow({ agency, before, kind, limit }: Asked, meta: Meta, from: string | undefined) {
  const items: Obligation[] = [];
  let after = from;
  for (let read = 0; read < MOST_READ; ) {
    const some = await listViews(viewKeys.obligations(agency), { after, before, limit: limit + 1 });
    const listed = some.map((item) => ({ ...unpacked<OwedView>(item), key: item['sk']?.S ?? '' }));
    const wanted = kind ? listed.filter((owed) => kind.includes(owed.kind)) : listed;
    const sources = await sourcesOf(wanted, meta.size);
    const rows = await completedByPlace(sources.rows, meta.size);
    for (const { key, ...owed } of wanted) {
      const obligation = shown({ ...sources, rows }, owed, today());
      if (!obligation) continue;
      if (items.length === limit) return { items, next: after };
      items.push(obligation);
      after = key;
    }
    if (some.length <= limit) return { items };
    read += some.length;
    after = listed.at(-1)?.key;
  }
  return { items, next: after };
}

/** @param rows of transfers, of which those that are destroyed may still have something open downstream */
async function completedByPlace(rows: Sources['rows'], size: number): Promise<Sources['rows']> {
  return new Map((await completed([...rows.values()], size)).map((row) => [row.facts.index, row]));
}

function shown({ rows, requests }: Sources, owed: OwedView, day: Day): Obligation | undefined {
  if (owed.kind !== 'answer-request') {
    const row = rows.get(owed.index);
    return row && obligationOf(row, owed, day);
  }
  const request = requests.get(owed.index);
  return request && obligationsUpon(request, day).find(({ dueOn }) => dueOn === owed.dueOn);
}

/**
 * Those of a moment, by the place in the log of what they are owed under, the newest first: to order them by the day on
 * which they were due, all histories would have to be read for the first page.
 */
async function owedAt(asked: Asked, moment: Moment, { size }: Meta, from = `${size}.0`): Promise<Page> {
  const { agency, before, kind, limit } = asked;
  const [below, skipped] = from.split('.').map(Number) as [number, number];
  const { things, next } = await thingsAt({ agency, limit, moment }, { size, below });
  const items: Obligation[] = [];
  for (const [n, { index, obligations }] of things.entries()) {
    const owed = obligations.filter(
      (each) =>
        each.dueOn < before &&
        (agency === undefined || each.obliged === agency) &&
        (!kind || kind.includes(each.kind)),
    );
    for (const [m, each] of inOrder(owed).entries()) {
      if (n === 0 && m < skipped) continue;
      if (items.length === limit) return { items, next: `${index + 1}.${m}` };
      items.push(each);
    }
  }
  return { items, ...(next !== undefined && { next: `${next}.0` }) };
}

/** Something under which things may be owed, and all that were at the moment. */
interface Thing {
  readonly index: number;
  readonly obligations: readonly Obligation[];
}

/** Some of the transfers and requests before a place in the log, the newest first, and before which place more may be. */
async function thingsAt(
  { agency, limit, moment }: Pick<Asked, 'agency' | 'limit'> & { readonly moment: Moment },
  { size, below }: { readonly size: number; readonly below: number },
): Promise<{ things: Thing[]; next?: number | undefined }> {
  const [transfers, requests] = await Promise.all([
    search({ party: agency }, { size, below, limit, moment }),
    requestsAt({ agency, limit, moment }, { size, below }),
  ]);
  // Where one of them ends before the other, the rest of the other is for the next page.
  const end = Math.max(transfers.next ?? 0, requests.next ?? 0);
  const ofTransfers = transfers.rows.map((row): Thing => {
    const owed = row.status.owed.map((each) => obligationOf(row, each, moment.validAt));
    return { index: row.facts.index, obligations: owed.filter((each) => each !== undefined) };
  });
  const ofRequests = requests.found.map(
    ({ index, request }): Thing => ({ index, obligations: obligationsUpon(request, moment.validAt) }),
  );
  return {
    things: [...ofTransfers, ...ofRequests]
      .filter(({ index }) => index >= end)
      .sort((a, b) => b.index - a.index),
    next: end === 0 ? undefined : end,
  };
}

const inOrder = (owed: readonly Obligation[]): Obligation[] =>
  [...owed].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
const sortKey = ({ dueOn, kind, cause }: Obligation) => `${dueOn}#${kind}#${cause}`;
