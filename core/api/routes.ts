import * as z from 'zod';
import { MOST_SAMPLE_BYTES } from '../fingerprint/sample.ts';
import { Entry } from '../model/entry.ts';
import { FrameRecord } from '../model/frame.ts';
import { IncidentRecord, LeakDescription } from '../model/incident.ts';
import { ROLES, type Role } from '../model/principal.ts';
import { AgencyRecord, AgreementRecord, CoverageDeclaration } from '../model/registry.ts';
import {
  AgencyId,
  AgreementId,
  EntryId,
  FrameId,
  IncidentId,
  Sha256,
  TraceId,
  TransferId,
} from '../model/scalars.ts';
import { SubjectQuestion } from '../model/subject.ts';
import { TransferRecord } from '../model/transfer.ts';
import { TraceAnswer, TracePending } from '../trace/answer.ts';
import { SubjectAnswer } from '../trace/subject/answer.ts';
import {
  AccessList,
  Agency,
  AgencyList,
  Agreement,
  AgreementList,
  AppendAnswer,
  CoverageAnswer,
  EntryPlaces,
  FrameList,
  History,
  Incident,
  IncidentList,
  LineAnswer,
  Lineage,
  NoticeKeys,
  ObligationList,
  TransferList,
  UploadTicket,
} from './answers.ts';
import {
  AgencyEventBody,
  AgreementEventBody,
  APPEND_KINDS,
  type AppendKindName,
  AppendLine,
  IncidentEventBody,
  kindsFollowing,
  TransferEventBody,
} from './appends.ts';
import { rolesFor } from './permissions.ts';
import { PublicForm, PublicQuery, PublicRegister } from './public-register.ts';
import { AccessQuery, AsOf, LineageQuery, ObligationQuery, PageAsOf, TransferQuery } from './queries.ts';
import { TransferDetail } from './transfer-detail.ts';

export type Method = 'GET' | 'POST';
/** The function that serves a route: one file of that name under `lambdas/`. */
export type ServedBy = 'record' | 'query' | 'trace' | 'log' | 'site';

/** One operation of the API. The table of them is the source of the REST API, the local gateway, OpenAPI and the client. */
export interface Route extends Described {
  /** Who may call it at all, by the table of permissions; `anyone` needs no token. */
  readonly who: 'anyone' | readonly Role[];
}
export interface Described {
  readonly method: Method;
  /** As API Gateway writes it, with `{parameters}`, and `{parameters+}` that take in slashes too. */
  readonly path: string;
  readonly summary: string;
  readonly servedBy: ServedBy;
  readonly params?: z.ZodObject;
  /** Query parameters; whichever the schema takes as an array may be repeated, or given once with commas. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The kinds of entries that it appends at its client's word. */
  readonly appends?: readonly AppendKindName[];
  /** Read in the course of an investigation: a stage may want auditors to name the incident that it is for. */
  readonly underCase?: true;
  /** An append: needs an `Idempotency-Key`, answers 201, and a repetition gets the first answer. */
  readonly append?: boolean;
  readonly answer: z.ZodType;
  /** What is answered, with 202, while the answer is being worked on. */
  readonly pending?: z.ZodType;
  /** Of the answer, and of the body where it is not JSON. */
  readonly contentType?:
    | 'application/x-ndjson'
    | 'application/octet-stream'
    | 'text/html; charset=utf-8'
    | 'text/plain; charset=utf-8';
}

/** S3 takes no more in one piece. */
const MOST_FILE_BYTES = 5 * 2 ** 30;
const FileToBring = z
  .strictObject({ bytes: z.int().min(1).max(MOST_FILE_BYTES) })
  .meta({ id: 'FileToBring', description: 'How long the file is of which the record has the digest' });
const SampleToBring = z
  .strictObject({ sha256: Sha256, bytes: z.int().min(1).max(MOST_SAMPLE_BYTES) })
  .meta({ id: 'SampleToBring', description: 'The digest and length of a keyed sample' });

const transferPath = z.strictObject({ transferId: TransferId });
const agencyPath = z.strictObject({ agencyId: AgencyId });
const agreementPath = z.strictObject({ agreementId: AgreementId });
const incidentPath = z.strictObject({ incidentId: IncidentId });

