import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import type { Operation } from '../../../core/api/routes.ts';
import { type Entry, entryIdOf, requestIdOf } from '../../../core/model/entry.ts';
import type { TransferId } from '../../../core/model/scalars.ts';
import type { StoredEntry } from '../../../lambdas/store/entries.ts';
import { dataRequestBody } from '../../support/transfers.ts';
import { AGENCIES, aVariedTransfer, Choices } from '../../support/varied.ts';
import { createTables, type Tables } from '../tables.ts';
import { type Asked, AUDITOR, agency, createWorld, type World } from '../world.ts';
import { Faults, Killed } from './faults.ts';
import { type Accept, accepting, doorbell, followingEntry, transferEntry } from './ledger.ts';
import { readViews } from './views.ts';

/** A world for tests of the projection, with tables that are new for each test, and faults at hand. */
export let world: World;
export let faults: Faults;
export let tables: Tables;
export let accept: Accept;
export let ring: (entries: readonly StoredEntry[]) => Promise<unknown>;
export let project: (event: DynamoDBStreamEvent | { rebuild: 'start' | 'continue' }) => Promise<unknown>;

const CONTEXT = { getRemainingTimeInMillis: () => 600_000 } as unknown as Context;

beforeAll(async () => {
  world = await createWorld();
  const [sequencer, projector, { dynamo }] = await Promise.all([
    import('../../../lambdas/sequence.ts'),
    import('../../../lambdas/project.ts'),
    import('../../../lambdas/store/client.ts'),
  ]);
  ring = async (entries) => sequencer.handler(await doorbell(entries));
  project = (event) => projector.handler(event, CONTEXT);
  faults = Faults.install(dynamo);
  accept = await accepting();
});
afterAll(() => world.tables.client.destroy());
beforeEach(async () => {
  // Back-off goes by chance and time: here by chance alone.
  const chance = Math.random;
  vi.spyOn(Math, 'random').mockImplementation(() => chance() / 50);
  await newTables();
});
afterEach(() => {
  vi.restoreAllMocks();
  faults.revive();
});

export async function newTables(): Promise<void> {
  tables?.client.destroy();
  tables = await createTables();
  Object.assign(process.env, tables.env);
}

export const views = () => readViews(tables.client, tables.views);
export const catchUp = () => project({ Records: [] });
export const rebuild = () => project({ rebuild: 'start' });

/** A holder of the lease that was killed keeps it for a while: as if that had passed. */
export const leaseRunsOut = () =>
  tables.client.send(
    new DeleteItemCommand({ TableName: tables.views, Key: { pk: { S: 'META' }, sk: { S: 'LEASE' } } }),
  );

/** Whether a run was killed; whatever else goes wrong is a reason to ring again. */
export const outcome = async (run: Promise<unknown>) =>
  run.then(
    () => 'done' as const,
    (error: unknown) => (error instanceof Killed ? ('killed' as const) : ('failed' as const)),
  );

/** The queries that are answered from the views alone. */
export const FROM_VIEWS: readonly (readonly [Operation, Asked?])[] = [
  ['listTransfers', { query: { limit: '200' } }],
  ['listTransfers', { query: { state: 'disputed' } }],
  ['listTransfers', { query: { state: 'overdue' } }],
  ['listObligations', { query: { limit: '200', dueBefore: '9999-12-31' } }],
  ['listAgencies'],
  ['listDataRequests', { query: { limit: '200' } }],
  ['listAgreements'],
  ['listIncidents'],
  ['getCoverage'],
  ['listPublicRegister', { query: { limit: '200' } }],
];

/** What they answer, and what the lineages of some transfers are. */
export async function answers(): Promise<string[]> {
  const texts: string[] = [];
  const ask = async (operation: Operation, who = AUDITOR, more?: Asked) => {
    const { status, text } = await world.ask(operation, who, more);
    expect(status, `${operation}: ${text.slice(0, 300)}`).toBe(200);
    texts.push(text);
  };
  for (const [operation, more] of FROM_VIEWS) await ask(operation, AUDITOR, more);
  for (const id of AGENCIES.slice(0, 2))
    for (const operation of ['listObligations', 'listDataRequests'] as const)
      await ask(operation, agency(id), {
        query: operation === 'listObligations' ? { dueBefore: '9999-12-31' } : {},
      });
  const { items } = JSON.parse(texts[0] ?? '') as { items: { transferId: string }[] };
  for (const { transferId } of items.slice(0, 6))
    for (const direction of ['upstream', 'downstream'])
      await ask('getLineage', AUDITOR, { params: { transferId }, query: { direction } });
  return texts;
}

