import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cursor, Finding, Inspected } from '../../core/log/inspection.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { Backdoor, type Row } from '../../local/drill/backdoor.ts';
import { type Loopback, readAll, serveLoopback } from '../../local/loopback.ts';
import { captureOutput } from '../lambdas/output.ts';
import { incidentBody, leakBody, PROVIDER, RECIPIENT, transferBody } from '../support/transfers.ts';
import { variedBody } from '../support/varied.ts';
import { Faults } from './support/faults.ts';
import { type Inspector, inspector } from './support/inspecting.ts';
import { type Accept, accepting, doorbell, transferEntry } from './support/ledger.ts';
import { AUDITOR, agency, createWorld, registerExamples, type World } from './world.ts';

let world: World;
let inspecting: Inspector;
let accept: Accept;
let door: Backdoor;
let lambda: Loopback;
let isDeaf = false;
/** The events of calls that nobody waits for. */
const rung: { readonly path: string; readonly event: { inspect: Cursor } }[] = [];
let output: ReturnType<typeof captureOutput>;
let made = 0;

const transfers = (count: number, at = new Date()) =>
  Array.from({ length: count }, () =>
    transferEntry(`inspected/${made++}`, variedBody(made), at.toISOString() as Instant),
  );
const sequence = async (entries: Awaited<ReturnType<Accept>>) => {
  const { handler } = await import('../../lambdas/sequence.ts');
  await handler(await doorbell(entries));
};

beforeAll(async () => {
  lambda = await serveLoopback(async (request, response) => {
    const body = String(await readAll(request, 1_000_000));
    rung.push({ path: String(request.url), event: JSON.parse(body) });
    response.writeHead(isDeaf ? 500 : 202).end();
  });
  world = await createWorld({
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_LAMBDA_FUNCTION_NAME: 'itself',
    POWERTOOLS_METRICS_DISABLED: 'false',
    POWERTOOLS_LOG_LEVEL: 'INFO',
  });
  inspecting = await inspector();
  const { client, ledger, archiveFolder } = world.tables;
  door = new Backdoor(client, ledger, archiveFolder);
  accept = await accepting();
  await registerExamples(world);
  const { json } = await world.ask('recordTransfer', agency(PROVIDER), { body: transferBody() });
  await world.ask('recordTransferEvent', agency(RECIPIENT), {
    params: { transferId: String(json['transferId']) },
    body: { kind: 'transfer-acknowledged', body: { occurredOn: '2024-03-12', storedAt: 'Vault 3' } },
  });
  const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
  await world.settle();
  const params = { incidentId: String(opened.json['incidentId']) };
  await world.ask('runTrace', AUDITOR, { params, body: leakBody() });
  for (const count of [1, 300, 2, 290]) await sequence(await accept(transfers(count)));
  await world.settle();
});
/** A scan gives a megabyte at once; here, so many rows. */
async function pagesOf(Limit: number): Promise<Faults> {
  const { dynamo } = await import('../../lambdas/store/client.ts');
  const faults = Faults.install(dynamo);
  faults.plan((_, { command, input }) =>
    command === 'ScanCommand' ? (proceed) => proceed({ ...input, Limit }) : undefined,
  );
  return faults;
}

beforeEach(() => {
  output = captureOutput();
  rung.length = 0;
});
afterEach(() => {
  output.end();
  vi.useRealTimers();
});
afterAll(async () => {
  world.tables.client.destroy();
  await lambda.stop();
});

const alarms = () => output.lines().filter(({ level }) => level === 'CRITICAL');
const sumOf = (metric: string) =>
  output
    .lines()
    .reduce((sum, line) => sum + [line[metric] ?? 0].flat().reduce((a: number, b) => a + Number(b), 0), 0);
const rows = () => door.rows();
const put = (row: Row) => door.put(row);
const remove = (row: Row) => door.remove(row);

