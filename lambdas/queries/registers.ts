import type * as z from 'zod';
import type { Agency, Agreement, CoverageAnswer, Incident, Obligation } from '../../core/api/answers.ts';
import type { Operation, ROUTES } from '../../core/api/routes.ts';
import { fold } from '../../core/lifecycle/fold.ts';
import { evolveIncident } from '../../core/lifecycle/incident.ts';
import { evolveAgency, evolveAgreement } from '../../core/lifecycle/registry.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { AgencyId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { gapsIn } from '../../core/trace/gaps.ts';
import type { Request } from '../http/request.ts';
import type { ProviderView } from '../projection/others.ts';
import type { OwedView } from '../projection/transfers.ts';
import { readRowsAt } from '../store/blocks.ts';
import { readHistory, type StoredEntry } from '../store/entries.ts';
import { type ListName, viewKeys } from '../store/keys.ts';
import { fromViews } from '../store/reading.ts';
import { allViews, listViews, type Meta, unpacked } from '../store/views.ts';
import { openCursor, sealCursor } from './cursor.ts';
import { obligationOf, today } from './summary.ts';
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

export const listAgencies = ({ query }: Asked<'listAgencies'>) =>
  listOf<z.infer<typeof Agency>>('AGENCY', query, false);
export const listAgreements = ({ query }: Asked<'listAgreements'>) =>
  listOf<z.infer<typeof Agreement>>('AGREEMENT', query, false);
export const listIncidents = ({ query }: Asked<'listIncidents'>) => listOf<Incident>('INCIDENT', query, true);

export async function getAgency({ params }: Asked<'getAgency'>): Promise<z.infer<typeof Agency>> {
  const history = await readHistory('agency', params.agencyId);
  const { nextVersion: _next, ...agency } = found(fold(history, evolveAgency));
  return { ...agency, ...registeredBy(history) };
}

export async function getAgreement({ params }: Asked<'getAgreement'>): Promise<z.infer<typeof Agreement>> {
  const history = await readHistory('agreement', params.agreementId);
  const { nextVersion: _next, versions, ...agreement } = found(fold(history, evolveAgreement));
  return { ...agreement, versions: [...versions], ...registeredBy(history) };
}

export async function getIncident({ params }: Asked<'getIncident'>): Promise<Incident> {
  return found(
    fold(await readHistory('incident', params.incidentId, entryIdWithin(params.incidentId)), evolveIncident),
  );
}

function found<T>(state: T | undefined): T {
  if (state === undefined) throw new Problem('not-found');
  return state;
}

function registeredBy([first]: readonly StoredEntry[]) {
  const { entryId, recordedAt } = found(first).entry;
  return { entryId, recordedAt };
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
  const declarations = declared.map((item) => unpacked<CoverageAnswer['declarations'][number]>(item));
  const views = new Map(
    counted.map((item) => unpacked<ProviderView>(item)).map((view) => [view.provider, view]),
  );
  const ids = [
    ...new Set<AgencyId>([...views.keys(), ...declarations.map(({ provider }) => provider)]),
  ].sort();
  return {
    declarations,
    providers: ids.map((provider) => {
      const view = views.get(provider);
      const own = declarations.filter((declaration) => declaration.provider === provider);
      const from = [
        ...own.map((declaration) => declaration.from),
        view?.firstHandedOver ?? today(),
      ].sort()[0];
      // A declaration that is limited to some kinds of hand-over closes no gap.
      const complete = own.filter(({ scope }) => scope === undefined);
      return {
        provider,
        transfers: view?.transfers ?? 0,
        retrospective: view?.retrospective ?? 0,
        ...(view && { firstHandedOver: view.firstHandedOver, lastHandedOver: view.lastHandedOver }),
        gaps: gapsIn({ from: from ?? today(), to: today() }, complete),
      };
    }),
    reflects: { size: meta.size },
  };
}
