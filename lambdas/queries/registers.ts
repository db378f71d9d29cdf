import type { CoverageAnswer, Incident, Obligation } from '../../core/api/answers.ts';
import type { Operation, ROUTES } from '../../core/api/routes.ts';
import { fold } from '../../core/lifecycle/fold.ts';
import { evolveIncident } from '../../core/lifecycle/incident.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import { Problem } from '../../core/problem.ts';
import { coverageOf } from '../../core/views/coverage.ts';
import {
  type AgencyView,
  type AgreementView,
  agencyOf,
  agreementOf,
  type DeclarationView,
  type FrameView,
} from '../../core/views/registers.ts';
import { obligationOf } from '../../core/views/transfers.ts';
import type { Request } from '../http/request.ts';
import type { ProviderView } from '../projection/others.ts';
import type { OwedView } from '../projection/transfers.ts';
import { readRowsAt } from '../store/blocks.ts';
import { readHistory } from '../store/entries.ts';
import { type ListName, viewKeys } from '../store/keys.ts';
import { fromViews } from '../store/reading.ts';
import { allViews, listViews, type Meta, unpacked } from '../store/views.ts';
import { today } from './clock.ts';
import { openCursor, sealCursor } from './cursor.ts';
import { limitedTo } from './transfers.ts';

type Asked<O extends Operation> = Request<(typeof ROUTES)[O]>;
interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A page of the things of one kind, by their key. */
function listOf<T>(name: ListName, page: Page, newestFirst: boolean) {
  return fromViews(async (meta) => {
    const { items, nextCursor } = await pageOf(meta, name, { list: name }, page, { newestFirst });
    return {
      items: items.map((item) => unpacked<T>(item)),
      ...(nextCursor !== undefined && { nextCursor }),
      reflects: { size: meta.size },
    };
  });
}

async function pageOf(
  meta: Meta,
  pk: string,
  query: object,
  { limit, cursor }: Page,
  options: { newestFirst?: boolean; before?: string },
) {
  const after = cursor === undefined ? undefined : openCursor(meta.cursorKey, query, cursor);
  const items = await listViews(pk, { after, limit: limit + 1, ...options });
  const more = items.length > limit;
  const last = items[limit - 1]?.['sk']?.S;
  return {
    items: items.slice(0, limit),
    ...(more && last !== undefined && { nextCursor: sealCursor(meta.cursorKey, query, last) }),
  };
}

export const listAgencies = ({ query }: Asked<'listAgencies'>) => listOf<AgencyView>('AGENCY', query, false);
export const listAgreements = ({ query }: Asked<'listAgreements'>) =>
  listOf<AgreementView>('AGREEMENT', query, false);
export const listIncidents = ({ query }: Asked<'listIncidents'>) => listOf<Incident>('INCIDENT', query, true);

export const listFrames = ({ query }: Asked<'listFrames'>) => listOf<FrameView>('FRAME', query, false);

export const getAgency = async ({ params }: Asked<'getAgency'>): Promise<AgencyView> =>
  found(agencyOf(await readHistory('agency', params.agencyId)));

export const getAgreement = async ({ params }: Asked<'getAgreement'>): Promise<AgreementView> =>
  found(agreementOf(await readHistory('agreement', params.agreementId)));

export async function getIncident({ params }: Asked<'getIncident'>): Promise<Incident> {
  return found(
    fold(await readHistory('incident', params.incidentId, entryIdWithin(params.incidentId)), evolveIncident),
  );
}

function found<T>(state: T | undefined): T {
  if (state === undefined) throw new Problem('not-found');
  return state;
}

export async function listObligations({ principal, query }: Asked<'listObligations'>) {
  const { dueBefore, limit, cursor } = query;
  const agency = limitedTo(principal);
  const day = today();
  return fromViews(async (meta) => {
    const { items, nextCursor } = await pageOf(
      meta,
      viewKeys.obligations(agency),
      // Without a day of its own, a list goes on past midnight.
      { list: 'obligations', agency: agency ?? null, before: dueBefore ?? null },
      { limit, cursor },
      { before: dueBefore ?? day },
    );
    const owed = items.map((item) => unpacked<OwedView>(item));
    const rows = await readRowsAt(
      owed.map(({ index }) => index),
      meta.size,
    );
    return {
      items: owed.flatMap((each): Obligation[] => {
        const row = rows.get(each.index);
        const obligation = row && obligationOf(row, each, day);
        return obligation ? [obligation] : [];
      }),
      ...(nextCursor !== undefined && { nextCursor }),
      reflects: { size: meta.size },
    };
  });
}

export const getCoverage = (): Promise<CoverageAnswer> => fromViews(coverageFrom);

async function coverageFrom(meta: Meta): Promise<CoverageAnswer> {
  const [declared, counted] = await Promise.all([allViews('COVERAGE'), allViews('PROVIDER')]);
  const declarations = declared.map((item) => unpacked<DeclarationView>(item));
  const counts = counted.map((item) => unpacked<ProviderView>(item));
  return { ...coverageOf(declarations, counts, today()), reflects: { size: meta.size } };
}
