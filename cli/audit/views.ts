import type { Obligation } from '../../core/api/answers.ts';
import type { Operation } from '../../core/api/routes.ts';
import type { Row } from '../../core/index/block.ts';
import type { Placed } from '../../core/index/over-time.ts';
import { fold } from '../../core/lifecycle/fold.ts';
import { evolveIncident } from '../../core/lifecycle/incident.ts';
import { type AccessRecordedBody, hourOf } from '../../core/model/access.ts';
import type { StreamName } from '../../core/model/entry.ts';
import type { Day, Instant, TransferId } from '../../core/model/scalars.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import { countWith, coverageOf } from '../../core/views/coverage.ts';
import { dataRequestOf, obligationsUpon } from '../../core/views/data-requests.ts';
import { agencyOf, agreementOf, declarationOf } from '../../core/views/registers.ts';
import { obligationOf, summaryOf } from '../../core/views/transfers.ts';
import type { Histories } from './histories.ts';
import { countedSince, countId, publiclyShown } from './register.ts';
import { rowsSince } from './standing.ts';

/** A kind of thing that the API answers of, with what the log says of each. */
export interface View {
  readonly name: string;
  /** Where the API tells of them: all pages of a list, or the list under `key` of one answer. */
  readonly operation: Operation;
  readonly query?: Readonly<Record<string, string | number>>;
  /** Whether each page tells of all, whatever else it has. */
  readonly onePage?: boolean;
  readonly key: 'items' | 'declarations' | 'providers' | 'suppressed';
  /** What the things follow from: the subject of a history, or a provider. */
  readonly subjects: (histories: Histories) => Iterable<string>;
  /**
   * The things that follow from a subject, by id, as the API has to tell of them on a day: as of the log's size `from`,
   * and as they became since.
   */
  readonly since: (
    histories: Histories,
    subject: string,
    from: number,
    day: Day,
  ) => ReadonlyMap<string, unknown>[];
  /** The entry that a subject began with. */
  readonly opening: (histories: Histories, subject: string) => Placed | undefined;
  /** Of a thing that the API told of, and that may be anything. */
  readonly subjectOf: (thing: Thing) => string;
  readonly idOf: (thing: Thing) => string;
}

export type Thing = Readonly<Record<string, unknown>>;

const word = (property: string) => (thing: Thing) => String(thing[property]);

const PAGE = { limit: 200 };
/** All that is owed at any time. */
const EVER = '9999-12-31';

/** Those whose things are the subjects of a stream. */
const ofStream = (
  stream: StreamName,
  idProperty: string,
  thingOf: (history: readonly Placed[]) => unknown,
): Pick<View, 'subjects' | 'since' | 'opening' | 'subjectOf' | 'idOf'> => ({
  subjects: (histories) => histories.subjects(stream),
  since: (histories, subject, from) =>
    histories.since(stream, subject, from).map((history) => named(subject, thingOf(history))),
  opening: (histories, subject) => histories.opening(stream, subject),
  subjectOf: word(idProperty),
  idOf: word(idProperty),
});

const named = (id: string, thing: unknown): ReadonlyMap<string, unknown> =>
  new Map(thing === undefined ? [] : [[id, thing]]);

/** Those whose things follow from a transfer as the index has it. */
const ofTransfers = (
  thingsOf: (row: Row, day: Day, histories: Histories) => ReadonlyMap<string, unknown>,
): Pick<View, 'subjects' | 'since' | 'opening' | 'subjectOf'> => ({
  subjects: (histories) => histories.subjects('transfer'),
  since: (histories, id, from, day) =>
    rowsSince(histories, id as TransferId, from).map((row) =>
      row ? thingsOf(row, day, histories) : new Map(),
    ),
  opening: (histories, id) => histories.opening('transfer', id),
  subjectOf: word('transferId'),
});

const REQUESTS = ofStream('request', 'requestId', dataRequestOf);

const isRequest = (id: string): boolean => id.startsWith('rq-');
const under = ({ transferId, requestId }: Thing): string => String(transferId ?? requestId);
const obligationId = (id: unknown, kind: unknown, cause: unknown) =>
  `${String(id)} ${String(kind)} ${String(cause)}`;
const owedBy = (id: string, owed: readonly Obligation[]): ReadonlyMap<string, unknown> =>
  new Map(
    owed.filter(({ dueOn }) => dueOn < EVER).map((each) => [obligationId(id, each.kind, each.cause), each]),
  );

const UNDER_TRANSFERS = ofTransfers((row, day) =>
  owedBy(
    row.facts.transferId,
    row.status.owed.flatMap((owed) => obligationOf(row, owed, day) ?? []),
  ),
);
const UPON_REQUESTS: Pick<View, 'since'> = {
  since: (histories, id, from, day) =>
    histories.since('request', id, from).map((history) => {
      const request = dataRequestOf(history);
      return owedBy(id, request ? obligationsUpon(request, day) : []);
    }),
};

