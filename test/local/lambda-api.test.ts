import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Functions } from '../../local/functions/functions.ts';
import { startLambdaApi } from '../../local/lambda-api.ts';
import type { Loopback } from '../../local/loopback.ts';
import { BUNDLE } from './fixtures/templates.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:Log-CosignFunction0A1B2C3D';
const SPEC = {
  name: 'Log-CosignFunction0A1B2C3D',
  label: 'cosign',
  arn: ARN,
  codeFolder: BUNDLE,
  handler: 'index.handler',
  timeoutMs: 2000,
  memoryMb: 256,
  environment: {},
};

describe("Lambda's own API, as the AWS SDK speaks with it", { timeout: 20_000 }, () => {
  let folder: string;
  let functions: Functions;
  let server: Loopback;
  let client: LambdaClient;
  const told: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-lambda-'));
    const surroundings = { variables: {}, logFolder: folder, cacheFolder: join(folder, 'cache') };
    functions = new Functions([SPEC], surroundings, () => undefined);
    server = await startLambdaApi(functions.find, (line) => told.push(line));
    client = new LambdaClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  });
  beforeEach(() => {
    told.length = 0;
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
    functions.stop();
    // A process that is just ending may still write what it compiled.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const invoke = async (event: unknown, more: Partial<InvokeCommandInput> = {}) => {
    const { Payload, ...answer } = await client.send(
      new InvokeCommand({ FunctionName: ARN, Payload: JSON.stringify(event), ...more }),
    );
    const text = Buffer.from(Payload ?? []).toString('utf8');
    return { ...answer, answer: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };

  it.each([SPEC.name, SPEC.arn, SPEC.label])('invokes a function by the name %s', async (FunctionName) => {
    expect(await invoke({ a: 'ü' }, { FunctionName })).toMatchObject({
      StatusCode: 200,
      answer: { event: { a: 'ü' } },
    });
  });

  it('says when the function failed, and when there is none', async () => {
    expect(await invoke({ do: 'throw', message: 'no' })).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
    });
    await expect(invoke({}, { FunctionName: 'none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(invoke({}, { InvocationType: 'DryRun' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });

  it('accepts an event that nobody waits for at once, and then runs it', async () => {
    const later = { InvocationType: 'Event' } as const;
    const accepted = { StatusCode: 202, answer: undefined };
    expect(await invoke({ do: 'hang' }, later)).toMatchObject(accepted);
    // It ends when its time is up, which is told of.
    expect(told).toEqual([]);
    expect(await invoke({ do: 'throw', message: 'heard in the end' }, later)).toMatchObject(accepted);
    await expect
      .poll(() => readFile(join(folder, 'cosign.log'), 'utf8'), { timeout: 10_000 })
      .toContain('heard in the end');
    await expect
      .poll(() => told.toSorted(), { timeout: 10_000 })
      .toEqual(['error', 'timeout'].map((kind) => `cosign: a call that nobody waited for failed (${kind})`));
  });

  it('takes 6 MB from who waits, and 1 MB from who does not', async () => {
    const mb = (count: number) => ({ text: 'x'.repeat(count * 1024 * 1024) });
    expect((await invoke(mb(2))).StatusCode).toBe(200);
    await expect(invoke(mb(2), { InvocationType: 'Event' })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
    await expect(invoke(mb(7))).rejects.toMatchObject({ name: 'RequestTooLargeException' });
  });
});
