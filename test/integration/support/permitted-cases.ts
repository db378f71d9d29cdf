import type { KeyObject } from 'node:crypto';
import { expect } from 'vitest';
import type { AppendKindName } from '../../../core/api/appends.ts';
import { IDS } from '../../../core/api/openapi/ids.ts';
import { frame, person } from '../../../core/api/openapi/records.ts';
import type { Permitted } from '../../../core/api/permissions.ts';
import { TRANSFER_EVENT_KINDS, type TransferEventKind } from '../../../core/lifecycle/transfer-events.ts';
import type { DataRequestEventKind } from '../../../core/model/data-request.ts';
import { event } from '../../core/lifecycle/specs.ts';
import { keyRegistration, keyRevocation, newKey } from '../../support/signing.ts';
import {
  agencyBody,
  agreementBody,
  aSha256,
  coverageBody,
  dataRequestBody,
  incidentBody,
  leakBody,
  PROVIDER,
  RECIPIENT,
  retrospectiveBody,
  THIRD_PARTY,
  transferBody,
} from '../../support/transfers.ts';
import { type Asked, agency, STEWARD, type World } from '../world.ts';
import { AGENCIES, type Asker, appendBy, type Case, WAYS, type Way } from './permitted.ts';
import { askForData, type Ground, handOver, openIncident } from './permitted-ground.ts';

/** Who reads none of a transfer's: neither an auditor nor a party. */
const isOutside = ({ agency: standing, roles }: Asker): boolean =>
  !roles.includes('auditor') && standing !== 'provider' && standing !== 'recipient';
const PARTIES = { 'as provider': ['provider'], 'as recipient': ['recipient'] } as const;
const ABOUT_TRANSFER = { met: PARTIES, hidden: isOutside };
const nothing = async () => undefined;

/** What must have happened to a transfer before an event can. */
const BEFORE: Partial<Record<TransferEventKind, readonly ReturnType<typeof event>[]>> = {
  'legal-hold-lifted': [event('legal-hold-set')],
  'destruction-verified': [event('destruction-certified')],
  'destruction-rejected': [event('destruction-certified')],
  'correction-confirmed': [event('correction-issued')],
  'dispute-answered': [event('transfer-disputed')],
  'record-withdrawn': [event('transfer-disputed', { reason: 'not-received' })],
  'recall-answered': [event('recall-issued')],
  'publication-restored': [event('publication-suppressed')],
};

/** Events of a transfer. A hold is lifted by who set it, so there either party sets it for itself. */
const eventCases = (ground: () => Ground, way: Way): Case<string>[] =>
  TRANSFER_EVENT_KINDS.map((kind) => ({
    what: kind,
    name: way,
    ...ABOUT_TRANSFER,
    prepare: async () => {
      const { world, above } = ground();
      const id = await handOver(world, 'provider', 'recipient', above);
      for (const step of BEFORE[kind] ?? []) await take(world, id, step);
      return id;
    },
    ask: async (who, subject) => {
      const { world, transferId } = ground();
      if (kind === 'legal-hold-lifted' && who.agency === RECIPIENT)
        await take(world, subject, event('legal-hold-set', { reference: 'court-8' }), RECIPIENT);
      const more = {
        ...(kind === 'legal-hold-lifted' && who.agency === RECIPIENT && { reference: 'court-8' }),
        ...(kind === 'record-superseded' && { by: transferId }),
      };
      return appendBy(way, world, who, { kind, subject, body: event(kind, more).body });
    },
    granted: [201],
  }));

async function take(
  world: World,
  id: string,
  { kind, body }: ReturnType<typeof event>,
  by?: string,
): Promise<void> {
  const usual = ['transfer-disputed', 'destruction-certified'].includes(kind) ? RECIPIENT : PROVIDER;
  const asked = { params: { transferId: id }, body: { kind, body } };
  expect((await world.ask('recordTransferEvent', agency(by ?? usual), asked)).status).toBe(201);
}