/** What a rebuild makes of the ledger as it is now, and what is answered from that. */
export async function rebuilt() {
  await rebuild();
  return { views: await views(), answers: await answers() };
}

/** Events that a transfer may go through one after the other. */
export const PROGRESS: readonly [string, Record<string, unknown>][] = [
  ['transfer-acknowledged', { occurredOn: '2026-01-02', storedAt: 'Vault 3' }],
  ['transfer-disputed', { occurredOn: '2026-01-03', reason: 'rows-differ' }],
  ['holding-attested', { occurredOn: '2026-01-04', held: true }],
  ['recall-issued', { occurredOn: '2026-01-05', dueBy: '2026-03-01', reason: 'The programme ended' }],
  ['recall-issued', { occurredOn: '2026-01-05', dueBy: '2026-02-01', reason: 'Sooner' }],
  ['legal-hold-set', { occurredOn: '2026-01-06', reference: 'a', downstream: true, reason: 'Litigation' }],
  [
    'correction-issued',
    { occurredOn: '2026-01-07', correctionId: 'c-1', fields: ['cnic', 'address'], reason: 'Shifted' },
  ],
  ['legal-hold-lifted', { occurredOn: '2026-01-08', reference: 'a', reason: 'Settled' }],
  [
    'publication-suppressed',
    { occurredOn: '2026-01-08', basis: 'legal-proceedings', authority: 'Order 7', until: '9999-12-31' },
  ],
  [
    'destruction-certified',
    {
      occurredOn: '2026-01-09',
      scope: 'logical',
      method: 'purge',
      tool: 'Eraser 2',
      performer: 'staff-1',
      verifier: 'staff-2',
      backups: 'destroyed',
      derivatives: 'none-existed',
    },
  ],
];

/** What may become of a request, step by step. */
const ANSWERS: readonly [string, Record<string, unknown>][][] = [
  [],
  [['request-refused', { occurredOn: '2026-01-02', ground: 'excessive', reason: 'Too much' }]],
  [
    ['request-granted', { occurredOn: '2026-01-02', until: '2026-12-31', approver: 'director-data' }],
    ['grant-revoked', { occurredOn: '2026-01-03', reason: 'The scheme has ended' }],
  ],
];

/** A request between the agencies of a transfer. */
function requested({ body, recordedAt, principal }: Entry, key: string, choose: Choices): Entry[] {
  const [provider, recipient] = ['provider', 'recipient'].map(
    (party) => (body[party] as { agencyId: string }).agencyId,
  );
  const entryId = entryIdOf('agency:test', `${key}/request`);
  const opening: Entry = {
    ...{ amanat: 1, entryId, kind: 'data-requested', stream: 'request', version: 0, flags: [] },
    ...{ subject: requestIdOf(entryId), recordedAt, principal },
    body: dataRequestBody({ provider, recipient, agreement: undefined, requestedOn: '2026-01-01' }),
  };
  const steps = ANSWERS[choose.below(ANSWERS.length)] ?? [];
  return [opening, ...steps.map(([kind, event], m) => followingEntry(opening, m + 1, kind, event))];
}

/**
 * Transfers, each with some events, and behind each a request with what was answered, or nothing; those
 * of the second half name origins among all before, and some are superseded by those.
 */
export function histories(seed: string, count: number): Entry[][] {
  const choose = new Choices(seed);
  const opened: Entry[] = [];
  return Array.from({ length: count }, (_, n) => {
    const origins = n >= count / 2 ? opened.map(({ subject }) => subject as TransferId) : [];
    const opening = transferEntry(`${seed}/${n}`, aVariedTransfer(`${seed}/${n}`, origins.slice(0, 3)));
    opened.push(opening);
    const length = choose.below(PROGRESS.length + 1);
    const steps = PROGRESS.slice(0, length);
    const by = opened[choose.below(opened.length)];
    if (choose.below(4) === 0 && by !== opening)
      steps.push(['record-superseded', { occurredOn: '2026-01-09', by: by?.subject, reason: 'Wrong' }]);
    return [
      opening,
      ...steps.map(([kind, body], m) => followingEntry(opening, m + 1, kind, body)),
      ...requested(opening, `${seed}/${n}`, choose),
    ];
  });
}
