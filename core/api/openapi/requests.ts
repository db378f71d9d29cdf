import type * as z from 'zod';
import type { FrameRecord } from '../../model/frame.ts';
import type { IncidentRecord, LeakDescription } from '../../model/incident.ts';
import type { AgencyRecord, AgreementRecord, CoverageDeclaration } from '../../model/registry.ts';
import type { SubjectQuestion } from '../../model/subject.ts';
import type { TransferRecord } from '../../model/transfer.ts';
import { legalBases, purposes } from '../../model/vocabulary.ts';
import type { AppendLine } from '../appends.ts';
import type { RequestOf } from '../client.ts';
import type { Operation } from '../routes.ts';

/** Examples of one request or answer by name, as OpenAPI has them. */
export type Examples<T = unknown> = Readonly<Record<string, { readonly summary: string; readonly value: T }>>;

type BodyOf<O extends Operation> = RequestOf<O> extends { body: infer Body } ? Body : never;

/** Ids and digests of the examples; the same thing has the same id in all of them. */
export const IDS = {
  transferEntry: '6f1d2a9c04be4f7783d5e0a1b2c3d4e5',
  transfer: 'tr-6f1d2a9c04be4f7783d5e0a1b2c3d4e5',
  onwardEntry: '0b7c5d3e9f1a4826bb60c4d2e8f7a913',
  onward: 'tr-0b7c5d3e9f1a4826bb60c4d2e8f7a913',
  eventEntry: '91c0a3b5d7e94f2a8c6e1d0b4f8a2c35',
  incidentEntry: '3e8a1c5b7d9f402486ac0e2d4f6b8193',
  incident: 'in-3e8a1c5b7d9f402486ac0e2d4f6b8193',
  traceEntry: 'c4d6e8f0a2b44c1e93577d9fb1a3c5e7',
  trace: 'tc-c4d6e8f0a2b44c1e93577d9fb1a3c5e7',
  file: '2a7d1f5e8c3b4096a1d4e7f0b2c5d8e9f1a3b6c8d0e2f4a5b7c9d1e3f5a7b9c0',
  fingerprint: '77b1c3d5e7f90a2b4c6d8e0f1a3b5c7d9e0f2a4b6c8d0e1f3a5b7c9d0e2f4a6b',
} as const;

/** A hand-over with everything that a record can say. */
export const fullTransfer: z.input<typeof TransferRecord> = {
  provider: { agencyId: 'numbering-authority', unit: 'Register of subscribers' },
  recipient: { agencyId: 'hill-it-board', unit: 'Welfare systems' },
  custodians: [
    { role: 'approver', staffRef: 'director-data' },
    { role: 'receiver', staffRef: 'staff-0042' },
  ],
  agreement: { id: 'agr-2024-03', version: 1, clause: '4.2' },
  purposes: [purposes.welfareEligibility],
  legalBases: [legalBases.officialAuthority],
  purposeText: 'To find households that qualify for the winter support',
  dataset: {
    id: 'subscriber-register',
    version: '2024-02',
    title: 'Register of subscribers',
    sourceSystem: 'central register',
  },
  fields: [
    {
      name: 'MSISDN',
      canonical: 'msisdn',
      category: 'https://w3id.org/dpv/pd#TelephoneNumber',
      sensitivity: 'personal',
      transform: 'identity',
    },
    {
      name: 'CNIC',
      canonical: 'cnic',
      category: 'https://w3id.org/dpv/pd#OfficialID',
      sensitivity: 'personal',
      transform: 'identity',
    },
    {
      name: 'TEHSIL',
      canonical: 'address',
      category: 'https://w3id.org/dpv/pd#PhysicalAddress',
      sensitivity: 'personal',
      transform: 'derived',
    },
  ],
  coverage: {
    areas: ['PK-PB'],
    subjects: 'prepaid subscribers',
    recordsFrom: '2015-01-01',
    recordsTo: '2024-02-29',
  },
  snapshot: { from: '2024-02-29', to: '2024-02-29' },
  volume: { rows: 4_120_000, subjects: 3_800_000, bytes: 391_400_000, exact: true },
  manifest: [{ file: 'subscribers-2024-02.csv', rows: 4_120_000, bytes: 391_400_000, sha256: IDS.file }],
  format: {
    headers: ['MSISDN', 'CNIC', 'TEHSIL'],
    delimiter: ',',
    encoding: 'utf-8',
    idStyle: { msisdn: 'e164', cnic: 'dashed' },
  },
  handedOver: { earliest: '2024-03-10', latest: '2024-03-10' },
  method: 'sftp',
  encryption: 'transport-and-at-rest',
  access: 'bulk',
  retention: { period: 'P1Y', trigger: 'end of the support season', reviewBy: '2025-06-30' },
  disposal: 'erase',
  onward: { allowed: true, conditions: 'Only to the agency that pays out, with the fields that it needs' },
  assertion: 'contemporaneous',
  fingerprint: { sha256: IDS.fingerprint, rows: 4_120_000, fieldSets: ['msisdn+cnic'], epoch: '2024' },
  marking: {
    scheme: 'variants/1',
    label: '5b1e0c9d2f7a48c3b6d4e8f1a2c3d4e5',
    by: 'cnic',
    epoch: '2024',
    keyCheck: '8c1f3a5d7e9b2c4f60718293a4b5c6d7',
    fields: ['msisdn', 'cnic'],
    omitted: 0.005,
  },
  canaries: { count: 12, sha256: IDS.fingerprint },
};

