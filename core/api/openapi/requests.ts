import type * as z from 'zod';
import type { AppendLine } from '../appends.ts';
import type { RequestOf } from '../client.ts';
import type { Operation } from '../routes.ts';
import { dataRequest, dataRequestEvents } from './data-requests.ts';
import type { Examples } from './examples.ts';
import { IDS } from './ids.ts';
import {
  agency,
  agreement,
  coverage,
  frame,
  fullTransfer,
  incident,
  leak,
  person,
  retrospectiveTransfer,
  signingKey,
} from './records.ts';

type BodyOf<O extends Operation> = RequestOf<O> extends { body: infer Body } ? Body : never;

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
  recordDataRequest: { request: { summary: 'Data of one province', value: dataRequest } },
  recordDataRequestEvent: dataRequestEvents,
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
    'publication-suppressed': {
      summary: 'The public register must not show it for a while',
      value: {
        kind: 'publication-suppressed',
        body: {
          occurredOn: '2025-02-03',
          basis: 'criminal-investigation',
          authority: 'Order 41 of the magistrate, s. 12(3) of the Act',
          until: '2025-12-31',
        },
      },
    },
    'publication-restored': {
      summary: 'The public register may show it again',
      value: {
        kind: 'publication-restored',
        body: { occurredOn: '2025-07-15', reason: 'The case has gone to court' },
      },
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
    'agency-key-registered': {
      summary: 'A key that the agency signs with',
      value: { kind: 'agency-key-registered', body: signingKey },
    },
    'agency-key-revoked': {
      summary: 'The key was replaced',
      value: {
        kind: 'agency-key-revoked',
        body: {
          occurredOn: '2026-01-15',
          keyId: 'poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U',
          reason: 'The machine that held it was sold',
        },
      },
    },
    'agency-signing-changed': {
      summary: 'Nothing counts as the agency’s own unless it is signed',
      value: {
        kind: 'agency-signing-changed',
        body: { occurredOn: '2025-07-02', required: true, reason: 'Decision of the board' },
      },
    },
    'agency-webhook-changed': {
      summary: 'Where the agency is told what it owes',
      value: {
        kind: 'agency-webhook-changed',
        body: {
          occurredOn: '2025-07-02',
          url: 'https://intake.it-board.example.org/amanat',
          reason: 'The intake system is in operation',
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
