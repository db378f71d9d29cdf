import type { RequestOf } from '../../core/api/client.ts';
import { legalBases, purposes } from '../../core/model/vocabulary.ts';
import type { ScenarioAgency } from './agencies.ts';

type DataRequestInput = RequestOf<'recordDataRequest'>['body'];
type DataRequestEventInput = RequestOf<'recordDataRequestEvent'>['body'];

/** A request for data, and what became of it. Transfers name it by `name`. */
export interface ScenarioRequest {
  readonly name: string;
  readonly request: DataRequestInput & { provider: ScenarioAgency; recipient: ScenarioAgency };
  readonly events: readonly DataRequestEventInput[];
}

/** Each recorded by the agency that asked. */
export const REQUESTS: readonly ScenarioRequest[] = [
  {
    name: 'numbers-for-citizen-account',
    request: {
      provider: 'telecom-authority',
      recipient: 'it-board-punjab',
      requestedOn: '2022-02-21',
      reference: 'Letter ITB/CA/2022/6',
      title: 'Numbers and national ids of subscribers in Punjab',
      agreement: { id: 'ta-itb-2021', version: 2 },
      purposes: [purposes.identityVerification],
      legalBases: [legalBases.officialAuthority],
      purposeText: 'To send one-time codes only to a number that is registered to the citizen',
      // The addresses were not granted, and yet they leaked.
      fields: ['msisdn', 'cnic', 'operator', 'activation-date', 'address'],
      areas: ['PK-PB'],
      subjects: 'mobile subscribers',
      access: 'bulk',
    },
    events: [
      {
        kind: 'request-granted',
        body: {
          occurredOn: '2022-03-28',
          until: '2022-06-30',
          fields: ['msisdn', 'cnic', 'operator', 'activation-date'],
          approver: 'Director Licensing, by note on file',
          conditions: 'No addresses: the agreement does not cover them',
        },
      },
    ],
  },
  {
    name: 'register-for-tax-profiles',
    request: {
      provider: 'telecom-authority',
      recipient: 'revenue-authority',
      requestedOn: '2023-05-08',
      reference: 'Letter RA/BTB/2023/41',
      title: 'The whole subscriber register with addresses',
      purposes: [purposes.legalCompliance],
      legalBases: [legalBases.legalObligation],
      purposeText: 'To find residents who own several SIMs and file no return',
      fields: ['msisdn', 'cnic', 'name', 'address'],
      areas: ['PK'],
      subjects: 'all subscribers',
      access: 'bulk',
    },
    events: [
      {
        kind: 'request-refused',
        body: {
          occurredOn: '2023-06-02',
          ground: 'excessive',
          reason: 'Nearly everybody in it would be of no concern to the authority; ask for single persons',
        },
      },
    ],
  },
  {
    name: 'visits-for-maternal-health',
    request: {
      provider: 'health-department-punjab',
      recipient: 'research-institute',
      requestedOn: '2024-11-11',
      title: 'Visits of mothers who consented, in two yearly extracts',
      agreement: { id: 'hdp-ri-2024', version: 1 },
      purposes: [purposes.policyMaking],
      legalBases: [legalBases.consent],
      fields: ['cnic', 'birth-date', 'health-record'],
      areas: ['PK-PB'],
      subjects: 'mothers who consented',
      access: 'bulk',
    },
    events: [
      {
        kind: 'request-granted',
        body: { occurredOn: '2024-12-02', until: '2026-12-31', approver: 'Secretary of the department' },
      },
      {
        kind: 'grant-revoked',
        body: {
          occurredOn: '2025-11-03',
          reason: 'Some mothers withdrew their consent, and the extract cannot leave them out',
        },
      },
    ],
  },
  {
    name: 'addresses-for-flood-relief',
    request: {
      provider: 'telecom-authority',
      recipient: 'disaster-authority',
      requestedOn: '2026-02-16',
      answerBy: '2026-03-16',
      reference: 'Letter DA/REL/2026/9',
      title: 'Addresses of subscribers along the rivers',
      purposes: [purposes.welfareDistribution],
      legalBases: [legalBases.publicInterest],
      fields: ['msisdn', 'address'],
      areas: ['PK-SD', 'PK-PB'],
      subjects: 'subscribers in districts that flood',
      access: 'bulk',
    },
    events: [],
  },
];