/** A hand-over of which a letter is all that is left. */
const retrospectiveTransfer: z.input<typeof TransferRecord> = {
  provider: { agencyId: 'numbering-authority' },
  recipient: { agencyId: 'harbour-income-support' },
  dataset: { id: 'subscriber-register', title: 'Register of subscribers' },
  fields: [{ name: 'CNIC', canonical: 'cnic', sensitivity: 'personal', transform: 'identity' }],
  coverage: { areas: ['PK'], subjects: 'all subscribers' },
  handedOver: { earliest: '2022-02-01', latest: '2022-04-30' },
  assertion: 'retrospective',
  confidence: 'moderate',
  evidence: [{ kind: 'letter', description: 'Forwarding letter', reference: 'file 22/118, page 4' }],
  lacking: (
    [
      'agreement',
      'custodians',
      'purposes',
      'legalBases',
      'snapshot',
      'volume',
      'manifest',
      'method',
      'encryption',
      'access',
      'retention',
      'disposal',
    ] as const
  ).map((part) => ({ part, reason: 'not in the file' })),
};

export const agency: z.input<typeof AgencyRecord> = {
  agencyId: 'hill-it-board',
  name: 'Hill IT Board',
  kind: 'government',
  area: 'PK-PB',
  holdsOwnData: false,
  evidence: 'Gazette notification of the board',
};

export const agreement: z.input<typeof AgreementRecord> = {
  agreementId: 'agr-2024-03',
  title: 'Subscribers for welfare eligibility',
  provider: 'numbering-authority',
  recipient: 'hill-it-board',
  purposes: [purposes.welfareEligibility],
  legalBases: [legalBases.officialAuthority],
  fields: ['msisdn', 'cnic', 'address'],
  areas: ['PK-PB'],
  validFrom: '2024-01-01',
  validUntil: '2025-12-31',
  onwardAllowed: true,
  document: { reference: 'MoU 3 of 2024', sha256: IDS.fingerprint },
};

export const coverage: z.input<typeof CoverageDeclaration> = {
  provider: 'numbering-authority',
  from: '2023-01-01',
  to: '2024-12-31',
  basis: 'Compared with the despatch register of the agency',
};

export const incident: z.input<typeof IncidentRecord> = {
  caseReference: 'case-2026-17',
  title: 'Records of subscribers offered online',
  authority: 'Office of the Data Inspector',
  discoveredOn: '2026-01-15',
  summary: 'A search page answers a number with a national id and an address',
};

export const frame: z.input<typeof FrameRecord> = {
  holder: 'numbering-authority',
  extractedAt: '2024-03-01T00:00:00.000Z',
  sha256: IDS.fingerprint,
  rows: 5_310_000,
  fieldSets: ['msisdn', 'cnic', 'msisdn+cnic'],
  epoch: '2024',
};

export const leak: z.input<typeof LeakDescription> = {
  fields: ['msisdn', 'cnic', 'address'],
  areas: ['PK-PB'],
  vintage: { to: '2024-06-30' },
  seenOn: '2026-01-15',
  rows: { count: 1500, exact: true },
  format: { headers: ['MSISDN', 'CNIC', 'ADDRESS'], delimiter: ',', idStyle: { cnic: 'dashed' } },
  devices: {
    fileSha256: IDS.file,
    rows: 1496,
    canaries: [{ sha256: IDS.fingerprint, planted: 12, among: 4_120_000, found: 1, inRows: 1 }],
    marks: [
      {
        label: '5b1e0c9d2f7a48c3b6d4e8f1a2c3d4e5',
        fields: [
          { field: 'msisdn', read: 1490, agreeing: 803 },
          { field: 'cnic', read: 1496, agreeing: 811 },
        ],
        omission: { rows: 1496, contradicting: 1 },
      },
    ],
  },
};

