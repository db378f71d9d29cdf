import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Access } from '../../core/model/access.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { captureOutput } from '../lambdas/output.ts';
import {
  aSha256,
  incidentBody,
  leakBody,
  PROVIDER,
  RECIPIENT,
  THIRD_PARTY,
  transferBody,
} from '../support/transfers.ts';
import { inspector } from './support/inspecting.ts';
import { checkHistories, checkWholeLog, readLedger, scan } from './support/ledger.ts';
import { AUDITOR, agency, createWorld, registerExamples, STEWARD, type World } from './world.ts';

let world: World;
let transferId: string;
let incidentId: string;
const OTHER = { ...AUDITOR, sub: 'auditor-2' };

beforeAll(async () => {
  world = await createWorld({ POWERTOOLS_METRICS_DISABLED: 'false', POWERTOOLS_LOG_LEVEL: 'INFO' });
  await registerExamples(world);
  const recorded = await world.ask('recordTransfer', agency(PROVIDER), { body: transferBody() });
  transferId = String(recorded.json['transferId']);
  const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
  incidentId = String(opened.json['incidentId']);
  await world.settle();
});
afterAll(() => world.tables.client.destroy());

const under = (id: string) => ({ 'Amanat-Incident': id });
const lately = () => new Date(Date.now() - 3_600_000).toISOString() as Instant;
const list = async (query: Record<string, string> = {}, who = AUDITOR) => {
  const { status, json } = await world.ask('listAccess', who, { query });
  expect(status, JSON.stringify(json)).toBe(200);
  return json as unknown as { items: (Access & { entryId?: string })[]; nextCursor?: string };
};
const rows = async () => {
  const all = await scan(world.tables.client, world.tables.ledger);
  return all.filter((row) => row['pk']?.S?.startsWith('ACCESS#'));
};
/** The ids of the reads in entries, as often as they stand there. */
const readsIn = ({ entries }: Awaited<ReturnType<typeof readLedger>>): string[] =>
  [...entries.values()]
    .filter(({ entry }) => entry.kind === 'access-recorded')
    .flatMap(({ entry }) => (entry.body['reads'] as Access[]).map(({ accessId }) => accessId));
const sweepReads = async () => {
  const { handler } = await import('../../lambdas/sweep.ts');
  await handler({ readsSince: lately() });
  await world.settle();
};

