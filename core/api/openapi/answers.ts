import type * as z from 'zod';
import type { Entry } from '../../model/entry.ts';
import type { Principal } from '../../model/principal.ts';
import type { AppendAnswer, TransferSummary } from '../answers.ts';
import type { Operation, ROUTES } from '../routes.ts';
import { accessExample } from './access.ts';
import { contentExample } from './content.ts';
import { answerOwed, grantedRequest } from './data-requests.ts';
import { detailExamples } from './detail.ts';
import type { Examples } from './examples.ts';
import { IDS } from './ids.ts';
import { publicRegister } from './public.ts';
import { agency, agreement, coverage, frame, fullTransfer, incident, leak } from './records.ts';
import { subjectExample, traceExample } from './trace.ts';

type AnswerOf<R> = R extends { answer: infer S extends z.ZodType; contentType: 'application/x-ndjson' }
  ? z.input<S>[]
  : R extends { answer: infer S extends z.ZodType }
    ? z.input<S>
    : never;
type AnswerExamples = { readonly [O in Operation]?: Examples<AnswerOf<(typeof ROUTES)[O]>> };

const reflects = { size: 4217 };
const steward: z.input<typeof Principal> = { sub: 'registrar', roles: ['steward'] };
const auditor: z.input<typeof Principal> = { sub: 'inspector-3', roles: ['auditor'] };
const provider: z.input<typeof Principal> = {
  sub: 'register-gateway',
  agency: 'numbering-authority',
  roles: [],
};
const recipient: z.input<typeof Principal> = { sub: 'intake-job', agency: 'hill-it-board', roles: [] };

const checkpoint = [
  'amanat.example.org/log',
  '2',
  'sTeYX/SE+2ANuTEHx3sDZcgNePW0Kd7Q/Zc2HQd5mes=',
  '',
  '— amanat.example.org/log 3xIapxgqtFpO+y3AYLbHlYGjd3snODB6BpyB65vun44E/2ln1gMRsjhIrjxYkCdvWfbuylmbt9Xq7KvaapqwvOHDwQU=',
  '— witness.example.org 96ZnXwAAAABpVbkAvEi2abK0Glrbjgu2jrEZFPliVo7F1I/FlkznBF8JA+PEPjiHkFhZaC/wqVrP2wRVAZaNk8NUbNXB8sya8VW3DA==',
  '',
].join('\n');

const recordedAt = '2024-03-10T11:05:42.118Z';
const acknowledgedAt = '2024-03-11T06:20:07.951Z';
const openedAt = '2026-01-16T08:12:30.400Z';
const tracedAt = '2026-01-16T08:40:11.027Z';

const recorded: z.input<typeof AppendAnswer> = {
  entryId: IDS.transferEntry,
  kind: 'transfer-recorded',
  subject: IDS.transfer,
  version: 0,
  recordedAt,
  principal: provider,
  flags: [],
  transferId: IDS.transfer,
};
const acknowledged: z.input<typeof AppendAnswer> = {
  ...recorded,
  entryId: IDS.eventEntry,
  kind: 'transfer-acknowledged',
  version: 1,
  recordedAt: acknowledgedAt,
  principal: recipient,
};

const ofStream = (
  kind: string,
  subject: string,
  version: number,
  more: Partial<z.input<typeof AppendAnswer>>,
): z.input<typeof AppendAnswer> => ({
  entryId: IDS.eventEntry,
  kind,
  subject,
  version,
  recordedAt,
  principal: steward,
  flags: [],
  ...more,
});

const append = (summary: string, value: z.input<typeof AppendAnswer>) => ({ appended: { summary, value } });
const answer = <T>(summary: string, value: T): Examples<T> => ({ answer: { summary, value } });

const summary: z.input<typeof TransferSummary> = {
  transferId: IDS.transfer,
  entryId: IDS.transferEntry,
  sequence: 812,
  recordedAt,
  provider: 'numbering-authority',
  recipient: 'hill-it-board',
  agreement: { id: 'agr-2024-03', version: 1 },
  dataset: { id: 'subscriber-register', title: 'Register of subscribers' },
  fields: ['msisdn', 'cnic', 'address'],
  purposes: fullTransfer.purposes ?? [],
  areas: ['PK-PB'],
  snapshot: { from: '2024-02-29', to: '2024-02-29' },
  handedOver: { earliest: '2024-03-10', latest: '2024-03-10' },
  rows: 4_120_000,
  retentionEnd: '2025-06-30',
  assertion: 'contemporaneous',
  state: 'overdue',
  marks: [],
  flags: [],
};

const entry: z.input<typeof Entry> = {
  amanat: 1,
  entryId: IDS.eventEntry,
  kind: 'transfer-acknowledged',
  stream: 'transfer',
  subject: IDS.transfer,
  version: 1,
  recordedAt: acknowledgedAt,
  principal: recipient,
  flags: [],
  body: { occurredOn: '2024-03-11', rows: 4_120_000, storedAt: 'welfare database, schema intake' },
};

