import type { RecordedRequest } from '../../core/api/data-requests.ts';
import { limitedTo, may, partiesOfRequest } from '../../core/api/permissions.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import type { Moment } from '../../core/lifecycle/moment.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { AgencyId, RequestId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { dataRequestOf } from '../../core/views/data-requests.ts';
import type { Request } from '../http/request.ts';
import type { Item } from '../store/client.ts';
import { viewKeys } from '../store/keys.ts';
import { listViews, unpacked } from '../store/views.ts';
import { getOf, listOf, type Register, viewsAt } from './registers.ts';

const REQUESTS: Register<RecordedRequest> = {
  list: viewKeys.requests(undefined),
  stream: 'request',
  newestFirst: true,
  subjectOf: ({ requestId }) => requestId,
  openedBy: (subject) => entryIdWithin(subject as RequestId),
  viewOf: dataRequestOf,
  isThere: ({ request }, { validAt }) => request.requestedOn <= validAt,
};

export async function listDataRequests({ principal, query }: Request<(typeof ROUTES)['listDataRequests']>) {
  const { agency, state, ...page } = query;
  const own = limitedTo('listDataRequests', principal);
  if (own !== undefined && agency !== undefined && agency !== own)
    throw new Problem(
      'forbidden',
      'an agency is told what it asks for or is asked for, and not what others do',
    );
  const found = await listOf({ ...REQUESTS, list: viewKeys.requests(own ?? agency) }, page);
  return state ? { ...found, items: found.items.filter((request) => request.state === state) } : found;
}

/** @throws Problem `not-found`, also for a request of others */
export async function getDataRequest({
  principal,
  params,
  query,
}: Request<(typeof ROUTES)['getDataRequest']>): Promise<RecordedRequest> {
  const request = await getOf(REQUESTS, params.requestId, query);
  if (!may('getDataRequest', principal, partiesOfRequest(request.request))) throw new Problem('not-found');
  return request;
}

/**
 * The newest requests before a place in the log, as they stood at a moment, by their places; those that were not known
 * are left out.
 */
export async function requestsAt(
  { agency, limit, moment }: { agency: AgencyId | undefined; limit: number; moment: Moment },
  { size, below }: { size: number; below: number },
): Promise<{ found: { index: number; request: RecordedRequest }[]; next?: number }> {
  const before = viewKeys.request(agency, below).sk;
  const items = await listViews(viewKeys.requests(agency), { before, limit, newestFirst: true });
  const listed = items.map((item) => ({ index: placeOf(item), request: unpacked<RecordedRequest>(item) }));
  const views = listed.map(({ request }) => request);
  const stood = new Map(
    (await viewsAt(REQUESTS, views, moment, size)).map((request) => [request.requestId, request]),
  );
  const found = listed.flatMap(({ index, request: { requestId } }) => {
    const request = stood.get(requestId);
    return request ? [{ index, request }] : [];
  });
  const last = listed.at(-1);
  return { found, ...(listed.length === limit && last && { next: last.index }) };
}

/** Where a listed request stands in the log. */
export const placeOf = (item: Item): number => Number(item['sk']?.S);