describe('an inspection of a ledger that nobody touched', () => {
  it('finds nothing, and has counted every row by its kind', async () => {
    const { done, findings, cursor } = await inspecting.inspect();
    expect([done, findings, cursor.findings]).toEqual([true, [], 0]);
    const { counts, size } = cursor;
    const all = await rows();
    const {
      entries = 0,
      indexes = 0,
      batches = 0,
      tiles = 0,
      checkpoints = 0,
      versions = 0,
      answers = 0,
    } = counts;
    expect(entries + indexes + batches + tiles + checkpoints + versions + answers).toBe(all.length);
    expect(counts).toMatchObject({
      entriesOfLog: size,
      indexesOfLog: size,
      versionsDue: versions,
      answers: 1,
    });
    expect(counts.archivedCheckpoints).toBe(checkpoints);
    expect([counts.others, counts.waiting, counts.unclaimed]).toEqual([undefined, undefined, undefined]);
    expect([alarms(), sumOf('LedgerTampering'), sumOf('LedgerInspected')]).toEqual([[], 0, 1]);
  });

  it('comes to the same in steps, each in a process that knows nothing of the others', async () => {
    const whole = await inspecting.inspect();
    let step = await inspecting.call({ inspect: 'start', seconds: 1 }, 0);
    let steps = 1;
    for (; !step.done; steps++) {
      vi.resetModules();
      const another = await inspector();
      await pagesOf(97);
      step = await another.call({ inspect: step.cursor, seconds: 1 }, 0);
    }
    expect(steps).toBeGreaterThan(10);
    expect({ ...step.cursor, began: '' }).toEqual({ ...whole.cursor, began: '' });
  });

  it('calls itself for what there was no time for, when nobody waits for it', async () => {
    const { done, cursor } = await inspecting.call({ 'detail-type': 'Scheduled Event' }, 0);
    expect(done).toBe(false);
    expect(rung).toEqual([{ path: '/2015-03-31/functions/itself/invocations', event: { inspect: cursor } }]);
    while (rung.length > 0) await inspecting.call(rung.pop()?.event ?? {}, 0);
    expect(sumOf('LedgerInspected')).toBe(1);
  });

  it('fails when nobody can be called, for its alarm to tell', async () => {
    isDeaf = true;
    await expect(inspecting.call({}, 0)).rejects.toThrow(/nobody goes on/);
    isDeaf = false;
  });

  it('refuses a cursor that is none', async () => {
    const { cursor } = await inspecting.call({ inspect: 'start', seconds: 1 }, 0);
    for (const odd of [
      { ...cursor, phase: 'lunch' },
      { ...cursor, size: -1 },
      { ...cursor, more: 1 },
    ])
      await expect(inspecting.call({ inspect: odd })).rejects.toThrow();
  });
});

describe('an inspection while others write', () => {
  it('counts what is on its way, and finds nothing wrong with it', async () => {
    const waiting = await accept(transfers(3));
    expect((await inspecting.inspect()).cursor).toMatchObject({ findings: 0, counts: { waiting: 3 } });
    await sequence(waiting);
    expect((await inspecting.inspect()).cursor.counts.waiting).toBeUndefined();
  });

  it('takes what is committed after it began for what it is', async () => {
    const faults = await pagesOf(97);
    let step = await inspecting.call({ inspect: 'start', seconds: 1 }, 0);
    while (!step.done) {
      await sequence(await accept(transfers(2)));
      step = await inspecting.call({ inspect: step.cursor, seconds: 1 }, 0);
    }
    expect(step.cursor.findings).toBe(0);
    expect(step.cursor.counts.entries ?? 0).toBeGreaterThan(step.cursor.size);
    faults.revive();
  });

  it('does not miss the rows of a batch that is not integrated yet', async () => {
    const { commitBatch, lastBatch } = await import('../../lambdas/store/batches.ts');
    const { appendLeaves, rootOf } = await import('../../core/log/merkle.ts');
    const { integrate } = await import('../../lambdas/sequencing/integrate.ts');
    const last = (await lastBatch()) ?? expect.fail();
    const entries = await accept(transfers(2));
    const batch = {
      first: last.frontier.size,
      ids: entries.map(({ entry }) => entry.entryId),
      leaves: entries.map(({ leaf }) => leaf),
      previousRoot: rootOf(last.frontier),
      frontier: appendLeaves(
        last.frontier,
        entries.map(({ leaf }) => leaf),
      ).frontier,
      committedAt: new Date().toISOString() as Instant,
    };
    await commitBatch(batch);
    expect((await inspecting.inspect()).cursor).toMatchObject({ findings: 0, size: batch.first });
    await integrate(batch);
    expect((await inspecting.inspect()).cursor).toMatchObject({ findings: 0, size: batch.first + 2 });
  });
});

