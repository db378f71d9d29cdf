import * as z from 'zod';
import type {
  ZodOpenApiMediaTypeObject,
  ZodOpenApiOperationObject,
  ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { Role } from '../../model/principal.ts';
import { MAX_APPEND_LINES } from '../appends.ts';
import { isRecorded, type Operation, type Route, route } from '../routes.ts';
import { ANSWER_EXAMPLES, PENDING_EXAMPLE } from './answers.ts';
import type { Examples } from './examples.ts';
import { problemResponses } from './problems.ts';
import { REQUEST_EXAMPLES } from './requests.ts';

/** The groups of operations, by what stands first in their path. */
export const TAGS = {
  transfers: ['Transfers', 'Hand-overs of data from one agency to another, and what became of them'],
  requests: ['Requests', 'Requests of one agency to another for data, and the answers'],
  entries: ['Entries', 'The ledger itself: many appends in one request, and the exact bytes of an entry'],
  agencies: ['Agencies', 'Who may give and take data'],
  agreements: ['Agreements', 'What hand-overs rest on'],
  obligations: ['Obligations', 'What is still owed for a transfer, or upon a request'],
  coverage: ['Coverage', 'What the ledger is complete for, so that silence can be read'],
  frames: ['Frames', 'Fingerprints of master data at a time, with which leaks are compared'],
  incidents: ['Incidents', 'Leaks under investigation, and the traces run under them'],
  'access-log': ['Access log', 'Who read what of the ledger, under which case'],
  'subject-requests': ['Persons', 'Which hand-overs held a person who asks'],
  public: ['Public register', 'What the public may know of the hand-overs'],
  log: [
    'Log',
    'The log over all entries: signed checkpoints, tiles and bundles (C2SP tlog-tiles), for anyone to verify',
  ],
  about: ['About', 'The API itself'],
} as const satisfies Record<string, readonly [name: string, description: string]>;

/** What a reader should know of an operation beyond its summary. */
const NOTES: Partial<Record<Operation, string>> = {
  recordDataRequest:
    'By the agency that asks, or by the one that is asked where it was asked by letter. It may go beyond the agreement that it names, and is flagged then.',
  recordDataRequestEvent:
    'A provider owes an answer until it grants or refuses. A transfer that names the request needs an `exception` where it goes beyond what was granted, and stays flagged.',
  listDataRequests:
    'The newest recorded come first. An agency sees those that it made, and those that were made to it.',
  recordTransfer:
    'An agency records what it provides, or as `recipient-declared` what it received. A hand-over outside its agreement needs an `exception` and stays flagged.',
  recordTransferEvent: 'Each kind of event is recorded by the provider or by the recipient of the transfer.',
  recordEntries:
    'The body is JSON lines (NDJSON): one `AppendLine` a line, without an array around them; so is the answer, one `LineAnswer` a line in the same order. The fault of one line stops no other, and nothing is doubled when the whole is sent again. With an `Idempotency-Key`, a line that has none of its own gets that key, a slash, and its number.',
  getEntry:
    'The canonical JSON (RFC 8785) of the entry, byte for byte as it was hashed: SHA-256 over a zero byte and these bytes is its leaf in the log.',
  listEntries:
    'What the index says of each place is told beside what the log has there, so that the one can be checked against the other.',
  getReceipt:
    'A `.tlog-proof` (C2SP): with the bytes of the entry and the keys of log and witnesses it verifies offline, with `amanat verify` or any other tool of that format. 404 `receipt-pending` for the second or so until it exists.',
  getCheckpoint:
    'A signed note (C2SP tlog-checkpoint): how many entries the log has, and the root over them. As the witnessing policy has it, it waits for the cosignatures of witnesses.',
  getCheckpointOfSize:
    'What was true of the log then is provable for good: proofs to this checkpoint are made of tiles. Cosignatures that came later are with it. 404 for a size that no checkpoint has, or none that is shown yet.',
  getTile: 'A tile never changes. There are the partial ones of every published checkpoint.',
  getEntryBundle:
    'Compressed where the client accepts it. Entries hold no personal data, but say what was handed to whom, so bundles are for auditors; the hashes in tiles are for anyone.',
  listTransfers: 'The newest recorded come first. An agency sees those that it gave or took.',
  listObligations: 'The longest overdue come first. An agency sees its own.',
  listPublicRegister:
    'The newest recorded come first. What the law keeps out is counted in `suppressed`, by provider and basis, and never otherwise: whatever is asked, and as of whatever moment, what is suppressed today is not shown and counts nowhere else.',
  publicRegisterCsv:
    'All that is found, the newest recorded first, and after it what is not shown, by provider and basis: the column `line` says which is which (RFC 4180, UTF-8 with a byte order mark). A file has some 4 MB at most, and is written in some seconds: where there is more, its last line says that it goes on, and a link with `rel="next"` where.\n\nAn apostrophe stands before what a spreadsheet would take for a formula.',
  publicRegisterPage:
    'Works without script. What cannot be understood is named on the page, which then shows all.',
  listAccess:
    'The newest come first: every call for which a token is needed and that reads, refused ones included, this one too. Some minutes later it is in an entry of the ledger, and `entryId` says in which. A page that looks into many hours without finding its number ends early, with a cursor.',
  runTrace:
    'The question and the digest of the answer become an entry of the ledger: who asked, what, and under which case. With the digest of a `sample` that was brought before, its rows are compared with the fingerprints of every transfer and frame: an auditor other than the one who asks must have recorded `trace-approved` for that very digest; it must hold enough different values, and not be nearly one that was traced before.',
  getTrace:
    'The same bytes each time. A trace of many rows or files is accepted with 202, and this answers 202 too until it is done: `compared` of its `files` by then.',
  requestFingerprintUpload:
    'For the provider, once the transfer is recorded: the file must be the one that `fingerprint.sha256` of the record commits to, and nothing else is taken.',
  requestSampleUpload:
    'A keyed sample, as `amanat trace` makes it where the keys are. Rows of people never come here, and a sample is dropped after some days.',
  askSubject:
    'The values are keyed where the keys are, as `amanat subject` does. That it was asked, under which case and with what digest becomes an entry of the ledger; neither the person nor the values do. One custodian asks so many a day and no more.',
  docsAsset: 'Named by the page itself.',
};

/** What is sent as it is to everybody, and need not be sent again to who has it. */
const KEPT_BY_CLIENTS: ReadonlySet<Operation> = new Set([
  'publicRegisterCsv',
  'publicRegisterPage',
  'openapi',
  'docs',
  'docsAsset',
]);

const ROLE_NAMES: Record<Role, string> = {
  agency: 'agencies',
  auditor: 'auditors',
  steward: 'stewards',
  operator: 'operators',
  custodian: 'custodians of the keys',
};

/** The OpenAPI operation of a route. */
export function operationObject(operation: Operation): ZodOpenApiOperationObject {
  const target = route(operation);
  const { params, query } = target;
  return {
    operationId: operation,
    summary: target.summary,
    description: [NOTES[operation], whoMay(target)].filter(Boolean).join('\n\n'),
    tags: [tagOf(target.path)],
    security: target.who === 'anyone' ? [] : [{ token: [] }],
    requestParams: { ...(params && { path: params }), ...(query && { query }) },
    ...headerParameters(operation, target),
    ...(target.body && { requestBody: { required: true, content: requestContent(operation, target) } }),
    responses: {
      [target.append ? '201' : '200']: answerObject(operation, target),
      ...(target.pending && { '202': pendingObject(target.pending) }),
      ...(KEPT_BY_CLIENTS.has(operation) && { '304': NOT_MODIFIED }),
      ...problemResponses(operation, target),
    },
  };
}

function whoMay({ who }: Route): string {
  if (who === 'anyone') return 'For anyone, without a token.';
  return `For ${new Intl.ListFormat('en', { type: 'conjunction' }).format(who.map((role) => ROLE_NAMES[role]))}.`;
}

function tagOf(path: string): string {
  const name = /^\/(?:v1\/)?([a-z-]+)/.exec(path)?.[1];
  const [, [tag]] = Object.entries(TAGS).find(([key]) => key === name) ?? ['about', TAGS.about];
  return tag;
}

function headerParameters(operation: Operation, target: Route) {
  const names = [
    ...(target.append ? ['IdempotencyKey'] : operation === 'recordEntries' ? ['KeyOfLines'] : []),
    ...(target.servedBy === 'record' ? ['Prefer'] : []),
    ...(isSigned(target) ? ['ContentDigest', 'SignatureInput', 'Signature'] : []),
    ...(isRecorded(target) ? ['Incident'] : []),
  ];
  return (
    names.length > 0 && { parameters: names.map((name) => ({ $ref: `#/components/parameters/${name}` })) }
  );
}

/** Whether an agency may sign it by headers of its own. */
export const isSigned = ({ append, servedBy, who }: Route): boolean =>
  append === true && servedBy === 'record' && who !== 'anyone' && who.includes('agency');

function requestContent(operation: Operation, target: Route): Record<string, ZodOpenApiMediaTypeObject> {
  const examples = REQUEST_EXAMPLES[operation];
  return { [mediaType(target)]: { schema: linewise(target, target.body), ...(examples && { examples }) } };
}

const CORRELATION = { 'x-correlation-id': { $ref: '#/components/headers/CorrelationId' } };
const TAG = { etag: { $ref: '#/components/headers/ETag' } };
const RECORDED = { 'preference-applied': { $ref: '#/components/headers/PreferenceApplied' } };
const RECEIPT = { link: { $ref: '#/components/headers/Receipt' } };
const NOT_MODIFIED: ZodOpenApiResponseObject = {
  description: 'What the client has, by its `If-None-Match`, is still so',
  headers: { ...CORRELATION, ...TAG },
};

function answerObject(operation: Operation, target: Route): ZodOpenApiResponseObject {
  const examples: Examples | undefined = ANSWER_EXAMPLES[operation];
  const media = { schema: linewise(target, target.answer), ...(examples && { examples }) };
  return {
    description: target.append ? 'Recorded; a repetition is answered the same' : target.summary,
    headers: {
      ...CORRELATION,
      ...(KEPT_BY_CLIENTS.has(operation) && TAG),
      ...(operation === 'publicRegisterCsv' && { link: { $ref: '#/components/headers/Next' } }),
      ...(target.append && { location: { $ref: '#/components/headers/Location' } }),
      ...(target.servedBy === 'record' && RECORDED),
      ...(target.servedBy === 'record' && target.append && RECEIPT),
    },
    content:
      operation === 'docsAsset'
        ? { 'text/javascript': media, 'text/plain': media }
        : { [mediaType(target)]: media },
  };
}

const pendingObject = (schema: z.ZodType): ZodOpenApiResponseObject => ({
  description: 'It takes longer than a request may, and goes on: ask again at the location',
  headers: {
    ...CORRELATION,
    location: { $ref: '#/components/headers/Location' },
    'retry-after': { $ref: '#/components/headers/RetryAfter' },
  },
  content: { 'application/json': { schema, examples: PENDING_EXAMPLE } },
});

const mediaType = ({ contentType }: Route): string => contentType?.replace(/;.*/, '') ?? 'application/json';

/** OpenAPI 3.1 knows no lines; as 3.2 does, the whole is shown as an array of them. */
function linewise(target: Route, schema: z.ZodType | undefined): z.ZodType {
  if (!schema) throw new TypeError(`${target.path} has no body`);
  return target.contentType === 'application/x-ndjson'
    ? z.array(schema).min(1).max(MAX_APPEND_LINES).describe('One a line, without an array around them')
    : schema;
}
