import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../local/functions/environment.ts';
import { FunctionPool } from '../../../local/functions/pool.ts';
import { BUNDLE } from '../fixtures/templates.ts';

describe('a function', { timeout: 20_000 }, () => {
  let folder: string;
  const pools: FunctionPool[] = [];
  const told: string[] = [];
  const metrics: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-pool-'));
  });
  afterEach(() => {
    for (const pool of pools.splice(0)) pool.stop();
    told.length = 0;
    metrics.length = 0;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function start(handler = 'index.handler', { most = 2, timeoutMs = 2000 } = {}): FunctionPool {
    const spec = {
      name: 'FollowFunction0A1B2C3D',
      label: 'follow',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:Follow',
      codeFolder: BUNDLE,
      handler,
      timeoutMs,
      memoryMb: 256,
      environment: { OWN: 'yes' },
    };
    const surroundings = {
      variables: { AWS_ACCESS_KEY_ID: 'local' },
      logFolder: join(folder, 'logs'),
      cacheFolder: join(folder, 'cache'),
      onMetrics: (output: string) => metrics.push(output),
    };
    const pool = new FunctionPool(spec, surroundings, (line) => told.push(line), most);
    pools.push(pool);
    return pool;
  }
  const invoke = (pool: FunctionPool, event: unknown) => pool.invoke(JSON.stringify(event), 'Root=1-2-3');
  const answerOf = (outcome: Outcome) => {
    expect(outcome.kind).toBe('answer');
    return (outcome as { answer: Record<string, unknown> }).answer;
  };

  it('answers, with the same process as long as that is well', async () => {
    const pool = start();
    const first = answerOf(await invoke(pool, { a: [1, 'ü', null] }));
    const second = answerOf(await invoke(pool, {}));
    expect(first).toMatchObject({ event: { a: [1, 'ü', null] }, invocations: 1 });
    expect(second).toMatchObject({ pid: first['pid'], invocations: 2 });
    expect(await invoke(pool, { do: 'nothing' })).toEqual({ kind: 'answer', answer: null });
  });

  it('sees the environment and the context that it would see in Lambda, and none of ours', async () => {
    process.env['AMANAT_TEST_SECRET'] = 'must not leak';
    const context = answerOf(await invoke(start(), { do: 'context' }));
    expect(context).toMatchObject({
      functionName: 'FollowFunction0A1B2C3D',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Follow',
      memoryLimitInMB: '256',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      traceId: 'Root=1-2-3',
    });
    expect(context['remaining']).toBeGreaterThan(1000);
    expect(context['variables']).toMatchObject({
      OWN: 'yes',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_REGION: 'us-east-1',
      TZ: 'UTC',
    });
    expect(context['variables']).not.toHaveProperty('AMANAT_TEST_SECRET');
    delete process.env['AMANAT_TEST_SECRET'];
  });

  it('serves one event at a time in a process, more of them in more processes, and the rest in turn', async () => {
    const pool = start();
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => invoke(pool, { do: 'wait', ms: 100 })),
    );
    const pids = new Set(outcomes.map((outcome) => answerOf(outcome)['pid']));
    expect(pids.size).toBeLessThanOrEqual(2);
    expect(pool.size).toBe(2);
    expect(pool.waiting).toBe(0);
  });

  it('hands on what a handler throws, and goes on', async () => {
    const pool = start();
    expect(await invoke(pool, { do: 'throw', message: 'too far' })).toEqual({
      kind: 'error',
      error: { errorType: 'RangeError', errorMessage: 'too far' },
    });
    answerOf(await invoke(pool, {}));
    expect(await readFile(join(folder, 'logs', 'follow.log'), 'utf8')).toContain('RangeError: too far');
  });

  it('tells of the metrics in its output before it answers, and keeps all of it', async () => {
    const lines = [
      '{"_aws":{"Timestamp":1},"Found":1}',
      'a line of another kind',
      '{"_aws":{"Timestamp":2}}',
    ];
    answerOf(await invoke(start(), { do: 'print', lines }));
    expect(metrics.join('')).toBe(`${lines[0]}\n${lines[2]}\n`);
    expect(await readFile(join(folder, 'logs', 'follow.log'), 'utf8')).toContain(`${lines.join('\n')}\n`);
  });

  it('is replaced after a crash, which loses one event only', async () => {
    const pool = start('index.handler', { most: 1 });
    const before = answerOf(await invoke(pool, {}));
    const [crashed, next] = await Promise.all([invoke(pool, { do: 'crash' }), invoke(pool, {})]);
    expect(crashed).toEqual({ kind: 'crash' });
    expect(answerOf(next)['pid']).not.toBe(before['pid']);
    expect(told).toEqual([expect.stringMatching(/^follow crashed; its output is in .*follow\.log$/)]);
  });

  it.each(['hang', 'spin'])('is killed when it takes too long: %s', async (way) => {
    const pool = start('index.handler', { most: 1, timeoutMs: 400 });
    expect(await invoke(pool, { do: way })).toEqual({ kind: 'timeout' });
    answerOf(await invoke(pool, {}));
    expect(told).toEqual([expect.stringContaining('took longer than 0.4 s')]);
  });

  it.each([
    ['index.missing', 'exports no function missing'],
    ['index.notAFunction', 'exports no function notAFunction'],
    ['nowhere.handler', 'holds no module nowhere'],
  ])('fails with the reason when its bundle does not load: %s', async (handler, message) => {
    const pool = start(handler);
    for (let i = 0; i < 2; i++)
      expect(await invoke(pool, {})).toMatchObject({
        kind: 'error',
        error: { errorMessage: expect.stringContaining(message) },
      });
  });

  it('answers nothing any more once stopped', async () => {
    const pool = start('index.handler', { most: 1 });
    await invoke(pool, {});
    const waiting = [invoke(pool, { do: 'wait', ms: 200 }), invoke(pool, {})];
    pool.stop();
    expect((await Promise.all(waiting)).at(1)).toEqual({ kind: 'crash' });
    expect(await invoke(pool, {})).toEqual({ kind: 'crash' });
  });
});