describe('what is read', () => {
  it('is on record before it is answered, with who asked what under which case', async () => {
    const correlation = { 'X-Correlation-Id': 'look-up-0001' };
    const { status } = await world.ask('listTransfers', AUDITOR, {
      query: { field: ['cnic', 'address'], q: 'register', limit: '7' },
      headers: { ...under(incidentId), ...correlation },
    });
    expect(status).toBe(200);
    await world.ask('getTransfer', agency(RECIPIENT), { params: { transferId } });
    const { items } = await list({ limit: '3' });
    // Itself is on record once it is answered, and so not in its own answer.
    expect(items.map(({ operation, status }) => [operation, status])).toEqual([
      ['getTransfer', 200],
      ['listTransfers', 200],
    ]);
    expect(items[0]).toMatchObject({
      principal: { sub: `client-${RECIPIENT}`, agency: RECIPIENT, roles: [] },
      params: { transferId },
    });
    expect(items[1]).toMatchObject({
      principal: { sub: AUDITOR.sub, roles: ['auditor'] },
      incidentId,
      query: { field: ['cnic', 'address'], match: 'all', q: 'register', limit: 7 },
      correlationId: 'look-up-0001',
    });
    expect((await list({ operation: 'listAccess' })).items.length).toBeGreaterThan(0);
  });

  it('is on record also where it was refused', async () => {
    const stranger = agency(THIRD_PARTY);
    expect((await world.ask('getTransfer', stranger, { params: { transferId } })).status).toBe(404);
    expect((await world.ask('listIncidents', stranger)).status).toBe(403);
    expect((await world.ask('listAccess', STEWARD)).status).toBe(403);
    const tried = (await list({ agency: THIRD_PARTY })).items;
    expect(tried.map(({ operation, status, params }) => [operation, status, params])).toEqual([
      ['listIncidents', 403, undefined],
      ['getTransfer', 404, { transferId }],
    ]);
    expect((await list({ sub: STEWARD.sub })).items).toMatchObject([
      { operation: 'listAccess', status: 403 },
    ]);
  });

  it('is not answered when it cannot be recorded', async () => {
    const [{ dynamo }, { ExecuteStatementCommand }] = await Promise.all([
      import('../../lambdas/store/client.ts'),
      import('@aws-sdk/client-dynamodb'),
    ]);
    const send = dynamo.send.bind(dynamo);
    const failing = vi.spyOn(dynamo, 'send').mockImplementation(((command: never) => {
      if (!((command as unknown) instanceof ExecuteStatementCommand)) return send(command);
      return Promise.reject(Object.assign(new Error('busy'), { name: 'ThrottlingException' }));
    }) as never);
    const output = captureOutput();
    try {
      const { status, text } = await world.ask('getTransfer', AUDITOR, { params: { transferId } });
      expect([status, text.includes('subscriber')]).toEqual([503, false]);
    } finally {
      output.end();
      failing.mockRestore();
    }
  });

  it('is not recorded where it is for anyone, or asks for nothing', async () => {
    const before = (await rows()).length;
    expect((await world.ask('getCheckpoint', { sub: '', agency: '', roles: '' })).status).toBe(200);
    expect((await world.ask('listTransfers', AUDITOR, { query: { nonsense: '1' } })).status).toBe(400);
    expect((await world.ask('listTransfers', { ...AUDITOR, sub: '' })).status).toBe(401);
    expect((await rows()).length).toBe(before);
  });

  it('holds nothing that looks like a number of somebody', async () => {
    const headers = { 'X-Correlation-Id': '35202-1234567-1' };
    await world.ask('getEntryBundle', AUDITOR, { params: { bundle: '35202-1234567-1' }, headers });
    await world.ask('listTransfers', AUDITOR, { query: { q: '0300-1234567' } });
    const read = (await rows()).map((row) => Buffer.from(row['read']?.B ?? []).toString('utf8'));
    expect(read.join('\n')).not.toMatch(/1234567/);
    expect((await list({ operation: 'getEntryBundle' })).items[0]).toMatchObject({
      status: 404,
      withheld: ['bundle'],
    });
  });
});

