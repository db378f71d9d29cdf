import { expect } from 'vitest';
import { frame } from '../../../core/api/openapi/records.ts';
import {
  agencyBody,
  aSha256,
  coverageBody,
  dataRequestBody,
  incidentBody,
  leakBody,
  PROVIDER,
  transferBody,
} from '../../support/transfers.ts';
import { ANYONE, AUDITOR, agency, createWorld, registerExamples, STEWARD, type World } from '../world.ts';
import { AGENCIES, type Standing } from './permitted.ts';

/** What permissions are asked about: data that came from upstream, was handed over, and went on downstream. */
export interface Ground {
  readonly world: World;
  readonly above: string;
  readonly transferId: string;
  readonly below: string;
  /** A request of the recipient to the provider. */
  readonly requestId: string;
  /** An entry about no transfer, appended by the provider. */
  readonly declared: string;
  readonly frameId: string;
  readonly incidentId: string;
  readonly traceId: string;
  /** An incident that was closed. */
  readonly closedId: string;
  /** Of the log, as it was signed last. */
  readonly size: string;
}

export async function prepareGround(): Promise<Ground> {
  const world = await createWorld();
  await registerExamples(world);
  for (const agencyId of [AGENCIES.upstream, AGENCIES.downstream])
    await world.ask('registerAgency', STEWARD, { body: agencyBody({ agencyId }) });
  const coverage = await world.ask('declareCoverage', agency(PROVIDER), { body: coverageBody() });
  const above = await handOver(world, 'upstream', 'provider');
  const transferId = await handOver(world, 'provider', 'recipient', above);
  const below = await handOver(world, 'recipient', 'downstream', transferId);
  const requestId = await askForData(world);
  const frameId = idIn(await world.ask('recordFrame', STEWARD, { body: frame }), 'frameId');
  const incidentId = await openIncident(world);
  const traced = await world.ask('runTrace', AUDITOR, { params: { incidentId }, body: leakBody() });
  const closedId = await openIncident(world);
  await world.ask('recordIncidentEvent', AUDITOR, {
    params: { incidentId: closedId },
    body: { kind: 'incident-closed', body: { occurredOn: '2026-06-30', outcome: 'Referred' } },
  });
  await world.settle();
  const size = (await world.ask('getCheckpoint', ANYONE)).text.split('\n')[1] ?? '';
  const ids = { declared: idIn(coverage, 'entryId'), traceId: idIn(traced, 'traceId') };
  return { world, above, transferId, below, requestId, frameId, incidentId, closedId, size, ...ids };
}

const EXCEPTION = { agreement: undefined, exception: { reason: 'A standing order', approver: 'Director' } };
const FINGERPRINT = { sha256: aSha256('file'), rows: 1, fieldSets: ['msisdn'], epoch: '2024' };

/** Records a transfer under which every event has its time. */
export async function handOver(world: World, from: Standing, to: Standing, origin?: string): Promise<string> {
  const body = transferBody({
    provider: { agencyId: AGENCIES[from] },
    recipient: { agencyId: AGENCIES[to] },
    ...EXCEPTION,
    originTransferIds: origin && [origin],
    onward: { allowed: true },
    fingerprint: FINGERPRINT,
    retention: {
      period: 'P1Y',
      trigger: 'end of the season',
      reviewBy: from === 'upstream' ? '2029-03-31' : '2025-03-31',
    },
  });
  return idIn(await world.ask('recordTransfer', agency(AGENCIES[from]), { body }), 'transferId');
}

export const askForData = async (world: World): Promise<string> =>
  idIn(
    await world.ask('recordDataRequest', agency(AGENCIES.recipient), { body: dataRequestBody() }),
    'requestId',
  );

export const openIncident = async (world: World): Promise<string> =>
  idIn(await world.ask('openIncident', AUDITOR, { body: incidentBody() }), 'incidentId');

function idIn({ json, text }: Awaited<ReturnType<World['ask']>>, name: string): string {
  expect(json[name], text).toBeTypeOf('string');
  return String(json[name]);
}