let made = 0;
/** Kinds that open a history, or go on with one that is no transfer's. */
const otherCases = (ground: () => Ground, way: Way): Case<string>[] => {
  const opening = (
    what: AppendKindName,
    body: () => unknown,
    more: Partial<Case<string>> & { name?: string } = {},
  ): Case<string> => ({
    what,
    met: {},
    granted: [201],
    ...more,
    name: [more.name, way].filter(Boolean).join(', '),
    prepare: async () => '',
    ask: (who) => appendBy(way, ground().world, who, { kind: what, body: body() }),
  });
  const following = (
    what: AppendKindName,
    prepare: () => Promise<string>,
    body: () => unknown,
  ): Case<string> => ({
    what,
    name: way,
    met: {},
    prepare,
    ask: (who, subject) => appendBy(way, ground().world, who, { kind: what, subject, body: body() }),
    granted: [201],
  });
  const agreement = async () => {
    const agreementId = `agr-made-${++made}`;
    await ground().world.ask('registerAgreement', STEWARD, { body: agreementBody({ agreementId }) });
    return agreementId;
  };
  const incident = () => openIncident(ground().world);
  const { agreementId: _id, ...terms } = agreementBody();
  const { agencyId: _other, ...changed } = agencyBody();
  const asProvider = { 'as provider': ['provider'] } as const;
  const declared = retrospectiveBody({ assertion: 'recipient-declared' });
  return [
    opening('transfer-recorded', () => transferBody(), { name: 'at the time', met: asProvider }),
    opening('transfer-recorded', () => retrospectiveBody(), {
      name: 'after the fact',
      met: asProvider,
      late: true,
    }),
    opening('transfer-recorded', () => declared, {
      name: 'declared by the recipient',
      met: { ...asProvider, 'as recipient, by its own declaration': ['recipient'] },
      late: true,
    }),
    opening('data-requested', () => dataRequestBody(), {
      met: { ...asProvider, 'as recipient': ['recipient'] },
    }),
    opening('coverage-declared', () => coverageBody(), { met: asProvider }),
    opening('agency-registered', () => agencyBody({ agencyId: `agency-${++made}` })),
    opening('agreement-registered', () => agreementBody({ agreementId: `agr-opened-${++made}` })),
    opening('frame-recorded', () => frame),
    opening('incident-opened', () => incidentBody()),
    following(
      'agency-changed',
      async () => THIRD_PARTY,
      () => ({ ...changed, occurredOn: '2025-07-01', reason: 'Renamed' }),
    ),
    following('agreement-amended', agreement, () => ({ ...terms, reason: 'Prolonged' })),
    following('agreement-retired', agreement, () => ({ occurredOn: '2025-10-31', reason: 'Ended' })),
    following('finding-recorded', incident, () => ({
      occurredOn: '2026-02-20',
      finding: 'The headers are alike',
    })),
    following('trace-approved', incident, () => ({
      occurredOn: '2026-01-16',
      sampleSha256: IDS.file,
      reason: 'Seized under the order',
    })),
    following('incident-closed', incident, () => ({ occurredOn: '2026-06-30', outcome: 'Referred' })),
  ];
};

/** What becomes of a request for data. */
const requestCases = (ground: () => Ground, way: Way): Case<string>[] =>
  (Object.keys(REQUEST_EVENTS) as DataRequestEventKind[]).map((kind) => ({
    what: kind,
    name: way,
    ...ABOUT_TRANSFER,
    prepare: async () => {
      const { world } = ground();
      const requestId = await askForData(world);
      if (kind === 'grant-revoked') {
        const asked = {
          kind: 'request-granted',
          subject: requestId,
          body: REQUEST_EVENTS['request-granted'],
        };
        expect((await appendBy('a request', world, agency(PROVIDER), asked as never)).status).toBe(201);
      }
      return requestId;
    },
    ask: (who, subject) => appendBy(way, ground().world, who, { kind, subject, body: REQUEST_EVENTS[kind] }),
    granted: [201],
  }));
const REQUEST_EVENTS = {
  'request-granted': { occurredOn: '2024-02-12', until: '2024-12-31', approver: 'director-data' },
  'request-refused': { occurredOn: '2024-02-12', ground: 'excessive', reason: 'More than is needed' },
  'request-withdrawn': { occurredOn: '2024-02-12', reason: 'Not needed any more' },
  'grant-revoked': { occurredOn: '2024-03-12', reason: 'The scheme has ended' },
} satisfies Record<DataRequestEventKind, object>;

/** What an agency does with its keys, and with where it is told. It has one, and signs with it, so that its permission is what is asked for. */
const keyCases = (ground: () => Ground, way: Way): Case<string>[] => {
  const key = newKey();
  let isKnown = false;
  const bySteward = (kind: AppendKindName, body: unknown) =>
    appendBy('a request', ground().world, STEWARD, { kind, subject: THIRD_PARTY, body });
  const about = (
    kind: AppendKindName,
    body: (fresh: KeyObject) => unknown,
    after: () => Promise<unknown> = nothing,
  ): Case<string> => {
    let fresh: KeyObject;
    return {
      what: kind,
      name: way,
      met: { 'of itself': ['stranger'] },
      prepare: async () => {
        const { world } = ground();
        if (!isKnown) await bySteward('agency-key-registered', keyRegistration(THIRD_PARTY, key));
        if (!isKnown) await world.settle();
        isKnown = true;
        fresh = newKey();
        if (kind === 'agency-key-revoked')
          await bySteward('agency-key-registered', keyRegistration(THIRD_PARTY, fresh));
        return THIRD_PARTY;
      },
      ask: async (who, subject) => {
        const own = who.agency === THIRD_PARTY && { key };
        const answer = await appendBy(way, ground().world, who, { kind, subject, body: body(fresh), ...own });
        if (answer.status === 201) await after();
        return answer;
      },
      granted: [201],
    };
  };
  const required = { occurredOn: '2026-01-11', required: true, reason: 'Decision of the board' };
  return [
    about('agency-key-registered', (fresh) => keyRegistration(THIRD_PARTY, fresh)),
    about('agency-key-revoked', (fresh) => keyRevocation(fresh)),
    about('agency-webhook-changed', () => ({ occurredOn: '2026-01-11', reason: 'None is needed' })),
    about(
      'agency-signing-changed',
      () => required,
      // Everything else is asked for without signatures.
      async () => {
        await bySteward('agency-signing-changed', { ...required, required: false });
        await ground().world.settle();
      },
    ),
  ];
};

