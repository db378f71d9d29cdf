import './environment.ts';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backOff, batchGet, chunks, dynamo, inParallel, passing } from '../../lambdas/store/client.ts';

/** The back-off waits a random part of its time: none of it here. */
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());

/** What the SDK's own types do not say of its request handler. */
interface Impatient {
  updateHttpClientConfig(name: 'requestTimeout', milliseconds: number): void;
}

const key = (n: number) => ({ pk: `ENTRY#${n}`, sk: 'ENTRY' });
const item = (n: number) => ({ pk: { S: `ENTRY#${n}` }, sk: { S: 'ENTRY' } });
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('reading many items', () => {
  const mock = mockClient(dynamo);
  beforeEach(() => mock.reset());
  afterEach(() => mock.restore());

  const asked = () =>
    mock.commandCalls(BatchGetItemCommand).flatMap(({ args }) => args[0].input.RequestItems?.['t'] ?? []);

  it('asks for a hundred at a time, strongly consistent, and answers in the order of the keys', async () => {
    mock.on(BatchGetItemCommand).callsFake(async ({ RequestItems }) => ({
      Responses: { t: [...RequestItems.t.Keys].reverse().filter(({ pk }) => pk.S !== 'ENTRY#7') },
    }));
    const items = await batchGet('t', numbers(230).map(key));
    expect(asked().map(({ Keys }) => Keys?.length)).toEqual([100, 100, 30]);
    expect(asked().every(({ ConsistentRead }) => ConsistentRead === true)).toBe(true);
    expect(items.map(({ pk }) => pk?.S)).toEqual(
      numbers(230)
        .filter((n) => n !== 7)
        .map((n) => `ENTRY#${n}`),
    );
  });

  it('asks again for what an answer had no room for, as long as there is progress', async () => {
    mock.on(BatchGetItemCommand).callsFake(async ({ RequestItems }) => {
      const [first, ...rest] = RequestItems.t.Keys;
      return { Responses: { t: [first] }, UnprocessedKeys: rest.length > 0 ? { t: { Keys: rest } } : {} };
    });
    expect(await batchGet('t', numbers(20).map(key))).toHaveLength(20);
  });

  it('gives up when nothing more comes, also after a part of it did', async () => {
    mock
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { t: [item(0)] }, UnprocessedKeys: { t: { Keys: [item(1), item(2)] } } })
      .resolves({ Responses: { t: [] }, UnprocessedKeys: { t: { Keys: [item(1), item(2)] } } });
    await expect(batchGet('t', numbers(3).map(key))).rejects.toMatchObject({ slug: 'try-again' });
    expect(asked().length).toBeLessThan(10);
  });
});

describe('a call to a table', () => {
  let server: Server;
  let answer: (response: ServerResponse) => void;
  let client: DynamoDBClient;
  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => answer(response));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    client = new DynamoDBClient({ maxAttempts: 2, endpoint: `http://127.0.0.1:${port}` });
  });
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  const error = (status: number, type: string) => (response: ServerResponse) =>
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
      .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no' }));
  const read = () =>
    client
      .send(new BatchGetItemCommand({ RequestItems: { t: { Keys: [item(1)] } } }))
      .catch((failure: unknown) => passing(failure));

  it.each<[string, (response: ServerResponse) => void]>([
    ['a reset connection', (response) => response.socket?.destroy()],
    [
      'half an answer',
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{', () => response.socket?.destroy());
      },
    ],
    ['an error of the service', error(500, 'InternalServerError')],
    ['throttling', error(400, 'ThrottlingException')],
    ['a throttled partition', error(400, 'ProvisionedThroughputExceededException')],
    ['a transaction in the way', error(400, 'TransactionConflictException')],
    ['a page of a load balancer', (response) => response.writeHead(503).end('<h1>Service Unavailable</h1>')],
    ['an empty 502', (response) => response.writeHead(502).end()],
  ])('that meets with %s may be tried again', async (_, behaviour) => {
    answer = behaviour;
    expect(await read()).toMatchObject({ name: 'Problem', slug: 'try-again' });
  });

  it.each(['ValidationException', 'AccessDeniedException', 'ResourceNotFoundException'])(
    'that is refused with %s is a fault of ours',
    async (type) => {
      answer = error(400, type);
      expect(await read()).toMatchObject({ name: type });
    },
  );

  it('that is never answered ends when its time is up', async () => {
    answer = () => undefined;
    const handler = dynamo.config.requestHandler as typeof dynamo.config.requestHandler & Impatient;
    handler.updateHttpClientConfig('requestTimeout', 60);
    client.config.requestHandler = handler;
    expect(await read()).toMatchObject({ name: 'Problem', slug: 'try-again' });
  });
});

describe('work in parallel', () => {
  it('goes on to the end of what was begun before it tells of a failure', async () => {
    const ended: number[] = [];
    const work = inParallel(numbers(6), 3, async (n) => {
      await new Promise((done) => setTimeout(done, n));
      if (n === 1) throw new Error('one failed');
      ended.push(n);
    });
    await expect(work).rejects.toThrow('one failed');
    expect(ended).toEqual([0, 2, 3, 4, 5]);
  });

  it('runs no more at once than it is wide', async () => {
    let [running, most] = [0, 0];
    await inParallel(numbers(20), 4, async () => {
      most = Math.max(most, ++running);
      await new Promise((done) => setTimeout(done, 1));
      running--;
    });
    expect(most).toBe(4);
  });

  it('cuts into chunks without losing any', () => {
    expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunks([], 2)).toEqual([]);
  });
});

it('backs off longer each time, and never the same', async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  let over = false;
  const waiting = backOff(2).then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(99);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
  vi.useRealTimers();
  expect(over).toBe(true);
});