export const TRANSFERS: View = {
  name: 'transfers',
  operation: 'listTransfers',
  query: PAGE,
  key: 'items',
  ...ofTransfers((row, day) => named(row.facts.transferId, summaryOf(row, day))),
  idOf: word('transferId'),
};

export const VIEWS: readonly View[] = [
  TRANSFERS,
  {
    name: 'obligations',
    operation: 'listObligations',
    query: { ...PAGE, dueBefore: EVER },
    key: 'items',
    subjects: (histories) => [...histories.subjects('transfer'), ...histories.subjects('request')],
    since: (histories, id, from, day) =>
      (isRequest(id) ? UPON_REQUESTS : UNDER_TRANSFERS).since(histories, id, from, day),
    opening: (histories, id) => histories.opening(isRequest(id) ? 'request' : 'transfer', id),
    subjectOf: under,
    idOf: (thing) => obligationId(under(thing), thing['kind'], thing['cause']),
  },
  {
    name: 'requests',
    operation: 'listDataRequests',
    query: PAGE,
    key: 'items',
    ...REQUESTS,
  },
  {
    name: 'agencies',
    operation: 'listAgencies',
    query: PAGE,
    key: 'items',
    ...ofStream('agency', 'agencyId', agencyOf),
  },
  {
    name: 'public register',
    operation: 'listPublicRegister',
    query: PAGE,
    key: 'items',
    ...ofTransfers((row, day, histories) => named(row.facts.transferId, publiclyShown(row, day, histories))),
    idOf: word('transferId'),
  },
  {
    name: 'suppressed',
    operation: 'listPublicRegister',
    query: { limit: 1 },
    key: 'suppressed',
    onePage: true,
    subjects: (histories) => histories.providers(),
    since: countedSince,
    opening: () => undefined,
    subjectOf: ({ provider }) => String((provider as Thing | undefined)?.['agencyId']),
    idOf: ({ provider, basis }) => countId((provider as Thing | undefined)?.['agencyId'], basis),
  },
  {
    name: 'agreements',
    operation: 'listAgreements',
    query: PAGE,
    key: 'items',
    ...ofStream('agreement', 'agreementId', agreementOf),
  },
  {
    name: 'incidents',
    operation: 'listIncidents',
    query: PAGE,
    key: 'items',
    ...ofStream('incident', 'incidentId', (history) => fold(history, evolveIncident)),
  },
  {
    name: 'reads',
    operation: 'listAccess',
    // What waits for an entry, this very question among it, is not in the log yet.
    query: { ...PAGE, state: 'logged' },
    key: 'items',
    subjects: (histories) => histories.subjects('access'),
    since: (histories, hour, from) =>
      histories.since('access', hour, from).map((history) => new Map(history.flatMap(readsIn))),
    opening: (histories, hour) => histories.opening('access', hour),
    subjectOf: ({ at }) => hourOf(String(at) as Instant),
    idOf: word('accessId'),
  },
  {
    name: 'declarations',
    operation: 'getCoverage',
    key: 'declarations',
    ...ofStream('coverage', 'entryId', declarationOf),
    subjectOf: (thing) => `cv-${String(thing['entryId'])}`,
    idOf: (thing) => `cv-${String(thing['entryId'])}`,
  },
  {
    name: 'providers',
    operation: 'getCoverage',
    key: 'providers',
    subjects: (histories) => histories.providers(),
    since: (histories, provider, from, day) =>
      histories.ofProviderSince(provider, from).map((entries) => named(provider, providerOf(entries, day))),
    opening: () => undefined,
    subjectOf: word('provider'),
    idOf: word('provider'),
  },
];

/** The reads that an entry holds, as the access log tells of them. */
const readsIn = ({ entry: { entryId, body } }: Placed): [string, unknown][] =>
  (body as AccessRecordedBody).reads.map((read) => [read.accessId, { ...read, entryId }]);

/** What the ledger has of a provider, by its records and declarations; `undefined` where there are none. */
function providerOf(entries: readonly Placed[], day: Day): unknown {
  const records = entries.flatMap(({ entry }) =>
    entry.kind === 'transfer-recorded' ? [entry.body as unknown as TransferRecord] : [],
  );
  const declarations = entries.flatMap((placed) =>
    placed.entry.kind === 'coverage-declared' ? (declarationOf([placed]) ?? []) : [],
  );
  const [first] = records;
  const counts = first ? [countWith(undefined, first.provider.agencyId, records)] : [];
  return coverageOf(declarations, counts, day).providers[0];
}