/** Operations that append no such kind. */
const operationCases = (ground: () => Ground): Case[] => {
  const asking = (
    what: Exclude<Permitted, AppendKindName>,
    asked: (ground: Ground) => Asked = () => ({}),
    more: Partial<Case> = {},
  ): Case => ({
    what,
    name: '',
    met: {},
    granted: [200],
    ...more,
    prepare: nothing,
    ask: (who) => ground().world.ask(what, who, asked(ground())),
  });
  const transfer = ({ transferId }: Ground) => ({ params: { transferId } });
  const appended = { 'as who appended it': ['provider'] } as const;
  const never = () => true;
  const file = { bytes: 1_000 };
  return [
    asking('requestFingerprintUpload', (on) => ({ ...transfer(on), body: file }), ABOUT_TRANSFER),
    asking('requestFrameUpload', ({ frameId }) => ({ params: { frameId }, body: file })),
    asking('requestSampleUpload', ({ incidentId }) => ({
      params: { incidentId },
      body: { ...file, sha256: aSha256('sample') },
    })),
    asking('runTrace', ({ incidentId }) => ({ params: { incidentId }, body: leakBody() }), {
      granted: [201],
    }),
    asking('getTrace', ({ incidentId, traceId }) => ({ params: { incidentId, traceId } })),
    asking('askSubject', () => ({ body: person }), { granted: [201] }),
    asking('listTransfers', undefined, { met: EVERYONE_PARTLY }),
    asking('getTransfer', transfer, ABOUT_TRANSFER),
    asking('getHistory', transfer, ABOUT_TRANSFER),
    asking('getLineage', transfer, ABOUT_TRANSFER),
    asking('listDataRequests', undefined, { met: EVERYONE_PARTLY }),
    asking('getDataRequest', ({ requestId }) => ({ params: { requestId } }), ABOUT_TRANSFER),
    ...(['getEntry', 'getReceipt'] as const).flatMap((what) => [
      asking(what, ({ requestId }) => ({ params: { entryId: requestId.slice(3) } }), {
        name: 'of a request',
        met: { ...PARTIES, 'as who appended it': ['recipient'] },
        hidden: isOutside,
      }),
      asking(what, ({ transferId }) => ({ params: { entryId: transferId.slice(3) } }), {
        name: 'of a transfer',
        met: { ...PARTIES, ...appended },
        hidden: isOutside,
      }),
      asking(what, ({ declared }) => ({ params: { entryId: declared } }), {
        name: 'of something else',
        met: appended,
        hidden: never,
      }),
    ]),
    asking('listEntries'),
    asking('getEntryBundle', ({ size }) => ({ params: { bundle: `000.p/${size}` } })),
    asking('listAgencies'),
    asking('getAgency', () => ({ params: { agencyId: PROVIDER } })),
    asking('listAgreements'),
    asking('getAgreement', () => ({ params: { agreementId: 'agr-2024-03' } })),
    asking('listFrames'),
    asking('listObligations', undefined, {
      name: 'all that one may see',
      met: { 'as who is obliged': Object.keys(AGENCIES) as (keyof typeof AGENCIES)[] },
    }),
    asking('listObligations', () => ({ query: { agency: RECIPIENT } }), {
      name: 'of one agency',
      met: { 'as who is obliged': ['recipient'] },
    }),
    asking('getCoverage'),
    asking('listIncidents'),
    asking('getIncident', ({ incidentId }) => ({ params: { incidentId } })),
    asking('listAccess'),
    asking('getCheckpoint'),
    asking('getCheckpointOfSize', ({ size }) => ({ params: { size } })),
    asking('getVerifierKey'),
    asking('getNoticeKeys'),
    asking('getTile', ({ size }) => ({ params: { tile: `0/000.p/${size}` } })),
    asking('listPublicRegister'),
    asking('publicRegisterCsv'),
    asking('publicRegisterPage'),
    asking('openapi'),
    asking('docs'),
    asking('docsAsset', () => ({ params: { asset: 'no-such.js' } }), { granted: [404, 'not-found'] }),
    asking('healthz'),
  ];
};
/** A list is no refusal: each agency sees its own. */
const EVERYONE_PARTLY = { 'as provider': Object.keys(AGENCIES) as (keyof typeof AGENCIES)[] };

/** Every line of the table, each way in which it can be asked for. @param ground prepared by the time that is asked */
export const casesOn = (ground: () => Ground): readonly Case[] => [
  ...WAYS.flatMap(
    (way) =>
      [
        ...eventCases(ground, way),
        ...requestCases(ground, way),
        ...otherCases(ground, way),
        ...keyCases(ground, way),
      ] as unknown as Case[],
  ),
  ...operationCases(ground),
];