describe('a case', () => {
  it('is an incident, one that follows a closed one as well, and named by auditors alone', async () => {
    const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
    const closed = String(opened.json['incidentId']);
    await world.ask('recordIncidentEvent', AUDITOR, {
      params: { incidentId: closed },
      body: { kind: 'incident-closed', body: { occurredOn: '2026-03-01', outcome: 'No source found' } },
    });
    const goingOn = (follows: string) =>
      world.ask('openIncident', AUDITOR, { body: incidentBody({ follows }) });
    const refused = await goingOn(incidentId);
    expect([refused.status, refused.json['errors']?.[0]?.['pointer']]).toEqual([422, '/follows']);
    expect((await goingOn(`in-${'f'.repeat(32)}`)).status).toBe(422);
    const next = await goingOn(closed);
    expect(next.status).toBe(201);
    const named = under(String(next.json['incidentId']));
    expect((await world.ask('listTransfers', AUDITOR, { headers: named })).status).toBe(200);
    for (const [who, id] of [
      [AUDITOR, `in-${'f'.repeat(32)}`],
      [AUDITOR, transferId],
      [agency(PROVIDER), incidentId],
    ] as const) {
      const { status, json } = await world.ask('listTransfers', who, { headers: under(id) });
      expect([status, json['errors']?.[0]?.['header']]).toEqual([400, 'Amanat-Incident']);
    }
  });

  it('that is closed is named for whatever is read, and seen in the record', async () => {
    const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
    const closed = String(opened.json['incidentId']);
    await record(closed, 'incident-closed', { outcome: 'Referred' });
    process.env['ACCESS'] = JSON.stringify({ caseRequired: true });
    try {
      const asked = { headers: under(closed), params: { transferId } };
      expect((await world.ask('getTransfer', AUDITOR, asked)).status).toBe(200);
    } finally {
      process.env['ACCESS'] = JSON.stringify({ caseRequired: false });
    }
    const read = { operation: 'getTransfer', incidentId: closed, params: { transferId }, status: 200 };
    expect((await list({ incidentId: closed })).items).toMatchObject([read]);
  });

  it('that is closed goes on with nothing', async () => {
    const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
    const params = { incidentId: String(opened.json['incidentId']) };
    await record(params.incidentId, 'incident-closed', { outcome: 'Referred' });
    const sample = { sha256: aSha256('sample'), bytes: 1_000 };
    const refused = [
      await world.ask('runTrace', AUDITOR, { params, headers: under(incidentId), body: leakBody() }),
      await world.ask('requestSampleUpload', AUDITOR, { params, body: sample }),
      await record(params.incidentId, 'finding-recorded', { finding: 'One more' }),
      await record(params.incidentId, 'trace-approved', { sampleSha256: sample.sha256, reason: 'Seized' }),
      await record(params.incidentId, 'incident-closed', { outcome: 'Once more' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([409, 409, 409, 409, 409]);
  });

  const record = (id: string, kind: string, body: object) =>
    world.ask('recordIncidentEvent', AUDITOR, {
      params: { incidentId: id },
      body: { kind, body: { occurredOn: '2026-03-01', ...body } },
    });

  it('is needed where the stage says so, of auditors and for what is looked for', async () => {
    process.env['ACCESS'] = JSON.stringify({ caseRequired: true });
    try {
      const refused = await world.ask('listTransfers', AUDITOR);
      expect([refused.status, refused.json['type']]).toEqual([
        403,
        'https://amanat.dev/problems/case-required',
      ]);
      const asked = await world.ask('listTransfers', AUDITOR, { headers: under(incidentId) });
      expect(asked.status).toBe(200);
      expect((await world.ask('listTransfers', agency(PROVIDER))).status).toBe(200);
      expect((await world.ask('listIncidents', AUDITOR)).status).toBe(200);
    } finally {
      process.env['ACCESS'] = JSON.stringify({ caseRequired: false });
    }
  });
});

describe('the log', () => {
  it('takes in every read once, however often and by however many that is done', async () => {
    for (let n = 0; n < 30; n++)
      await world.ask('getHistory', OTHER, { params: { transferId }, headers: under(incidentId) });
    const { logReads } = await import('../../lambdas/access/into-log.ts');
    const now = () => new Date().toISOString() as Instant;
    const logging = { now, atOnce: true, forged: () => expect.fail('none was forged') };
    await Promise.all(Array.from({ length: 4 }, () => logReads(lately(), logging)));
    expect(await logReads(lately(), logging)).toBe(0);
    await world.settle();
    const ledger = await readLedger(world.tables.client, world.tables.ledger);
    checkHistories(ledger);
    checkWholeLog(ledger);
    expect(readsIn(ledger).sort()).toEqual((await rows()).map((row) => row['sk']?.S?.split('#')[1]).sort());
  });

  it('loses and doubles nothing, whichever of its calls it is killed at', async () => {
    const [{ logReads }, { dynamo }, { Faults, Killed }] = await Promise.all([
      import('../../lambdas/access/into-log.ts'),
      import('../../lambdas/store/client.ts'),
      import('./support/faults.ts'),
    ]);
    const faults = Faults.install(dynamo);
    const logging = {
      now: () => new Date().toISOString() as Instant,
      atOnce: true,
      forged: () => expect.fail('none was forged'),
    };
    let killed = true;
    for (let call = 0; killed; call++) {
      await world.ask('getTransfer', { ...OTHER, sub: 'auditor-3' }, { params: { transferId } });
      faults.killAt(call);
      killed = await logReads(lately(), logging).then(
        () => false,
        (error: unknown) => error instanceof Killed || Promise.reject(error),
      );
      faults.revive();
      if (call % 3 === 2) await logReads(lately(), logging);
    }
    await logReads(lately(), logging);
    await world.settle();
    const ledger = await readLedger(world.tables.client, world.tables.ledger);
    checkHistories(ledger);
    checkWholeLog(ledger);
    const logged = readsIn(ledger);
    expect(new Set(logged).size).toBe(logged.length);
    expect(logged.sort()).toEqual((await rows()).map((row) => row['sk']?.S?.split('#')[1]).sort());
  });

  it('lists what it has with its entry, which can be proved, page by page without a gap', async () => {
    const whole = await list({ sub: OTHER.sub, limit: '200' });
    expect(whole.items).toHaveLength(30);
    const { status } = await world.ask('getReceipt', AUDITOR, {
      params: { entryId: String(whole.items[0]?.entryId) },
    });
    expect(status).toBe(200);
    const paged: Access[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await list({ sub: OTHER.sub, limit: '7', ...(cursor !== undefined && { cursor }) });
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(whole.items);
    const ats = whole.items.map(({ at }) => at);
    expect(ats).toEqual(ats.toSorted().reverse());
  });

  it('is asked by case, by transfer and by time', async () => {
    const byCase = (await list({ incidentId, limit: '200' })).items;
    expect(byCase.length).toBeGreaterThanOrEqual(32);
    expect(byCase.every((read) => read.incidentId === incidentId)).toBe(true);
    const byTransfer = (await list({ transferId, limit: '200' })).items;
    expect(new Set(byTransfer.map(({ operation }) => operation))).toEqual(
      new Set(['getTransfer', 'getHistory']),
    );
    const [newest, older] = byTransfer;
    const between = { from: String(older?.at), to: String(newest?.at), transferId };
    expect((await list(between)).items.map(({ accessId }) => accessId)).toContain(older?.accessId);
    expect((await list(between)).items.map(({ accessId }) => accessId)).not.toContain(newest?.accessId);
    expect((await list({ from: '2020-01-01', to: '2020-01-02' })).items).toEqual([]);
    const today = new Date().toISOString().slice(0, 10);
    expect((await list({ from: '2026-01-01', to: today, transferId, limit: '1' })).items).toHaveLength(1);
  });

  it('has reads wait for others, for some minutes', async () => {
    const { handler } = await import('../../lambdas/sweep.ts');
    await sweepReads();
    await world.ask('getHistory', AUDITOR, { params: { transferId } });
    const scheduled = {} as Parameters<typeof handler>[0];
    const waiting = async () => (await list()).items.filter(({ entryId }) => entryId === undefined).length;
    await handler(scheduled);
    expect(await waiting()).toBeGreaterThan(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 60_000 });
    try {
      await handler(scheduled);
    } finally {
      vi.useRealTimers();
    }
    // What was asked since then is on its way.
    expect((await list({ operation: 'getHistory', limit: '1' })).items[0]?.entryId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('takes in no row that somebody merely wrote, and raises the alarm', async () => {
    const [row] = await rows();
    const read = JSON.parse(Buffer.from(row?.['read']?.B ?? []).toString('utf8')) as Access;
    const accessId = `ac-${'9'.repeat(31)}${read.accessId.slice(-1)}`;
    const { canonicalBytes } = await import('../../core/canonical.ts');
    const forged = {
      ...row,
      sk: { S: `${read.at}#${accessId}` },
      read: { B: canonicalBytes({ ...read, accessId, principal: { sub: 'somebody-else', roles: [] } }) },
    };
    const { client, ledger } = world.tables;
    await client.send(new PutItemCommand({ TableName: ledger, Item: forged as never }));
    const output = captureOutput();
    try {
      await sweepReads();
      const alarms = output.lines().filter(({ level }) => level === 'CRITICAL');
      expect(alarms.map(({ message }) => message)).toContain('a read that was never recorded');
    } finally {
      output.end();
    }
    expect((await list({ sub: 'somebody-else' })).items).toEqual([]);
    const { inspect } = await inspector();
    const { findings } = await inspect();
    expect(findings).toEqual([
      {
        key: `${row?.['pk']?.S} / ${forged.sk.S}`,
        what: 'foreign',
        words: 'was never recorded: it does not bear its seal',
      },
    ]);
  });
});
