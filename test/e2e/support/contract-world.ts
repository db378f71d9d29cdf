import { type Client, createClient, type RequestOf } from '../../../core/api/client.ts';
import type { Examples } from '../../../core/api/openapi/examples.ts';
import { IDS } from '../../../core/api/openapi/ids.ts';
import { fullTransfer } from '../../../core/api/openapi/records.ts';
import { REQUEST_EXAMPLES } from '../../../core/api/openapi/requests.ts';
import { partiesFor } from '../../../core/api/permissions.ts';
import { TRANSFER_EVENT_KINDS, type TransferEventKind } from '../../../core/lifecycle/transfer-events.ts';
import type { DataRequestEventKind } from '../../../core/model/data-request.ts';
import type { RunningSystem } from './system.ts';

/** Who may speak in the tests, by a name for the messages. */
export const SPEAKERS = {
  steward: { roles: ['steward'] },
  auditor: { roles: ['auditor'] },
  operator: { roles: ['operator'] },
  custodian: { roles: ['custodian'] },
  provider: { agency: 'numbering-authority' },
  recipient: { agency: 'hill-it-board' },
  stranger: { agency: 'unheard-of' },
  everything: { roles: ['steward', 'auditor', 'operator', 'custodian'], agency: 'numbering-authority' },
} as const;
export type Speaker = keyof typeof SPEAKERS;

/** What must have happened to a transfer before an event can. */
const BEFORE: Partial<Record<TransferEventKind, TransferEventKind>> = {
  'legal-hold-lifted': 'legal-hold-set',
  'destruction-verified': 'destruction-certified',
  'destruction-rejected': 'destruction-certified',
  'correction-confirmed': 'correction-issued',
  'dispute-answered': 'transfer-disputed',
  'record-withdrawn': 'transfer-disputed',
  'recall-answered': 'recall-issued',
  'publication-restored': 'publication-suppressed',
};

const GOING_ON = 'agr-2024-04';

export interface World {
  /** Ids that exist, by the name of the parameter that takes them. */
  readonly known: Readonly<Record<string, readonly string[]>>;
  readonly as: (speaker: Speaker) => Client;
}