const onward: z.input<typeof TransferSummary> = {
  ...summary,
  transferId: IDS.onward,
  entryId: IDS.onwardEntry,
  sequence: 1130,
  recordedAt: '2024-05-02T10:00:12.300Z',
  provider: 'hill-it-board',
  recipient: 'harbour-income-support',
  dataset: { id: 'support-households', title: 'Households that qualify' },
  fields: ['cnic', 'address'],
  handedOver: { earliest: '2024-05-02', latest: '2024-05-02' },
  rows: 310_000,
  flags: ['onward-not-allowed'],
};

const trace = traceExample();

const registeredAgency = { ...agency, entryId: IDS.eventEntry, recordedAt };
const { agreementId, ...terms } = agreement;
const registeredAgreement = {
  agreementId,
  entryId: IDS.eventEntry,
  recordedAt,
  versions: [{ version: 1, ...terms }],
};
const openedIncident = {
  incidentId: IDS.incident,
  entryId: IDS.incidentEntry,
  recordedAt: openedAt,
  incident,
  traces: [
    {
      traceId: IDS.trace,
      entryId: IDS.traceEntry,
      recordedAt: tracedAt,
      principal: auditor,
      description: leak,
      answerSha256: IDS.fingerprint,
      reflects,
    },
  ],
  pending: [
    {
      traceId: `tc-${IDS.eventEntry}`,
      entryId: IDS.onwardEntry,
      recordedAt: tracedAt,
      principal: auditor,
      description: { ...leak, sample: { sha256: IDS.file } },
      sketchSha256: IDS.fingerprint,
      files: 1204,
      reflects,
    },
  ],
  refusals: [
    {
      entryId: IDS.onwardEntry,
      recordedAt: openedAt,
      principal: auditor,
      description: { ...leak, sample: { sha256: IDS.file } },
      refusal: 'approval-missing' as const,
      detail: 'an auditor other than the one who asks records trace-approved with the digest of the sample',
    },
  ],
  findings: [],
  approvals: [
    {
      entryId: IDS.eventEntry,
      recordedAt: openedAt,
      principal: { sub: 'inspector-7', roles: ['auditor' as const] },
      approval: { occurredOn: '2026-01-16', sampleSha256: IDS.file, reason: 'Rows seized under the order' },
    },
  ],
};

const uploadTicket = {
  stored: false,
  url: `https://amanat-fingerprints.s3.example.org/files/${IDS.fingerprint}?X-Amz-Signature=0a1b`,
  headers: { 'if-none-match': '*', 'x-amz-checksum-sha256': 'd7HD1ef5CitMbY4PGjtcfZ4PKktsjQ4fOlt8nQ4fOks=' },
  expiresAt: '2024-03-10T12:05:42.118Z',
};
const recordedFrame = {
  ...frame,
  frameId: `fr-${IDS.eventEntry}`,
  entryId: IDS.eventEntry,
  recordedAt,
};

/** What is answered, with 202, while there is no answer. */
export const PENDING_EXAMPLE: Examples = {
  pending: {
    summary: 'A third of the files have been looked at',
    value: { traceId: IDS.trace, incidentId: IDS.incident, files: 1204, compared: 411 },
  },
};