export const ROUTES = {
  recordTransfer: {
    method: 'POST',
    path: '/v1/transfers',
    summary: 'Record the hand-over of a dataset',
    servedBy: 'record',
    appends: ['transfer-recorded'],
    body: TransferRecord,
    append: true,
    answer: AppendAnswer,
  },
  recordTransferEvent: {
    method: 'POST',
    path: '/v1/transfers/{transferId}/events',
    summary: 'Record an event in the life of a transfer',
    servedBy: 'record',
    appends: kindsFollowing('transfer'),
    params: transferPath,
    body: TransferEventBody,
    append: true,
    answer: AppendAnswer,
  },
  recordEntries: {
    method: 'POST',
    path: '/v1/entries',
    summary: 'Append up to 100 entries, each answered by itself',
    servedBy: 'record',
    appends: Object.keys(APPEND_KINDS) as AppendKindName[],
    body: AppendLine,
    answer: LineAnswer,
    contentType: 'application/x-ndjson',
  },
  registerAgency: {
    method: 'POST',
    path: '/v1/agencies',
    summary: 'Register an agency',
    servedBy: 'record',
    appends: ['agency-registered'],
    body: AgencyRecord,
    append: true,
    answer: AppendAnswer,
  },
  recordAgencyEvent: {
    method: 'POST',
    path: '/v1/agencies/{agencyId}/events',
    summary: 'Record a change of an agency, or of the keys that it signs with',
    servedBy: 'record',
    appends: kindsFollowing('agency'),
    params: agencyPath,
    body: AgencyEventBody,
    append: true,
    answer: AppendAnswer,
  },
  registerAgreement: {
    method: 'POST',
    path: '/v1/agreements',
    summary: 'Register a data-sharing agreement',
    servedBy: 'record',
    appends: ['agreement-registered'],
    body: AgreementRecord,
    append: true,
    answer: AppendAnswer,
  },
  recordAgreementEvent: {
    method: 'POST',
    path: '/v1/agreements/{agreementId}/events',
    summary: 'Amend or retire an agreement',
    servedBy: 'record',
    appends: kindsFollowing('agreement'),
    params: agreementPath,
    body: AgreementEventBody,
    append: true,
    answer: AppendAnswer,
  },
  declareCoverage: {
    method: 'POST',
    path: '/v1/coverage',
    summary: 'Declare for which provider and period the ledger is complete',
    servedBy: 'record',
    appends: ['coverage-declared'],
    body: CoverageDeclaration,
    append: true,
    answer: AppendAnswer,
  },
  requestFingerprintUpload: {
    method: 'POST',
    path: '/v1/transfers/{transferId}/fingerprint-upload',
    summary: 'Ask where to bring the fingerprint file of a transfer',
    servedBy: 'trace',
    params: transferPath,
    body: FileToBring,
    answer: UploadTicket,
  },
  recordFrame: {
    method: 'POST',
    path: '/v1/frames',
    summary: 'Record a reference frame: the fingerprints of master data at a time',
    servedBy: 'record',
    appends: ['frame-recorded'],
    body: FrameRecord,
    append: true,
    answer: AppendAnswer,
  },
  requestFrameUpload: {
    method: 'POST',
    path: '/v1/frames/{frameId}/fingerprint-upload',
    summary: 'Ask where to bring the fingerprint file of a frame',
    servedBy: 'trace',
    params: z.strictObject({ frameId: FrameId }),
    body: FileToBring,
    answer: UploadTicket,
  },
  listFrames: {
    method: 'GET',
    path: '/v1/frames',
    summary: 'The reference frames, by id',
    servedBy: 'query',
    query: PageAsOf,
    answer: FrameList,
  },
  openIncident: {
    method: 'POST',
    path: '/v1/incidents',
    summary: 'Open an incident, under a case reference',
    servedBy: 'record',
    appends: ['incident-opened'],
    body: IncidentRecord,
    append: true,
    answer: AppendAnswer,
  },
  recordIncidentEvent: {
    method: 'POST',
    path: '/v1/incidents/{incidentId}/events',
    summary: 'Record a finding, or close the incident',
    servedBy: 'record',
    appends: kindsFollowing('incident'),
    params: incidentPath,
    body: IncidentEventBody,
    append: true,
    answer: AppendAnswer,
  },
  requestSampleUpload: {
    method: 'POST',
    path: '/v1/incidents/{incidentId}/sample-upload',
    summary: 'Ask where to bring the keyed sample of a leak',
    servedBy: 'trace',
    params: incidentPath,
    body: SampleToBring,
    answer: UploadTicket,
  },
  runTrace: {
    method: 'POST',
    path: '/v1/incidents/{incidentId}/traces',
    summary: 'Ask which transfers could explain a leak',
    servedBy: 'trace',
    params: incidentPath,
    body: LeakDescription,
    append: true,
    answer: TraceAnswer,
    pending: TracePending,
  },
  getTrace: {
    method: 'GET',
    path: '/v1/incidents/{incidentId}/traces/{traceId}',
    summary: 'The answer of a trace, as it was given',
    servedBy: 'trace',
    params: z.strictObject({ incidentId: IncidentId, traceId: TraceId }),
    answer: TraceAnswer,
    pending: TracePending,
  },
  askSubject: {
    method: 'POST',
    path: '/v1/subject-requests',
    summary: 'Ask which transfers held one person',
    servedBy: 'trace',
    body: SubjectQuestion,
    append: true,
    answer: SubjectAnswer,
  },
  listTransfers: {
    method: 'GET',
    path: '/v1/transfers',
    summary: 'Search transfers',
    servedBy: 'query',
    underCase: true,
    query: TransferQuery,
    answer: TransferList,
  },
  getTransfer: {
    method: 'GET',
    path: '/v1/transfers/{transferId}',
    summary: 'One transfer, as of now or of a day',
    servedBy: 'query',
    underCase: true,
    params: transferPath,
    query: AsOf,
    answer: TransferDetail,
  },
  getHistory: {
    method: 'GET',
    path: '/v1/transfers/{transferId}/history',
    summary: 'Every entry about a transfer, oldest first',
    servedBy: 'query',
    underCase: true,
    params: transferPath,
    query: AsOf,
    answer: History,
  },
  getLineage: {
    method: 'GET',
    path: '/v1/transfers/{transferId}/lineage',
    summary: 'Where the data came from, or where it went on to',
    servedBy: 'query',
    underCase: true,
    params: transferPath,
    query: LineageQuery,
    answer: Lineage,
  },
  getEntry: {
    method: 'GET',
    path: '/v1/entries/{entryId}',
    summary: 'The exact bytes of an entry, as they were hashed',
    servedBy: 'query',
    underCase: true,
    params: z.strictObject({ entryId: EntryId }),
    answer: Entry,
  },
  listEntries: {
    method: 'GET',
    path: '/v1/entries',
    summary: 'The ids of the entries in the order of the log, with their places as the index has them',
    servedBy: 'log',
    underCase: true,
    query: z.strictObject({
      from: z.coerce.number<number>().int().min(0).default(0).describe('The first place in the log'),
      limit: z.coerce.number<number>().int().min(1).max(256).default(256).describe('The most of them'),
    }),
    answer: EntryPlaces,
  },
  getReceipt: {
    method: 'GET',
    path: '/v1/entries/{entryId}/receipt',
    summary: 'The proof that an entry is in the log, to be verified offline',
    servedBy: 'log',
    params: z.strictObject({ entryId: EntryId }),
    answer: z.string(),
    contentType: 'text/plain; charset=utf-8',
  },
  getCheckpoint: {
    method: 'GET',
    path: '/log/checkpoint',
    summary: 'The newest checkpoint of the log, with its cosignatures',
    servedBy: 'log',
    answer: z.string(),
    contentType: 'text/plain; charset=utf-8',
  },
  getCheckpointOfSize: {
    method: 'GET',
    path: '/log/checkpoint/{size}',
    summary: 'The checkpoint of a size that the log was signed at, with its cosignatures',
    servedBy: 'log',
    params: z.strictObject({
      size: z.coerce.number<number>().int().min(1).describe('How many entries the log had'),
    }),
    answer: z.string(),
    contentType: 'text/plain; charset=utf-8',
  },
  getVerifierKey: {
    method: 'GET',
    path: '/log/vkey',
    summary: 'The key that verifies the checkpoints of the log',
    servedBy: 'log',
    answer: z.string(),
    contentType: 'text/plain; charset=utf-8',
  },
  getNoticeKeys: {
    method: 'GET',
    path: '/notices/keys',
    summary: 'The key that notices to webhooks are signed with',
    servedBy: 'log',
    answer: NoticeKeys,
  },
  getTile: {
    method: 'GET',
    path: '/log/tile/{tile+}',
    summary: 'Hashes of the tree: a tile (C2SP tlog-tiles)',
    servedBy: 'log',
    params: z.strictObject({
      tile: z.string().max(80).describe('`<L>/<N>`, with `.p/<W>` behind it for a partial tile'),
    }),
    answer: z.string(),
    contentType: 'application/octet-stream',
  },
  getEntryBundle: {
    method: 'GET',
    path: '/log/tile/entries/{bundle+}',
    summary: 'The entries of a tile of level 0, each behind its length (C2SP tlog-tiles)',
    servedBy: 'log',
    underCase: true,
    params: z.strictObject({
      bundle: z.string().max(80).describe('`<N>`, with `.p/<W>` behind it for a partial bundle'),
    }),
    answer: z.string(),
    contentType: 'application/octet-stream',
  },
  listAgencies: {
    method: 'GET',
    path: '/v1/agencies',
    summary: 'The registered agencies, by id',
    servedBy: 'query',
    query: PageAsOf,
    answer: AgencyList,
  },
  getAgency: {
    method: 'GET',
    path: '/v1/agencies/{agencyId}',
    summary: 'One agency',
    servedBy: 'query',
    params: agencyPath,
    query: AsOf,
    answer: Agency,
  },
  listAgreements: {
    method: 'GET',
    path: '/v1/agreements',
    summary: 'The registered agreements, by id',
    servedBy: 'query',
    query: PageAsOf,
    answer: AgreementList,
  },
  getAgreement: {
    method: 'GET',
    path: '/v1/agreements/{agreementId}',
    summary: 'One agreement with all its versions',
    servedBy: 'query',
    params: agreementPath,
    query: AsOf,
    answer: Agreement,
  },
  listObligations: {
    method: 'GET',
    path: '/v1/obligations',
    summary: 'What is owed by whom',
    servedBy: 'query',
    underCase: true,
    query: ObligationQuery,
    answer: ObligationList,
  },
  getCoverage: {
    method: 'GET',
    path: '/v1/coverage',
    summary: 'What the ledger is complete for, and what it is not',
    servedBy: 'query',
    query: AsOf,
    answer: CoverageAnswer,
  },
  listIncidents: {
    method: 'GET',
    path: '/v1/incidents',
    summary: 'The incidents, newest first',
    servedBy: 'query',
    query: PageAsOf,
    answer: IncidentList,
  },
  getIncident: {
    method: 'GET',
    path: '/v1/incidents/{incidentId}',
    summary: 'One incident with its traces and findings',
    servedBy: 'query',
    params: incidentPath,
    query: AsOf,
    answer: Incident,
  },
  listPublicRegister: {
    method: 'GET',
    path: '/v1/public/register',
    summary: 'What the public may know of who received what, why and until when',
    servedBy: 'site',
    query: PublicQuery,
    answer: PublicRegister,
  },
  publicRegisterPage: {
    method: 'GET',
    path: '/register',
    summary: 'The public register as a page to read and to search',
    servedBy: 'site',
    query: PublicForm,
    answer: z.string(),
    contentType: 'text/html; charset=utf-8',
  },
  listAccess: {
    method: 'GET',
    path: '/v1/access-log',
    summary: 'Who asked the ledger what, under which case',
    servedBy: 'query',
    query: AccessQuery,
    answer: AccessList,
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document',
    servedBy: 'site',
    answer: z.record(z.string(), z.unknown()),
  },
  docs: {
    method: 'GET',
    path: '/docs',
    summary: 'This API as a page to read',
    servedBy: 'site',
    answer: z.string(),
    contentType: 'text/html; charset=utf-8',
  },
  docsAsset: {
    method: 'GET',
    path: '/docs/{asset}',
    summary: 'A script or style of the page',
    servedBy: 'site',
    params: z.strictObject({
      asset: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,60}$/)
        .describe('A file of the page'),
    }),
    answer: z.string(),
    contentType: 'application/octet-stream',
  },
  healthz: {
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the API and its tables answer',
    servedBy: 'site',
    answer: z.strictObject({ status: z.literal('ok') }),
  },
} as const satisfies Record<string, Described>;

export type Operation = keyof typeof ROUTES;
export const OPERATIONS = Object.keys(ROUTES) as Operation[];

/** Those that append no kind of entry at their client's word: each has a line of its own among the permissions. */
type Asking = {
  [O in Operation]: (typeof ROUTES)[O] extends { appends: unknown } ? never : O;
}[Operation];

function whoMay(operation: Operation): Route['who'] {
  const { appends }: Described = ROUTES[operation];
  if (!appends) return rolesFor(operation as Asking);
  return ROLES.filter((role) => appends.some((kind) => rolesFor(kind).includes(role)));
}

const WITH_WHO = new Map(
  OPERATIONS.map((name): [Operation, Route] => [name, { ...ROUTES[name], who: whoMay(name) }]),
);
export const route = (operation: Operation): Route => WITH_WHO.get(operation) as Route;

/** Whether it is recorded who called a route: where it tells of the ledger what is not for anyone. */
export const isRecorded = ({ method, who }: Route): boolean => method === 'GET' && who !== 'anyone';