/** Sends every example of the API's document where it belongs: each of them must be accepted. */
export async function recordExamples(system: RunningSystem, fetch: typeof globalThis.fetch): Promise<World> {
  const as = (speaker: Speaker) =>
    createClient({ url: system.url, token: () => system.token(SPEAKERS[speaker]), fetch });
  const steward = as('steward');
  let keys = 0;
  const key = () => ({ idempotencyKey: `example-${++keys}` });

  const agencies = [
    { agencyId: 'numbering-authority', name: 'Numbering Authority', kind: 'regulator' },
    { agencyId: 'harbour-income-support', name: 'Harbour Income Support', kind: 'social-protection' },
  ] as const;
  for (const body of agencies) await steward.call('registerAgency', { body, ...key() });
  for (const body of bodies('registerAgency')) await steward.call('registerAgency', { body, ...key() });
  for (const body of bodies('registerAgreement')) await steward.call('registerAgreement', { body, ...key() });
  // The example is retired at the end; this one goes on.
  for (const body of bodies('registerAgreement'))
    await steward.call('registerAgreement', { body: { ...body, agreementId: GOING_ON }, ...key() });
  for (const body of bodies('declareCoverage'))
    await as('provider').call('declareCoverage', { body, ...key() });

  const requests: string[] = [];
  const ask = async () => {
    for (const body of bodies('recordDataRequest'))
      requests.push((await as('recipient').call('recordDataRequest', { body, ...key() })).requestId ?? '');
    return requests.at(-1) ?? '';
  };
  const answer = async (requestId: string, kind: DataRequestEventKind) => {
    const body = bodies('recordDataRequestEvent').find((event) => event.kind === kind);
    if (!body) throw new TypeError(`no example of ${kind}`);
    const speaker = partiesFor(kind).includes('provider') ? 'provider' : 'recipient';
    await as(speaker).call('recordDataRequestEvent', { params: { requestId }, body, ...key() });
  };
  const granted = await ask();
  await answer(granted, 'request-granted');
  for (const kind of ['request-refused', 'request-withdrawn'] as const) await answer(await ask(), kind);
  const revoked = await ask();
  for (const kind of ['request-granted', 'grant-revoked'] as const) await answer(revoked, kind);
  await ask();

  const record = async () => {
    const body = withOther(fullTransfer, '', granted);
    const { transferId } = await as('provider').call('recordTransfer', { body, ...key() });
    if (transferId === undefined) throw new TypeError('a recorded transfer has an id');
    return transferId;
  };
  const transfers: string[] = [await record()];
  for (const body of bodies('recordTransfer'))
    transfers.push(
      (await steward.call('recordTransfer', { body: retold(withOther(body, '', granted)), ...key() }))
        .transferId ?? '',
    );

  const sendEvent = async (transferId: string, kind: TransferEventKind, otherwise = {}): Promise<void> => {
    const body = bodies('recordTransferEvent').find((event) => event.kind === kind);
    if (!body) throw new TypeError(`no example of ${kind}`);
    const speaker = partiesFor(kind).includes('provider') ? 'provider' : 'recipient';
    const known = kind === 'record-superseded' ? withOther(body, transfers[0] ?? '') : body;
    await as(speaker).call('recordTransferEvent', {
      params: { transferId },
      body: { ...known, body: { ...known.body, ...otherwise } } as typeof known,
      ...key(),
    });
  };
  for (const kind of TRANSFER_EVENT_KINDS) {
    const transferId = await record();
    transfers.push(transferId);
    const before = BEFORE[kind];
    // Only what was never received is withdrawn.
    const otherwise = kind === 'record-withdrawn' ? { reason: 'not-received' } : {};
    if (before) await sendEvent(transferId, before, otherwise);
    await sendEvent(transferId, kind);
  }

  const frames: string[] = [];
  for (const body of bodies('recordFrame'))
    frames.push((await steward.call('recordFrame', { body, ...key() })).frameId ?? '');
  for (const body of bodies('requestFrameUpload'))
    await steward.call('requestFrameUpload', { params: { frameId: frames[0] ?? '' }, body });
  for (const body of bodies('requestFingerprintUpload'))
    await as('provider').call('requestFingerprintUpload', { params: { transferId: await record() }, body });

  for (const body of bodies('askSubject')) await as('custodian').call('askSubject', { body, ...key() });

  const auditor = as('auditor');
  const incidents: string[] = [];
  for (const body of [...bodies('openIncident'), ...bodies('openIncident')])
    incidents.push((await auditor.call('openIncident', { body, ...key() })).incidentId ?? '');
  const [incidentId = '', closed = ''] = incidents;
  for (const body of bodies('requestSampleUpload'))
    await auditor.call('requestSampleUpload', { params: { incidentId }, body });
  const traces: string[] = [];
  for (const body of bodies('runTrace'))
    traces.push((await auditor.call('runTrace', { params: { incidentId }, body, ...key() })).traceId);
  for (const body of bodies('recordIncidentEvent')) {
    const event = withOther(body, transfers[0] ?? '');
    await auditor.call('recordIncidentEvent', { params: { incidentId: closed }, body: event, ...key() });
  }
  // A key is revoked last, since to sign needs one; and who speaks for the agency in what follows signs nothing.
  const revokes = ({ kind }: { kind: string }) => Number(kind === 'agency-key-revoked');
  const unsigned = { occurredOn: '2025-07-03', required: false, reason: 'Keys are being replaced' };
  for (const body of [
    ...bodies('recordAgencyEvent').sort((a, b) => revokes(a) - revokes(b)),
    { kind: 'agency-signing-changed', body: unsigned } as const,
  ])
    await steward.call('recordAgencyEvent', { params: { agencyId: 'hill-it-board' }, body, ...key() });
  for (const body of bodies('recordAgreementEvent'))
    await steward.call('recordAgreementEvent', { params: { agreementId: 'agr-2024-03' }, body, ...key() });

  for (const body of bodies('recordEntries'))
    for (const speaker of ['steward', 'recipient'] as const)
      await as(speaker).call('recordEntries', { body: withOther(body, transfers[0] ?? '') });

  const entries = transfers.map((id) => id.slice(3));
  return {
    as,
    known: {
      transferId: transfers,
      requestId: requests,
      entryId: entries,
      frameId: frames,
      incidentId: incidents,
      traceId: traces,
      agencyId: ['numbering-authority', 'hill-it-board', 'harbour-income-support'],
      agreementId: ['agr-2024-03', GOING_ON],
      tile: ['0/000.p/1', '0/000.p/2', '1/000.p/1'],
      bundle: ['000.p/1', '000.p/3'],
      asset: ['redoc.standalone.js', 'redoc.standalone.js.LICENSE.txt'],
    },
  };
}