/** An example of every JSON answer. */
export const ANSWER_EXAMPLES: AnswerExamples = {
  recordTransfer: append('The first answer, and that to every repetition', recorded),
  recordTransferEvent: append('An acknowledgement', acknowledged),
  recordEntries: {
    lines: {
      summary: 'One line was taken, one was not',
      value: [
        {
          line: 1,
          status: 201,
          answer: ofStream('agency-registered', 'hill-it-board', 0, { agencyId: 'hill-it-board' }),
        },
        {
          line: 2,
          status: 404,
          problem: {
            type: 'https://amanat.dev/problems/not-found',
            title: 'There is no such thing, or it is not yours to see',
            status: 404,
            correlationId: '0c4f7f7e-3f0a-4a3e-9a55-6c1f2f6f7a10',
          },
        },
      ],
    },
  },
  registerAgency: append(
    'A new agency',
    ofStream('agency-registered', 'hill-it-board', 0, { agencyId: 'hill-it-board' }),
  ),
  recordAgencyEvent: append(
    'A change of an agency',
    ofStream('agency-changed', 'hill-it-board', 1, { agencyId: 'hill-it-board' }),
  ),
  registerAgreement: append(
    'A new agreement',
    ofStream('agreement-registered', agreementId, 0, { agreementId }),
  ),
  recordAgreementEvent: append(
    'An amended agreement',
    ofStream('agreement-amended', agreementId, 1, { agreementId }),
  ),
  declareCoverage: append(
    'A declaration',
    ofStream('coverage-declared', `cv-${IDS.eventEntry}`, 0, { principal: provider }),
  ),
  requestFingerprintUpload: answer('Where to bring it, within an hour', uploadTicket),
  recordFrame: append(
    'A recorded frame',
    ofStream('frame-recorded', `fr-${IDS.eventEntry}`, 0, { frameId: `fr-${IDS.eventEntry}` }),
  ),
  requestFrameUpload: answer('It is there already', { stored: true }),
  listFrames: answer('The only page', { items: [recordedFrame], reflects }),
  requestSampleUpload: answer('Where to bring it, within an hour', uploadTicket),
  openIncident: append('An opened incident', {
    ...ofStream('incident-opened', IDS.incident, 0, { incidentId: IDS.incident }),
    entryId: IDS.incidentEntry,
    recordedAt: openedAt,
    principal: auditor,
  }),
  recordIncidentEvent: append(
    'A finding',
    ofStream('finding-recorded', IDS.incident, 2, { incidentId: IDS.incident, principal: auditor }),
  ),
  recordDataRequest: append('A request', {
    ...{ entryId: IDS.requestEntry, kind: 'data-requested', subject: IDS.request, version: 0 },
    ...{ recordedAt: grantedRequest.recordedAt, principal: recipient, flags: [], requestId: IDS.request },
  }),
  recordDataRequestEvent: append(
    'A grant',
    ofStream('request-granted', IDS.request, 1, { requestId: IDS.request, principal: provider }),
  ),
  listDataRequests: answer('The only page', { items: [grantedRequest], reflects }),
  getDataRequest: answer('Granted, but for the names', grantedRequest),
  runTrace: answer('Neither transfer covers the leak, both together do', trace),
  getTrace: answer(
    'Of a trace by rows, most of which came from one transfer',
    traceExample(contentExample()),
  ),
  askSubject: answer('One hand-over may have held the person; of another it is unknown', subjectExample()),
  listTransfers: answer('The last page', { items: [summary], reflects }),
  listPublicRegister: answer('The last page', publicRegister),
  getTransfer: detailExamples({ principal: provider, recordedAt, acknowledgedAt, knownAt: tracedAt }),
  getHistory: answer('One entry of a history', { items: [entry] }),
  getLineage: answer('Downstream', {
    transferId: IDS.transfer,
    direction: 'downstream',
    items: [
      { transfer: summary, next: [IDS.onward], depth: 0 },
      { transfer: onward, next: [], depth: 1 },
    ],
    truncated: false,
    undeclared: [],
    reflects,
  }),
  getEntry: answer('An entry; the real bytes have no blanks between', entry),
  getCheckpoint: answer('Two entries, cosigned by a witness', checkpoint),
  getCheckpointOfSize: answer('The same of two entries, asked for by that size', checkpoint),
  getVerifierKey: answer(
    'The key',
    `amanat.example.org/log+df121aa7+ATKhNkd53A7mvCKO/1o8vdQnLmj/+4EibjqrXhg1s7eF\n`,
  ),
  getNoticeKeys: answer('The key, under its thumbprint', {
    keys: [
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
        kid: 'poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U',
        use: 'sig',
      },
    ],
  }),
  getReceipt: answer(
    'Of the first of two entries',
    `c2sp.org/tlog-proof@v1\nindex 0\nV+s1YV1H807HFMrN9f10YIpejhAnJOgLJLKHwMJ7ajE=\n\n${checkpoint}`,
  ),
  listEntries: answer('Two places, of a log with more', {
    items: [
      { entryId: IDS.transferEntry, index: 0 },
      { entryId: '7d793037a0760186574b0282f2f435e7', index: 1 },
    ],
    size: 4217,
  }),
  listAgencies: answer('The first page', {
    items: [registeredAgency],
    nextCursor: 'eyJhZ2VuY3kiOiJoaWxsLWl0LWJvYXJkIn0',
    reflects,
  }),
  getAgency: answer('A board', registeredAgency),
  listAgreements: answer('The only page', { items: [registeredAgreement], reflects }),
  getAgreement: answer('An agreement with one version', registeredAgreement),
  listObligations: answer('Data that should be gone', {
    items: [
      {
        transferId: IDS.transfer,
        kind: 'destroy',
        obliged: 'hill-it-board',
        dueOn: '2025-06-30',
        daysOverdue: 200,
        since: '2024-03-10',
        why: 'The retention ends, and no destruction is certified.',
        cause: IDS.transferEntry,
        lastAttested: { on: '2025-01-31', held: true },
        transfer: summary,
      },
      answerOwed,
    ],
    reflects,
  }),
  getCoverage: answer('One declaration, and the gap that it leaves', {
    declarations: [{ ...coverage, entryId: IDS.eventEntry, recordedAt }],
    providers: [
      {
        provider: 'numbering-authority',
        transfers: 31,
        retrospective: 4,
        firstHandedOver: '2022-02-01',
        lastHandedOver: '2025-11-03',
        gaps: [
          { from: '2022-02-01', to: '2022-12-31' },
          { from: '2025-01-01', to: '2026-01-16' },
        ],
      },
    ],
    reflects,
  }),
  listIncidents: answer('The only page', { items: [openedIncident], reflects }),
  getIncident: answer('An incident with one trace', openedIncident),
  listAccess: answer('Newest first; the first is on its way into an entry', accessExample),
  healthz: answer('Well', { status: 'ok' }),
};
