import { legalBases, purposes } from '../../../core/model/vocabulary.ts';
import {
  atTheTime,
  backFilled,
  clear,
  custodians,
  file,
  lacking,
  noFiles,
  on,
  type ScenarioTransfer,
} from './shapes.ts';

/** What went to the investigation agency. */
export const INVESTIGATIONS: readonly ScenarioTransfer[] = [
  {
    // Single answers over two and a half years: a rival explanation, for answers can be collected.
    name: 'case-queries-2021-2023',
    record: {
      provider: { agencyId: 'telecom-authority', unit: 'Lawful requests' },
      recipient: { agencyId: 'investigation-agency' },
      custodians: custodians('TA-LR-01', 'IA-TS-01'),
      agreement: { id: 'ta-ia-2019', version: 1 },
      purposes: [purposes.crimeInvestigation],
      legalBases: [legalBases.legalObligation],
      dataset: { id: 'case-queries', title: 'Queries for subscribers by number, device or national id' },
      fields: [
        clear('number', 'msisdn'),
        clear('nationalId', 'cnic'),
        clear('name', 'name'),
        clear('device', 'imei'),
        clear('subscription', 'imsi'),
      ],
      coverage: { areas: ['PK'], subjects: 'mobile subscribers named in a case' },
      snapshot: { from: '2021-07-01', to: '2023-12-31' },
      volume: { rows: 48_112, exact: true },
      manifest: noFiles,
      handedOver: on('2021-07-01', '2023-12-31'),
      method: 'api',
      encryption: 'transport',
      access: 'api-query',
      retention: { period: 'P2Y', trigger: 'closure of the case', reviewBy: '2028-12-31' },
      disposal: 'erase',
      ...backFilled('high', {
        kind: 'log',
        description: 'Query log of the service, counted by month',
        reference: 'TA/LR/queries',
      }),
    },
    events: [
      {
        kind: 'transfer-acknowledged',
        body: { occurredOn: '2024-02-05', rows: 48_112, storedAt: 'Case files' },
      },
    ],
  },
  {
    name: 'case-queries-2025',
    record: {
      provider: { agencyId: 'telecom-authority', unit: 'Lawful requests' },
      recipient: { agencyId: 'investigation-agency' },
      custodians: custodians('TA-LR-01', 'IA-TS-01'),
      agreement: { id: 'ta-ia-2019', version: 1 },
      purposes: [purposes.crimeInvestigation],
      legalBases: [legalBases.legalObligation],
      dataset: { id: 'case-queries', title: 'Queries for subscribers and calls, under a warrant each' },
      fields: [
        clear('number', 'msisdn'),
        clear('nationalId', 'cnic'),
        clear('calls', 'call-detail'),
        clear('cell', 'cell-location'),
      ],
      coverage: { areas: ['PK'], subjects: 'mobile subscribers named in a case' },
      snapshot: { from: '2025-01-01', to: '2025-12-31' },
      volume: { rows: 21_904, exact: true },
      manifest: noFiles,
      handedOver: on('2025-01-01', '2025-12-31'),
      method: 'x-road',
      encryption: 'end-to-end',
      access: 'api-query',
      retention: { period: 'P2Y', trigger: 'closure of the case', reviewBy: '2029-12-31' },
      disposal: 'erase',
      ...atTheTime,
    },
    events: [
      {
        kind: 'transfer-acknowledged',
        body: { occurredOn: '2026-01-07', rows: 21_904, storedAt: 'Case files' },
      },
    ],
  },
  {
    // Nobody wrote down what the disc held, so nothing excludes it and it is in no set.
    name: 'disc-for-provincial-office-2021',
    recordedBy: 'steward',
    record: {
      provider: { agencyId: 'telecom-authority' },
      recipient: { agencyId: 'investigation-agency', unit: 'Provincial office' },
      dataset: { id: 'disc-without-label', title: 'A disc named in a delivery book, contents unknown' },
      handedOver: on('2021-09-01', '2022-02-28'),
      method: 'physical-media',
      assertion: 'inferred',
      confidence: 'low',
      evidence: [
        {
          kind: 'other',
          description: 'A line in the delivery book of the courier: one disc, from data services',
          reference: 'Delivery book 9, page 14',
        },
      ],
      lacking: [
        ...lacking('no request or letter was found', 'agreement', 'purposes', 'legalBases', 'custodians'),
        ...lacking('the disc was not found', 'fields', 'coverage', 'snapshot', 'volume', 'manifest'),
        ...lacking('nothing tells of it', 'encryption', 'access', 'retention', 'disposal'),
      ],
    },
    events: [
      {
        kind: 'transfer-disputed',
        body: {
          occurredOn: '2024-08-19',
          reason: 'not-received',
          text: 'The office has no entry of such a disc',
        },
      },
    ],
  },
  {
    name: 'accounts-for-laundering-cases-2024',
    record: {
      provider: { agencyId: 'revenue-authority', unit: 'Intelligence' },
      recipient: { agencyId: 'investigation-agency', unit: 'Financial crime' },
      custodians: custodians('RA-IN-04', 'IA-FC-13'),
      agreement: { id: 'ra-ia-2023', version: 1 },
      purposes: [purposes.crimeInvestigation],
      legalBases: [legalBases.legalObligation],
      dataset: { id: 'declared-accounts', title: 'Accounts and property declared by persons under inquiry' },
      fields: [
        clear('cnic', 'cnic'),
        clear('ntn', 'ntn'),
        clear('iban', 'bank-account'),
        clear('property', 'property'),
      ],
      coverage: { areas: ['PK'], subjects: 'persons under inquiry' },
      snapshot: { from: '2023-06-30', to: '2024-02-29' },
      volume: { rows: 1_842, exact: true },
      manifest: [file('accounts_inquiry_2024.csv', 1_842, 221_040)],
      handedOver: on('2024-03-18'),
      method: 'https',
      encryption: 'end-to-end',
      access: 'bulk',
      retention: { until: '2025-03-31' },
      disposal: 'destruct',
      ...atTheTime,
    },
    events: [
      {
        kind: 'transfer-acknowledged',
        body: { occurredOn: '2024-03-18', rows: 1_842, storedAt: 'Case files' },
      },
      {
        kind: 'legal-hold-set',
        party: 'provider',
        body: { occurredOn: '2024-11-25', reference: 'Reference 77 of 2024', reason: 'Trial has begun' },
      },
      {
        kind: 'legal-hold-lifted',
        party: 'provider',
        body: { occurredOn: '2025-12-08', reference: 'Reference 77 of 2024', reason: 'The trial has ended' },
      },
    ],
  },
];
