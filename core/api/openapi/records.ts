import type * as z from 'zod';
import type { SIGNING_EVENTS } from '../../lifecycle/signing.ts';
import type { FrameRecord } from '../../model/frame.ts';
import type { IncidentRecord, LeakDescription } from '../../model/incident.ts';
import type { AgencyRecord, AgreementRecord, CoverageDeclaration } from '../../model/registry.ts';
import type { SubjectQuestion } from '../../model/subject.ts';
import type { TransferRecord } from '../../model/transfer.ts';
import { legalBases, purposes } from '../../model/vocabulary.ts';
import { IDS } from './ids.ts';

/* The records that examples of requests and answers are made of. */

/** A hand-over with everything that a record can say. */
export const fullTransfer: z.input<typeof TransferRecord> = {
  provider: { agencyId: 'numbering-authority', unit: 'Register of subscribers' },
  recipient: { agencyId: 'hill-it-board', unit: 'Welfare systems' },
  custodians: [
    { role: 'approver', staffRef: 'director-data' },
    { role: 'receiver', staffRef: 'staff-0042' },
  ],
  agreement: { id: 'agr-2024-03', version: 1, clause: '4.2' },
  requestId: IDS.request,
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
export const retrospectiveTransfer: z.input<typeof TransferRecord> = {
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

/** The key of RFC 9421, B.1.4. */
export const signingKey: z.input<(typeof SIGNING_EVENTS)['agency-key-registered']> = {
  occurredOn: '2025-07-01',
  key: { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' },
  proof: 'EamthsEXvwhaA+V7Kh8/iQrC9b7rmYRtslmEvL7qGY5bsXnyrCdFIQUV/cL2FediuZeaFibxIHHpDf5IHIOIAQ==',
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