export const person: z.input<typeof SubjectQuestion> = {
  caseReference: 'access-2026-204',
  salt: 'd1b7c3a5e9f00214365879abcdef0123456789abcdef0123fedcba9876543210',
  keyrings: [
    {
      provider: 'numbering-authority',
      epoch: '2024',
      keyCheck: '8c1f3a5d7e9b2c4f60718293a4b5c6d7',
      values: { msisdn: '4f1d8a22c07b93e0', cnic: '90ab5c1e33d7f420', 'msisdn+cnic': '0be47d9a51c6f830' },
    },
  ],
};

const { agreementId: _registeredOnce, ...terms } = agreement;
const { agencyId: _registeredBefore, ...changeable } = agency;

const lines: z.input<typeof AppendLine>[] = [
  { idempotencyKey: 'register/hill-it-board', kind: 'agency-registered', body: { ...agency } },
  {
    idempotencyKey: 'attest/2024-117/2025-01',
    kind: 'holding-attested',
    subject: IDS.transfer,
    body: { occurredOn: '2025-01-31', held: true, copies: 1 },
  },
];

/** An example for every request body, and for every kind of event where a route takes several. */
export const REQUEST_EXAMPLES: { readonly [O in Operation]?: Examples<BodyOf<O>> } = {
  recordTransfer: {
    contemporaneous: { summary: 'Recorded when it took place', value: fullTransfer },
    retrospective: { summary: 'Found years later; what is not known is said', value: retrospectiveTransfer },
  },
  recordTransferEvent: {
    'transfer-acknowledged': {
      summary: 'The recipient acknowledges what it got',
      value: {
        kind: 'transfer-acknowledged',
        body: {
          occurredOn: '2024-03-11',
          files: [{ file: 'subscribers-2024-02.csv', sha256: IDS.file, rows: 4_120_000 }],
          rows: 4_120_000,
          storedAt: 'welfare database, schema intake',
        },
      },
    },
    'transfer-disputed': {
      summary: 'The recipient disputes it',
      value: {
        kind: 'transfer-disputed',
        body: { occurredOn: '2024-03-11', reason: 'rows-differ', text: 'The file ends in mid-line' },
      },
    },
    'dispute-answered': {
      summary: 'The provider answers the dispute',
      value: {
        kind: 'dispute-answered',
        body: { occurredOn: '2024-03-12', answer: 'sent-again', text: 'The upload had broken off' },
      },
    },
    'holding-attested': {
      summary: 'The recipient still holds the data',
      value: { kind: 'holding-attested', body: { occurredOn: '2025-01-31', held: true, copies: 1 } },
    },
    'retention-extended': {
      summary: 'The provider lets the recipient keep it longer',
      value: {
        kind: 'retention-extended',
        body: {
          occurredOn: '2025-05-02',
          from: '2025-06-30',
          until: '2025-12-31',
          approver: 'director-data',
          reason: 'The support season was prolonged',
        },
      },
    },
    'retention-reviewed': {
      summary: 'The season has ended from which the year counts',
      value: { kind: 'retention-reviewed', body: { occurredOn: '2024-09-03', triggeredOn: '2024-08-31' } },
    },
    'legal-hold-set': {
      summary: 'A court orders that nothing is disposed of, wherever it went',
      value: {
        kind: 'legal-hold-set',
        body: {
          occurredOn: '2025-05-10',
          reference: 'order-12',
          downstream: true,
          reason: 'Order of the court',
        },
      },
    },
    'legal-hold-lifted': {
      summary: 'The order has ended',
      value: {
        kind: 'legal-hold-lifted',
        body: { occurredOn: '2025-09-01', reference: 'order-12', reason: 'The case was closed' },
      },
    },
    'recall-issued': {
      summary: 'The provider wants the data gone',
      value: {
        kind: 'recall-issued',
        body: { occurredOn: '2025-09-10', dueBy: '2025-09-30', reason: 'The scheme has ended' },
      },
    },
    'recall-answered': {
      summary: 'The recipient has the recall',
      value: {
        kind: 'recall-answered',
        body: { occurredOn: '2025-09-12', answer: 'complying', passedOn: true },
      },
    },
    'destruction-certified': {
      summary: 'The recipient certifies that it destroyed the data',
      value: {
        kind: 'destruction-certified',
        body: {
          occurredOn: '2025-09-24',
          scope: 'logical',
          method: 'purge',
          tool: 'cryptographic erase',
          performer: 'staff-0042',
          verifier: 'staff-0007',
          backups: 'expire-later',
          backupsExpireOn: '2025-12-31',
          derivatives: 'none-existed',
        },
      },
    },
    'destruction-verified': {
      summary: 'The provider is satisfied',
      value: {
        kind: 'destruction-verified',
        body: { occurredOn: '2025-10-02', verifier: 'auditor-3', how: 'Visit, and query of the backups' },
      },
    },
    'destruction-rejected': {
      summary: 'The provider is not satisfied',
      value: {
        kind: 'destruction-rejected',
        body: { occurredOn: '2025-10-02', verifier: 'auditor-3', reason: 'A replica was left out' },
      },
    },
    'record-superseded': {
      summary: 'Another record takes the place of this one',
      value: {
        kind: 'record-superseded',
        body: { occurredOn: '2024-04-02', by: IDS.onward, reason: 'The row count was that of another file' },
      },
    },
    'record-withdrawn': {
      summary: 'Nothing was handed over',
      value: {
        kind: 'record-withdrawn',
        body: { occurredOn: '2024-03-20', reason: 'The despatch was cancelled, the record was not' },
      },
    },
    'correction-issued': {
      summary: 'The data was wrong',
      value: {
        kind: 'correction-issued',
        body: {
          occurredOn: '2024-04-20',
          correctionId: 'corr-1',
          fields: ['address'],
          rows: 310,
          reason: 'Addresses of one district were shifted by a row',
        },
      },
    },
    'correction-confirmed': {
      summary: 'The recipient corrected its copy',
      value: { kind: 'correction-confirmed', body: { occurredOn: '2024-04-28', correctionId: 'corr-1' } },
    },
  },
  recordEntries: {
    two: { summary: 'Two lines: a registration, and an event of a transfer', value: lines },
  },
  registerAgency: { agency: { summary: 'A board that holds only what it received', value: agency } },
  recordAgencyEvent: {
    'agency-changed': {
      summary: 'The agency has a new name',
      value: {
        kind: 'agency-changed',
        body: {
          ...changeable,
          name: 'Hill Board of Information Technology',
          occurredOn: '2025-07-01',
          reason: 'Renamed by the amended act',
        },
      },
    },
  },
  registerAgreement: { agreement: { summary: 'An agreement of two years', value: agreement } },
  recordAgreementEvent: {
    'agreement-amended': {
      summary: 'The agreement is prolonged',
      value: {
        kind: 'agreement-amended',
        body: { ...terms, validUntil: '2026-12-31', reason: 'Prolonged by a year' },
      },
    },
    'agreement-retired': {
      summary: 'The agreement ends early',
      value: {
        kind: 'agreement-retired',
        body: { occurredOn: '2025-10-31', reason: 'The scheme has ended' },
      },
    },
  },
  declareCoverage: { coverage: { summary: 'Two years are complete', value: coverage } },
  requestFingerprintUpload: { file: { summary: 'A file of 9.6 MB', value: { bytes: 9_612_344 } } },
  recordFrame: { frame: { summary: 'All subscribers of a day', value: frame } },
  requestFrameUpload: { file: { summary: 'A file of 38 MB', value: { bytes: 38_204_112 } } },
  requestSampleUpload: {
    sample: { summary: '1,500 rows', value: { sha256: IDS.file, bytes: 38_412 } },
  },
  openIncident: { incident: { summary: 'A leak that has turned up', value: incident } },
  recordIncidentEvent: {
    'finding-recorded': {
      summary: 'Something was found',
      value: {
        kind: 'finding-recorded',
        body: {
          occurredOn: '2026-02-20',
          finding: 'The headers of the leaked file are those of the extract of February 2024',
          transferIds: [IDS.transfer],
        },
      },
    },
    'trace-approved': {
      summary: 'A second auditor approves a sample',
      value: {
        kind: 'trace-approved',
        body: { occurredOn: '2026-01-16', sampleSha256: IDS.file, reason: 'Rows seized under the order' },
      },
    },
    'incident-closed': {
      summary: 'The investigation has ended',
      value: {
        kind: 'incident-closed',
        body: { occurredOn: '2026-06-30', outcome: 'Referred to the prosecutor' },
      },
    },
  },
  askSubject: { person: { summary: 'A person by number and id, under the keys of one year', value: person } },
  runTrace: { leak: { summary: 'Numbers, national ids and addresses of one province', value: leak } },
};
