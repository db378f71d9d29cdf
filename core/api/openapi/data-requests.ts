import type * as z from 'zod';
import type { DataRequest } from '../../model/data-request.ts';
import { legalBases, purposes } from '../../model/vocabulary.ts';
import type { Obligation } from '../answers.ts';
import type { RequestOf } from '../client.ts';
import type { RecordedRequest } from '../data-requests.ts';
import type { Examples } from './examples.ts';
import { IDS } from './ids.ts';

/** What was asked for before the hand-over of the other examples. */
export const dataRequest: z.input<typeof DataRequest> = {
  provider: 'numbering-authority',
  recipient: 'hill-it-board',
  requestedOn: '2024-02-12',
  answerBy: '2024-03-01',
  reference: 'letter 24/031',
  title: 'Subscribers of the province, for the winter support',
  dataset: 'subscriber-register',
  agreement: { id: 'agr-2024-03', version: 1 },
  purposes: [purposes.welfareEligibility],
  legalBases: [legalBases.officialAuthority],
  purposeText: 'To find households that qualify for the winter support',
  fields: ['msisdn', 'cnic', 'name', 'address'],
  areas: ['PK-PB'],
  subjects: 'prepaid subscribers',
  access: 'bulk',
  keepUntil: '2025-06-30',
};

export const dataRequestEvents: Examples<RequestOf<'recordDataRequestEvent'>['body']> = {
  'request-granted': {
    summary: 'The provider grants a part of it',
    value: {
      kind: 'request-granted',
      body: {
        occurredOn: '2024-02-26',
        until: '2024-06-30',
        fields: ['msisdn', 'cnic', 'address'],
        approver: 'director-data',
        conditions: 'The address to the level of the tehsil only',
      },
    },
  },
  'request-refused': {
    summary: 'The provider refuses it',
    value: {
      kind: 'request-refused',
      body: {
        occurredOn: '2024-02-26',
        ground: 'excessive',
        reason: 'Names are not needed to find households',
      },
    },
  },
  'request-withdrawn': {
    summary: 'The agency that asked does not need it any more',
    value: {
      kind: 'request-withdrawn',
      body: { occurredOn: '2024-02-20', reason: 'The scheme was put off' },
    },
  },
  'grant-revoked': {
    summary: 'Nothing more is handed over upon it',
    value: {
      kind: 'grant-revoked',
      body: { occurredOn: '2024-04-02', reason: 'The scheme has ended' },
    },
  },
};

const requested = {
  requestId: IDS.request,
  entryId: IDS.requestEntry,
  recordedAt: '2024-02-12T08:11:20.512Z',
  principal: { sub: 'intake-job', agency: 'hill-it-board', roles: [] },
  request: dataRequest,
  flags: [],
  answerBy: '2024-03-01',
};
export const grantedRequest: z.input<typeof RecordedRequest> = {
  ...requested,
  state: 'granted',
  granted: {
    entryId: IDS.eventEntry,
    occurredOn: '2024-02-26',
    until: '2024-06-30',
    fields: ['msisdn', 'cnic', 'address'],
    areas: ['PK-PB'],
    approver: 'director-data',
    conditions: 'The address to the level of the tehsil only',
  },
};

/** What was owed before the answer. */
export const answerOwed: z.input<typeof Obligation> = {
  requestId: IDS.request,
  kind: 'answer-request',
  obliged: 'numbering-authority',
  dueOn: '2024-03-01',
  daysOverdue: 0,
  since: '2024-02-12',
  why: 'The data was asked for, and the provider has neither granted nor refused the request.',
  cause: IDS.requestEntry,
  request: { ...requested, state: 'open' },
};
