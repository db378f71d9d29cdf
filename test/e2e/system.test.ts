import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DynamoDBClient, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemAnswer } from '../../core/api/answers.ts';
import { openCheckpoint } from '../../core/log/checkpoint.ts';
import { parseVerifierKey } from '../../core/log/key.ts';
import { policyOf } from '../../core/log/policy.ts';
import { encodeAddCheckpoint } from '../../core/log/witness.ts';
import { readRunning } from '../../local/data/running.ts';
import { LOCAL_CREDENTIALS } from '../../local/tables.ts';
import { REGION } from '../../local/template/resolve.ts';
import { type RunningSystem, runScript, startSystem, startToItsEnd } from './support/system.ts';

const STEWARD = { roles: ['steward'] };
const AUDITOR = { roles: ['auditor'] };

describe('the system on one machine', { timeout: 400_000 }, () => {
  let data: string;
  let system: RunningSystem;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'amanat-system-'));
    system = await startSystem({ data });
  }, 400_000);
  afterAll(async () => {
    await system?.stop();
    await rm(data, { recursive: true, force: true });
  });

  /** Registers an invented agency; the number is its id and its idempotency key. */
  const register = (number: number) =>
    system.call(STEWARD, '/v1/agencies', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `register-agency-${number}` },
      body: JSON.stringify({ agencyId: `agency-${number}`, name: `Agency ${number}`, kind: 'government' }),
    });
  const agencyIsShown = (number: number) =>
    expect
      .poll(async () => (await system.call(AUDITOR, `/v1/agencies/agency-${number}`)).status, {
        timeout: 60_000,
        interval: 50,
      })
      .toBe(200);

  it('says where it is, and that it is well', async () => {
    expect(system.output().trimEnd().split('\n').at(-1)).toBe(`ready ${system.url}`);
    const health = await fetch(`${system.url}/healthz`);
    expect(health.status).toBe(200);
    expect(await health.json()).toEqual({ status: 'ok' });
    expect((await fetch(`${system.url}/openapi.json`)).status).toBe(200);
    expect((await fetch(`${system.url}/docs`)).headers.get('content-type')).toContain('text/html');
  });

  it('has a witness, an app of its own on a port of its own', async () => {
    const url = await witnessUrl(data);
    expect(system.output()).toContain(url);
    const key = parseVerifierKey((await (await fetch(`${url}/vkey`)).text()).trimEnd());
    expect(key).toMatchObject({ name: 'witness.dev.example.org/amanat', type: 'cosignature' });
    const refused = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: 'no checkpoint' });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      400,
      expect.stringMatching(/^text\/plain/),
    ]);
    expect((await fetch(`${url}/healthz`)).status).toBe(404);
  });

  it('hands out tokens by a command that prints nothing else', async () => {
    const both = ['--role', 'steward', '--agency', 'agency-1'];
    const { code, stdout, stderr } = await runScript('local/token.ts', ['--data', data, ...both]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(decodeJwt(stdout.trim())).toMatchObject({ roles: ['steward', 'agency:agency-1'] });
  });

  describe('answers what goes wrong before any function with a problem of its own', () => {
    const aTransfer = { method: 'POST', headers: { 'content-type': 'application/json' } };

    it.each<[string, number, string, (url: string) => Promise<Response>]>([
      ['no token', 401, 'unauthenticated', (url) => fetch(`${url}/v1/transfers`)],
      [
        'a token that is none',
        401,
        'unauthenticated',
        (url) => fetch(`${url}/v1/transfers`, { headers: { authorization: 'Bearer a.b.c' } }),
      ],
      [
        'another scheme',
        401,
        'unauthenticated',
        (url) => fetch(`${url}/v1/transfers`, { headers: { authorization: 'Basic YTpi' } }),
      ],
      ['a role that may not', 403, 'forbidden', () => system.call(STEWARD, '/v1/incidents')],
      ['a path that is none', 404, 'not-found', (url) => fetch(`${url}/v1/nothing`)],
      [
        'a method that is none',
        404,
        'not-found',
        () => system.call(AUDITOR, '/v1/transfers', { method: 'DELETE' }),
      ],
      [
        'more than 10 MB',
        413,
        'body-too-large',
        () =>
          system.call({ agency: 'agency-1' }, '/v1/transfers', {
            ...aTransfer,
            body: 'x'.repeat(10_500_000),
          }),
      ],
      ['a query that is no UTF-8', 400, 'invalid-request', (url) => fetch(`${url}/v1/transfers?q=%ff`)],
    ])('%s', async (_, status, slug, send) => {
      const response = await send(system.url);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      const problem = ProblemAnswer.parse(await response.json());
      expect(problem).toMatchObject({ type: expect.stringMatching(new RegExp(`/${slug}$`)), status });
      expect(problem.correlationId).toBe(response.headers.get('x-correlation-id'));
    });

    it('a body over 256 KB, which the function refuses in the same form', async () => {
      const body = JSON.stringify({ purposeText: 'x'.repeat(300_000) });
      const headers = { ...aTransfer.headers, 'idempotency-key': 'too-large-1' };
      const response = await system.call({ agency: 'agency-1' }, '/v1/transfers', {
        ...aTransfer,
        headers,
        body,
      });
      expect(response.status).toBe(413);
      expect(ProblemAnswer.parse(await response.json()).type).toMatch(/\/body-too-large$/);
    });
  });

  it('shows soon what was recorded', async () => {
    expect((await register(1)).status).toBe(201);
    await agencyIsShown(1);
  });

  it('signs its log, which its witness knows', async () => {
    await expect
      .poll(async () => (await fetch(`${system.url}/log/checkpoint`)).status, { timeout: 60_000 })
      .toBe(200);
    const checkpoint = await (await fetch(`${system.url}/log/checkpoint`)).text();
    const vkey = (await (await fetch(`${system.url}/log/vkey`)).text()).trimEnd();
    const { origin, size } = openCheckpoint(checkpoint, policyOf([vkey]));
    expect(origin).toBe('amanat.dev.example.org/log');
    // To a log of another name or key it would say that it knows none such, whatever was asked of it.
    const body = encodeAddCheckpoint({ oldSize: size + 1, proof: [], checkpoint });
    const answer = await fetch(`${await witnessUrl(data)}/add-checkpoint`, { method: 'POST', body });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('the old size is larger than the checkpoint'),
    ]);
  });

  it('says so when somebody changes the ledger behind its back', async () => {
    const dynamo = new DynamoDBClient({
      endpoint: await engineUrl(data),
      region: REGION,
      credentials: LOCAL_CREDENTIALS,
    });
    const { TableNames = [] } = await dynamo.send(new ListTablesCommand());
    const TableName = TableNames.find((name) => name.includes('Ledger-Ledger'));
    const Item = { pk: { S: 'NOTHING' }, sk: { S: 'OF OURS' }, is: { S: 'one thing' } };
    await dynamo.send(new PutItemCommand({ TableName, Item }));
    await dynamo.send(new PutItemCommand({ TableName, Item: { ...Item, is: { S: 'another' } } }));
    dynamo.destroy();
    await expect
      .poll(() => system.output(), { timeout: 60_000 })
      .toMatch(/ ALARM LedgerTampering: The ledger or the archive is not what the system has written.*\n/);
  });

  it('refuses a second start on the same folder with one line', async () => {
    const { code, stdout, stderr } = await startToItsEnd({ data });
    expect(code).toBe(1);
    expect(stdout).not.toContain('ready');
    expect(stderr).toMatch(/is in use: another `npm start` runs on it.*--data DIR\n$/);
    expect((await fetch(`${system.url}/healthz`)).status).toBe(200);
  });

  it('refuses a port that is taken with one line', async () => {
    const other = await mkdtemp(join(tmpdir(), 'amanat-port-'));
    const { code, stderr } = await startToItsEnd({ data: other, port: Number(new URL(system.url).port) });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^port \d+ is taken; choose another with --port N\n$/),
    ]);
    expect(await enginesOn(other)).toEqual([]);
    await rm(other, { recursive: true, force: true });
  });

  it('keeps its state over an orderly stop, and the tokens stay good', async () => {
    const first = await (await register(2)).text();
    const witness = await witnessUrl(data);
    const vkey = await (await fetch(`${witness}/vkey`)).text();
    await agencyIsShown(2);
    const token = await system.token(AUDITOR);
    await system.stop();
    expect(system.output()).toContain('stopped; everything recorded is kept in');
    expect(await enginesOn(data)).toEqual([]);

    const { code, stderr } = await runScript('local/token.ts', ['--data', data, '--role', 'auditor']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^no system runs on .*: start one with `npm start`.*\n$/);

    system = await startSystem({ data });
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${system.url}/v1/agencies/agency-2`, { headers })).status).toBe(200);
    const again = await register(2);
    expect([again.status, await again.text()]).toEqual([201, first]);
    // Whoever trusts the witness knows it by its key, and the log by where it is.
    expect(await (await fetch(`${witness}/vkey`)).text()).toBe(vkey);
  });

  it('keeps every acknowledged write over kill -9, and starts again at once', async () => {
    const acknowledged = new Map<number, string>();
    let stopped = false;
    const writer = async (first: number) => {
      for (let number = first; !stopped; number += 4) {
        const response = await register(number).catch(() => undefined);
        if (response?.status === 201) acknowledged.set(number, await response.text().catch(() => ''));
      }
    };
    const writers = [1000, 1001, 1002, 1003].map(writer);
    await expect.poll(() => acknowledged.size, { timeout: 60_000 }).toBeGreaterThan(20);
    await system.kill();
    stopped = true;
    await Promise.all(writers);

    system = await startSystem({ data });
    for (const [number, first] of acknowledged) {
      const again = await register(number);
      expect(again.status).toBe(201);
      const answer = await again.text();
      // An answer that the kill cut off says nothing.
      if (first !== '') expect(answer).toBe(first);
      const { entryId } = JSON.parse(answer) as { entryId: string };
      expect((await system.call(AUDITOR, `/v1/entries/${entryId}`)).status).toBe(200);
    }
    // What was accepted before the kill reaches the views after it, by the stream or by the sweep.
    for (const number of acknowledged.keys()) await agencyIsShown(number);
  });

  it('leaves nothing running after kill -9', async () => {
    const started = await startedBy(system.pid);
    expect(started.filter(({ command }) => command.includes('functions/runtime.ts')).length).toBeGreaterThan(
      3,
    );
    expect(started.filter(({ command }) => command.includes('DynamoDBLocal.jar'))).toHaveLength(2);
    await system.kill();
    const alive = async () => {
      const now = await processes();
      return started.filter(({ pid, command }) =>
        now.some((other) => other.pid === pid && other.command === command),
      );
    };
    await expect.poll(alive, { timeout: 20_000 }).toEqual([]);
    system = await startSystem({ data });
  });

  it('ends an engine that was left behind with the keeper killed too', async () => {
    const [engine] = await enginesOn(data);
    const keeper = engine?.parent ?? 0;
    // 0 would mean our own group, 1 that it has no keeper.
    expect(keeper).toBeGreaterThan(1);
    process.kill(keeper, 'SIGKILL');
    await system.kill();
    await pause(500);
    expect((await enginesOn(data)).map(({ pid }) => pid)).toEqual([engine?.pid]);

    system = await startSystem({ data });
    expect(system.output()).toContain('ended the DynamoDB Local that a killed run had left behind');
    const engines = await enginesOn(data);
    expect(engines).toHaveLength(1);
    expect(engines[0]?.pid).not.toBe(engine?.pid);
    expect((await system.call(AUDITOR, '/v1/agencies/agency-1')).status).toBe(200);
  });

  it('starts anew when asked to, with nothing left and tokens of before refused', async () => {
    const token = await system.token(AUDITOR);
    await system.stop();
    system = await startSystem({ data, fresh: true });
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${system.url}/v1/agencies`, { headers })).status).toBe(401);
    const agencies = (await (await system.call(AUDITOR, '/v1/agencies')).json()) as { items: unknown[] };
    expect(agencies.items).toEqual([]);
  });
});

it('says in one line that Java is missing and how to get it', async () => {
  const data = await mkdtemp(join(tmpdir(), 'amanat-nojava-'));
  const env = { PATH: dirname(process.execPath), JAVA_HOME: '' };
  const { code, stderr } = await startToItsEnd({ data, env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^.*needs Java 17 or later, and there is none\. Install it with .*\n$/);
  await rm(data, { recursive: true, force: true });
});

const witnessUrl = async (data: string): Promise<string> => (await readRunning(data))?.witness ?? '';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

async function processes(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,ppid=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** The processes that a process has started, and those that they have. */
async function startedBy(pid: number): Promise<Process[]> {
  const all = await processes();
  const below = (parent: number): Process[] =>
    all.filter((other) => other.parent === parent).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

const engineUrl = async (data: string): Promise<string> => {
  const [engine] = await enginesOn(data);
  return `http://127.0.0.1:${/ -port (\d+) /.exec(engine?.command ?? '')?.[1]}`;
};

/** The Java processes on a data folder. */
const enginesOn = async (data: string): Promise<Process[]> =>
  (await processes()).filter(
    ({ command }) => command.includes(`-dbPath ${data}`) && !command.includes('keeper.ts'),
  );
