import type { CoverageAnswer, Incident } from '../../core/api/answers.ts';
import type { AsOf } from '../../core/api/queries.ts';
import type { Operation, ROUTES } from '../../core/api/routes.ts';
import { fold } from '../../core/lifecycle/fold.ts';
import { evolveIncident } from '../../core/lifecycle/incident.ts';
import { entriesAt, type History, type Moment } from '../../core/lifecycle/moment.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import { dayOf, type EntryId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { countWith, coverageOf, type ProviderCount } from '../../core/views/coverage.ts';
import {
  type AgencyView,
  type AgreementView,
  agencyOf,
  agreementOf,
  type DeclarationView,
  type FrameView,
  frameOf,
} from '../../core/views/registers.ts';
import type { Request } from '../http/request.ts';
import type { ProviderView } from '../projection/others.ts';
import { type Item, inParallel } from '../store/client.ts';
import { readHistory, type StoredEntry } from '../store/entries.ts';
import { upTo } from '../store/line.ts';
import { fromViews } from '../store/reading.ts';
import { allViews, listViews, type Meta, unpacked } from '../store/views.ts';
import { allFacts } from '../traces/facts.ts';
import { today } from './clock.ts';
import { openCursor, sealCursor } from './cursor.ts';
import { momentOf } from './moment.ts';

type Asked<O extends Operation> = Request<(typeof ROUTES)[O]>;

/** How the things of one kind are listed, and told at another moment. */
export interface Register<View> {
  readonly list: string;
  readonly stream: 'agency' | 'agreement' | 'incident' | 'frame' | 'request';
  readonly newestFirst: boolean;
  readonly subjectOf: (view: View) => string;
  readonly openedBy?: (subject: string) => EntryId;
  readonly viewOf: (history: History) => View | undefined;
  /** Whether there was such a thing on that day; always, when left out. */
  readonly isThere?: (view: View, moment: Moment) => boolean;
}

const AGENCIES: Register<AgencyView> = {
  list: 'AGENCY',
  stream: 'agency',
  newestFirst: false,
  subjectOf: ({ agencyId }) => agencyId,
  viewOf: agencyOf,
};
const AGREEMENTS: Register<AgreementView> = {
  list: 'AGREEMENT',
  stream: 'agreement',
  newestFirst: false,
  subjectOf: ({ agreementId }) => agreementId,
  viewOf: agreementOf,
};
const INCIDENTS: Register<Incident> = {
  list: 'INCIDENT',
  stream: 'incident',
  newestFirst: true,
  subjectOf: ({ incidentId }) => incidentId,
  openedBy: (subject) => entryIdWithin(subject as Incident['incidentId']),
  viewOf: (history) => fold(history, evolveIncident),
  isThere: ({ incident }, { validAt }) => incident.discoveredOn <= validAt,
};

const FRAMES: Register<FrameView> = {
  list: 'FRAME',
  stream: 'frame',
  newestFirst: false,
  subjectOf: ({ frameId }) => frameId,
  openedBy: (subject) => entryIdWithin(subject as FrameView['frameId']),
  viewOf: frameOf,
  isThere: ({ extractedAt }, { validAt }) => dayOf(extractedAt) <= validAt,
};

export type Page = AsOf & { readonly limit: number; readonly cursor?: string | undefined };

/** A page of the things of one kind, by their key. Of another moment it may be short: what was not known is left out. */
export function listOf<View>(register: Register<View>, { limit, cursor, ...asOf }: Page) {
  return fromViews(async (meta) => {
    const { list, newestFirst } = register;
    const sealed = { list, ...asOf };
    const after = cursor === undefined ? undefined : openCursor(meta.cursorKey, sealed, cursor);
    const found = await listViews(list, { after, limit: limit + 1, newestFirst });
    const last = found.length > limit ? found[limit - 1]?.['sk']?.S : undefined;
    const moment = momentOf(asOf);
    const views = found.slice(0, limit).map((item: Item) => unpacked<View>(item));
    return {
      items: moment ? await viewsAt(register, views, moment, meta.size) : views,
      ...(last !== undefined && { nextCursor: sealCursor(meta.cursorKey, sealed, last) }),
      reflects: { size: meta.size },
    };
  });
}

export async function viewsAt<View>(
  register: Register<View>,
  views: readonly View[],
  moment: Moment,
  size: number,
): Promise<View[]> {
  const read = new Map<string, readonly StoredEntry[]>();
  await inParallel(views, 8, async (view) => {
    const subject = register.subjectOf(view);
    read.set(subject, await historyOf(register, subject));
  });
  const histories = await upTo(read, size);
  return views.flatMap((view) => viewAt(register, histories.get(register.subjectOf(view)), moment) ?? []);
}

const historyOf = <View>({ stream, openedBy }: Register<View>, subject: string) =>
  readHistory(stream, subject, openedBy?.(subject));

function viewAt<View>(
  { viewOf, isThere }: Register<View>,
  history: History = [],
  moment: Moment,
): View | undefined {
  const view = viewOf(entriesAt(history, moment));
  return view && (isThere?.(view, moment) ?? true) ? view : undefined;
}

export async function getOf<View>(register: Register<View>, subject: string, asOf: AsOf): Promise<View> {
  const history = await historyOf(register, subject);
  const moment = momentOf(asOf);
  const view = moment ? viewAt(register, history, moment) : register.viewOf(history);
  if (view === undefined) throw new Problem('not-found');
  return view;
}

export const listAgencies = ({ query }: Asked<'listAgencies'>) => listOf(AGENCIES, query);
export const listAgreements = ({ query }: Asked<'listAgreements'>) => listOf(AGREEMENTS, query);
export const listIncidents = ({ query }: Asked<'listIncidents'>) => listOf(INCIDENTS, query);
export const listFrames = ({ query }: Asked<'listFrames'>) => listOf(FRAMES, query);
export const getAgency = ({ params, query }: Asked<'getAgency'>) => getOf(AGENCIES, params.agencyId, query);
export const getAgreement = ({ params, query }: Asked<'getAgreement'>) =>
  getOf(AGREEMENTS, params.agreementId, query);
export const getIncident = ({ params, query }: Asked<'getIncident'>) =>
  getOf(INCIDENTS, params.incidentId, query);

export const getCoverage = ({ query }: Asked<'getCoverage'>): Promise<CoverageAnswer> =>
  fromViews((meta) => coverageFrom(meta, momentOf(query)));

async function coverageFrom({ size }: Meta, moment: Moment | undefined): Promise<CoverageAnswer> {
  const declared = (await allViews('COVERAGE')).map((item) => unpacked<DeclarationView>(item));
  const declarations = declared.filter(({ recordedAt }) => !moment || recordedAt <= moment.knownAt);
  const counts = moment
    ? await countsAt(moment, size)
    : (await allViews('PROVIDER')).map((item) => unpacked<ProviderView>(item));
  return { ...coverageOf(declarations, counts, moment?.validAt ?? today()), reflects: { size } };
}

/** How much each provider had on record: both the day of the hand-over and when it was recorded stand in the facts. */
async function countsAt({ validAt, knownAt }: Moment, size: number): Promise<ProviderCount[]> {
  const facts = (await allFacts(size)).flat();
  const known = facts.filter(
    ({ recordedAt, handedOver }) => recordedAt <= knownAt && handedOver.earliest <= validAt,
  );
  return [...Map.groupBy(known, ({ provider }) => provider)].map(([provider, records]) =>
    countWith(undefined, provider, records),
  );
}