describe('an inspection of a ledger with', () => {
  /** What is found after an act, which is then undone. */
  async function found(...acts: (() => Promise<unknown>)[]): Promise<Inspected> {
    const before = await door.snapshot();
    for (const act of acts) await act();
    const result = await inspecting.inspect();
    await door.undo(before);
    return result;
  }
  const named = (findings: readonly Finding[]) => findings.map(({ key, what }) => `${what} ${key}`).sort();

  it('an entry that waits for the log longer than the sweep looks for it tells of it', async () => {
    const [entry] = await accept(transfers(1, new Date(Date.now() - 27 * 3_600_000)));
    const { findings } = await inspecting.inspect();
    expect(named(findings)).toEqual([`inconsistent ENTRY#${entry?.entry.entryId} / ENTRY`]);
    await sequence(entry ? [entry] : []);
    expect((await inspecting.inspect()).findings).toEqual([]);
  });

  it('a hundred foreign rows raises some alarms, says how many more there are, and tells of no content', async () => {
    const secret = 'Zebra-4711';
    const { findings, cursor } = await found(async () => {
      for (let n = 0; n < 120; n++) await put({ pk: { S: 'NOTE' }, sk: { S: `${n}` }, text: { S: secret } });
    });
    expect([cursor.findings, findings.length]).toEqual([120, 100]);
    expect(alarms()).toHaveLength(26);
    expect(alarms().at(-1)).toMatchObject({ message: 'further findings', further: 95 });
    expect(sumOf('LedgerTampering')).toBe(26);
    expect(output.text()).not.toContain(secret);
  });

  it('a foreign key that is hostile or long tells no more of it than helps to find it', async () => {
    const { findings } = await found(() =>
      put({ pk: { S: `\u001b[31m\n${'x'.repeat(1_000)}` }, sk: { S: 'ENTRY\u0000' } }),
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]?.key).toMatch(/^\?\[31m\?x{100,200}…$/);
  });

  it('a missing batch judges nothing by what it does not know', async () => {
    const batches = (await rows()).filter(({ sk }) => sk?.S?.startsWith('BATCH#'));
    const third = batches[2] ?? expect.fail();
    const { findings } = await found(() => remove(third));
    expect(named(findings)).toEqual([`missing LOG / ${third['sk']?.S}`]);
  });

  it('a batch that cannot be read judges nothing by what it does not know', async () => {
    const batches = (await rows()).filter(({ sk }) => sk?.S?.startsWith('BATCH#'));
    const third = batches[2] ?? expect.fail();
    const { findings } = await found(() => put({ ...third, leaves: { B: new Uint8Array(5) } }));
    expect(named(findings)).toEqual([`changed LOG / ${third['sk']?.S}`]);
  });

  it('rows of several classes missing names each of them', async () => {
    const all = await rows();
    const gone = [
      all.find(({ sk }) => sk?.S === 'INDEX'),
      all.findLast(({ sk }) => sk?.S === 'INDEX'),
      all.findLast(({ sk }) => sk?.S === 'ENTRY'),
      all.find(({ pk }) => pk?.S?.startsWith('TILE#1')),
      all.find(({ pk }) => pk?.S?.startsWith('STREAM#')),
    ].map((row) => row ?? expect.fail());
    const { findings } = await found(...gone.map((row) => () => remove(row)));
    expect(named(findings)).toEqual(gone.map(({ pk, sk }) => `missing ${pk?.S} / ${sk?.S}`).sort());
  });

  it('a history that lost an entry before that came into the log shows the gap', async () => {
    const pointer = (await rows()).find(({ pk }) => pk?.S?.startsWith('STREAM#transfer#')) ?? expect.fail();
    const isNamed = ({ pk, sk }: Row) => pk?.S === `ENTRY#${pointer['entryId']?.S}` && sk?.S === 'ENTRY';
    const entry = (await rows()).find(isNamed);
    const { followingEntry } = await import('./support/ledger.ts');
    const { storedEntry } = await import('../../lambdas/store/entries.ts');
    const { entry: first } = storedEntry(entry ?? expect.fail());
    const later = [2, 3].map((version) =>
      followingEntry({ ...first, version: 0 }, version, 'holding-attested', {
        occurredOn: '2026-01-04',
        held: true,
      }),
    );
    const [second, third] = await accept(later);
    const { findings } = await found(async () => {
      for (const row of await rows())
        if (row['pk']?.S === `ENTRY#${second?.entry.entryId}` || row['entryId']?.S === second?.entry.entryId)
          await remove(row);
    });
    expect(named(findings)).toEqual([`missing ${pointer['pk']?.S} / 000002`]);
    await sequence([second, third].flatMap((each) => each ?? []));
  });

  it('an answer that was broken off, or that no trace has given in the end, is no intrusion', async () => {
    const { keepAnswer } = await import('../../lambdas/store/answers.ts');
    const answer = { traceId: `tc-${'0'.repeat(32)}`, note: 'never given' };
    const { findings, cursor } = await found(
      () => keepAnswer(Buffer.from(JSON.stringify(answer))),
      () => put({ pk: { S: `ANSWER#${'1'.repeat(64)}` }, sk: { S: '001' }, body: { B: Buffer.of(1) } }),
    );
    expect([findings, cursor.counts.unclaimed]).toEqual([[], 2]);
  });
});