/** Asks every question of the API about what there is. */
export async function askEverything({ as, known }: World): Promise<void> {
  const [transferId = '', entryId = '', incidentId = '', traceId = ''] = (
    ['transferId', 'entryId', 'incidentId', 'traceId'] as const
  ).map((name) => known[name]?.[0] ?? '');
  const auditor = as('auditor');
  const someday = '2024-12-31';
  const queries: NonNullable<RequestOf<'listTransfers'>['query']>[] = [
    { limit: 1 },
    { field: ['cnic', 'msisdn'], match: 'any' },
    { q: 'register', area: 'PK', state: 'overdue' },
  ];
  for (const query of queries) await auditor.call('listTransfers', { query });
  for (const id of known['transferId'] ?? []) {
    await auditor.call('getTransfer', { params: { transferId: id } });
    await auditor.call('getHistory', { params: { transferId: id } });
  }
  await as('provider').call('getTransfer', { params: { transferId }, query: { validAt: someday } });
  await as('recipient').call('listTransfers');
  for (const direction of ['upstream', 'downstream'] as const)
    await auditor.call('getLineage', { params: { transferId }, query: { direction } });
  await auditor.call('listDataRequests', { query: { state: 'granted' } });
  for (const requestId of known['requestId'] ?? [])
    await auditor.call('getDataRequest', { params: { requestId } });
  await auditor.call('getEntry', { params: { entryId } });
  await auditor.call('listEntries', { query: { limit: 10 } });
  const [, size = ''] = (await auditor.call('getCheckpoint')).split('\n');
  await auditor.call('getCheckpointOfSize', { params: { size: Number(size) } });
  await auditor.call('getVerifierKey');
  await auditor.call('getNoticeKeys');
  await auditor.call('getReceipt', { params: { entryId } });
  await auditor.send('getTile', { params: { tile: '0/000.p/1' } });
  await auditor.send('getEntryBundle', { params: { bundle: '000.p/1' } });
  await auditor.call('listAgencies', { query: { limit: 1 } });
  await auditor.call('getAgency', { params: { agencyId: 'hill-it-board' } });
  await auditor.call('listAgreements');
  await auditor.call('getAgreement', { params: { agreementId: 'agr-2024-03' } });
  await auditor.call('listObligations');
  await auditor.call('listObligations', { query: { dueBefore: '2099-01-01' } });
  await auditor.call('getCoverage');
  await auditor.call('listAccess');
  await auditor.call('listFrames');
  await auditor.call('listIncidents');
  await auditor.call('getIncident', { params: { incidentId } });
  await auditor.call('getTrace', { params: { incidentId, traceId } });
  await auditor.call('listPublicRegister');
  await auditor.call('publicRegisterCsv');
  await auditor.call('publicRegisterPage');
  await auditor.call('openapi');
  await auditor.call('docs');
  for (const asset of known['asset'] ?? []) await auditor.send('docsAsset', { params: { asset } });
  await auditor.call('healthz');
}

type WithBody = keyof typeof REQUEST_EXAMPLES;
const bodies = <O extends WithBody>(operation: O): BodyOf<O>[] => {
  const examples: Examples<BodyOf<O>> = { ...(REQUEST_EXAMPLES[operation] as Examples<BodyOf<O>>) };
  return Object.values(examples).map(({ value }) => value);
};
type BodyOf<O extends WithBody> =
  NonNullable<(typeof REQUEST_EXAMPLES)[O]> extends Readonly<Record<string, { value: infer Body }>>
    ? Body
    : never;

/** A steward records only after the fact. */
const retold = (body: BodyOf<'recordTransfer'>): BodyOf<'recordTransfer'> =>
  body.assertion === 'contemporaneous'
    ? {
        ...body,
        assertion: 'retrospective',
        confidence: 'high',
        evidence: [{ kind: 'register', description: 'Despatch register' }],
      }
    : body;

/** The same with a transfer, and a request, that exist in the place of those that the examples name. */
const withOther = <T>(body: T, transferId: string, requestId = ''): T =>
  JSON.parse(
    JSON.stringify(body)
      .replaceAll(IDS.onward, transferId)
      .replaceAll(IDS.transfer, transferId)
      .replaceAll(IDS.request, requestId),
  ) as T;

/** Waits until the views show all that was recorded. */
export async function untilProjected({ known, as }: World): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { items } = await as('auditor').call('listTransfers', { query: { limit: 200 } });
    const shown = new Set(items.map((item) => String(item.transferId)));
    const incidents = await as('auditor').call('listIncidents');
    if (
      (known['transferId'] ?? []).every((id) => shown.has(id)) &&
      incidents.items.some(({ traces }) => traces.length > 0) &&
      incidents.items.some(({ closed }) => closed !== undefined)
    )
      return;
    if (Date.now() > deadline) throw new Error('the views do not show what was recorded');
    await new Promise((done) => setTimeout(done, 200));
  }
}
