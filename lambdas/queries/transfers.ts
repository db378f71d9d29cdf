import { limitedTo, may, type Permitted, partiesOf, partiesOfRequest } from '../../core/api/permissions.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import type { TransferDetail } from '../../core/api/transfer-detail.ts';
import { type Beneath, MOST_OPEN } from '../../core/lifecycle/downstream.ts';
import { endOf, entriesAt, type Moment, transferAt } from '../../core/lifecycle/moment.ts';
import { isEnded, standingOf } from '../../core/lifecycle/transfer.ts';
import { upstreamOf } from '../../core/lifecycle/upstream.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { Principal } from '../../core/model/principal.ts';
import type { AgencyId, EntryId, Instant, RequestId, TransferId } from '../../core/model/scalars.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import { Problem } from '../../core/problem.ts';
import { detailOf, summaryOf } from '../../core/views/transfers.ts';
import type { Request } from '../http/request.ts';
import { Answer, utf8 } from '../http/serve.ts';
import { readEntry, readHistory, type StoredEntry } from '../store/entries.ts';
import { readUpstream } from '../store/line.ts';
import { fromViews } from '../store/reading.ts';
import { readDataRequest } from '../store/registry.ts';
import { completed, lookAt, openBeneath } from './beneath.ts';
import { now, today } from './clock.ts';
import { LogPosition, openCursor, sealCursor } from './cursor.ts';
import { momentOf } from './moment.ts';
import { search } from './search.ts';

type Asked<O extends keyof typeof ROUTES> = Request<(typeof ROUTES)[O]>;

export async function listTransfers({ principal, query }: Asked<'listTransfers'>) {
  const { cursor, limit, ...filters } = query;
  const asked = { ...filters, party: limitedTo('listTransfers', principal) };
  const moment = momentOf(query);
  return fromViews(async ({ size, cursorKey }) => {
    const below =
      cursor === undefined ? size : LogPosition.parse(openCursor(cursorKey, sealed(asked), cursor));
    const { rows, next } = await search(asked, { size, below, limit, moment });
    const shown = moment ? rows : await completed(rows, size);
    return {
      items: shown.map((row) => summaryOf(row, moment?.validAt ?? today())),
      ...(next !== undefined && { nextCursor: sealCursor(cursorKey, sealed(asked), String(next)) }),
      reflects: { size },
    };
  });
}

const sealed = (asked: object) => ({ list: 'transfers', ...asked });

export async function getTransfer({
  principal,
  params,
  query,
}: Asked<'getTransfer'>): Promise<TransferDetail> {
  const history = await visibleHistory('getTransfer', principal, params.transferId);
  const [opening] = history;
  const line = new Map<TransferId, readonly StoredEntry[]>([[params.transferId, history]]);
  await readUpstream(line);
  // Not asked, all is known that is recorded: clocks differ, and a record may seem to come from the future.
  const knownAt = query.knownAt === undefined ? latest([...line.values()].flat()) : endOf(query.knownAt);
  const moment = { validAt: query.validAt ?? today(), knownAt };
  const state = transferAt(history, moment);
  if (!opening || !state) throw new Problem('not-found');
  const upstream = upstreamOf(state, (id) => transferAt(line.get(id) ?? [], moment));
  const ended = isEnded(standingOf(state, upstream));
  const beneath = ended
    ? await beneathAt(params.transferId, moment, limitedTo('getTransfer', principal))
    : undefined;
  return detailOf(opening.entry, state, moment, { upstream, beneath });
}

const latest = (history: readonly StoredEntry[]): Instant =>
  history.reduce((time, { entry }) => (entry.recordedAt > time ? entry.recordedAt : time), now());

const beneathAt = (id: TransferId, moment: Moment, agency: AgencyId | undefined): Promise<Beneath> =>
  fromViews(({ size }) => openBeneath(id, lookAt(moment), { size, most: MOST_OPEN, agency }));

export async function getHistory({ principal, params, query }: Asked<'getHistory'>) {
  const history = await visibleHistory('getHistory', principal, params.transferId);
  const moment = momentOf(query);
  if (moment && !transferAt(history, moment)) throw new Problem('not-found');
  return { items: (moment ? entriesAt(history, moment) : history).map(({ entry }) => entry) };
}

/** @throws Problem `not-found`, also for a transfer of others: an agency learns nothing of those, not even of their being */
export async function visibleHistory(
  operation: Permitted,
  principal: Principal,
  id: TransferId,
): Promise<StoredEntry[]> {
  const history = await readHistory('transfer', id, entryIdWithin(id));
  const record = history[0]?.entry.body as TransferRecord | undefined;
  if (!record || !may(operation, principal, partiesOf(record))) throw new Problem('not-found');
  return history;
}

/** The bytes that were hashed. */
export async function getEntry({ principal, params }: Asked<'getEntry'>): Promise<Answer> {
  const { bytes } = await visibleEntry('getEntry', principal, params.entryId);
  return new Answer(200, utf8(bytes), { 'content-type': 'application/json' });
}

/**
 * An entry that a principal may read: an agency those of its own transfers and requests, and what it submitted itself.
 * @throws Problem `not-found`, also for an entry of others
 */
export async function visibleEntry(
  operation: 'getEntry' | 'getReceipt',
  principal: Principal,
  id: EntryId,
): Promise<StoredEntry> {
  const stored = await readEntry(id);
  if (!stored) throw new Problem('not-found');
  const { entry } = stored;
  if (may(operation, principal, { appender: entry.principal.agency })) return stored;
  if (entry.stream === 'request') await visibleRequest(operation, principal, entry.subject as RequestId);
  else if (entry.stream === 'transfer')
    await visibleHistory(operation, principal, entry.subject as TransferId);
  else throw new Problem('not-found');
  return stored;
}

async function visibleRequest(
  operation: 'getEntry' | 'getReceipt',
  principal: Principal,
  id: RequestId,
): Promise<void> {
  const state = await readDataRequest(id);
  if (!state || !may(operation, principal, partiesOfRequest(state.request))) throw new Problem('not-found');
}
