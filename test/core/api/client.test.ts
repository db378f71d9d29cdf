import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import type { AppendAnswer, LineAnswer, TransferSummary } from '../../../core/api/answers.ts';
import { ApiFailure, ApiProblem, type ClientOptions, createClient } from '../../../core/api/client.ts';
import { ANSWER_EXAMPLES } from '../../../core/api/openapi/answers.ts';
import { Problem } from '../../../core/problem.ts';
import { aTransferId, transferBody } from '../../support/transfers.ts';

const appended = ANSWER_EXAMPLES.recordTransfer?.['appended']?.value;
const page = ANSWER_EXAMPLES.listTransfers?.['answer']?.value;
const lines = ANSWER_EXAMPLES.recordEntries?.['lines']?.value;

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that answers each request by the next of `answers`, the last for ever, and tells what it was sent. */
async function serving(...answers: RequestListener[]): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const started = createServer(async (request, response) => {
    const body = (await Array.fromAsync(request)).join('');
    const { method, url, headers } = request;
    seen.push({ method, url, headers, body });
    answers[Math.min(seen.length, answers.length) - 1]?.(request, response);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(started.address() as AddressInfo).port}`, seen };
}

const json =
  (status: number, value: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
const problem = (slug: ConstructorParameters<typeof Problem>[0], headers = {}): RequestListener => {
  const document = new Problem(slug).toDocument('0c4f7f7e');
  return json(document.status, document, { 'content-type': 'application/problem+json', ...headers });
};
const hangUp: RequestListener = (request) => request.socket.destroy();

const clientOf = (url: string, options: Partial<ClientOptions> = {}) =>
  createClient({ url, token: () => 'token-1', firstWaitMs: 1, ...options });

const transferId = aTransferId();
const recording = { body: transferBody() as never, idempotencyKey: 'key-1' };

describe('a request', () => {
  test('names the case that it is for where it is recorded who reads, and nowhere else', async () => {
    const { url, seen } = await serving(json(200, page), json(201, appended), json(200, { status: 'ok' }));
    const incidentId = `in-${'1'.repeat(32)}`;
    const client = clientOf(url, { incidentId });
    await client.call('listTransfers');
    await client.call('recordTransfer', recording);
    await client.call('healthz');
    expect(seen.map(({ headers }) => headers['amanat-incident'])).toEqual([incidentId, undefined, undefined]);
  });

  test('goes to the path of its route, with token, key and JSON body', async () => {
    const { url, seen } = await serving(json(201, appended));
    const answer = await clientOf(`${url}/prod/`).call('recordTransfer', recording);

    expectTypeOf(answer).toEqualTypeOf<AppendAnswer>();
    expect(answer).toEqual(appended);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/prod/v1/transfers',
      headers: {
        authorization: 'Bearer token-1',
        'idempotency-key': 'key-1',
        'content-type': 'application/json',
      },
    });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(transferBody());
  });

  test('escapes its path parameters and repeats its lists', async () => {
    const { url, seen } = await serving(json(200, page));
    await clientOf(url).call('listTransfers', {
      query: { field: ['cnic', 'name'], q: 'winter support', dataset: 'a/b', cursor: undefined, limit: 5 },
    });
    await clientOf(url).send('getAgency', { params: { agencyId: '../x?y' } });
    expect(seen.map((request) => request.url)).toEqual([
      '/v1/transfers?field=cnic&field=name&q=winter+support&dataset=a%2Fb&limit=5',
      '/v1/agencies/..%2Fx%3Fy',
    ]);
  });

  test('asks for the token before every attempt, and not where none is needed', async () => {
    let asked = 0;
    const token = async () => `token-${++asked}`;
    const { url, seen } = await serving(problem('try-again'), json(200, { status: 'ok' }));
    await clientOf(url, { token }).call('healthz');
    expect(asked).toBe(0);
    expect(seen[0]?.headers.authorization).toBeUndefined();

    const other = await serving(problem('try-again'), json(200, page));
    await clientOf(other.url, { token }).call('listTransfers');
    expect(other.seen.map((request) => request.headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  test('of lines sends one a line, and reads one answer a line', async () => {
    const { url, seen } = await serving((_, response) =>
      response.end(lines?.map((line) => `${JSON.stringify(line)}\n`).join('')),
    );
    const line = { idempotencyKey: 'k', kind: 'agency-registered', body: { agencyId: 'a' } } as const;
    const answers = await clientOf(url).call('recordEntries', {
      body: [line, { ...line, idempotencyKey: 'l' }],
    });

    expectTypeOf(answers).toEqualTypeOf<LineAnswer[]>();
    expect(answers).toEqual(lines);
    expect(seen[0]?.headers['content-type']).toBe('application/x-ndjson');
    expect(seen[0]?.body).toBe(
      `${JSON.stringify(line)}\n${JSON.stringify({ ...line, idempotencyKey: 'l' })}\n`,
    );
  });
});

describe('what passes', () => {
  for (const slug of ['too-many-requests', 'try-again', 'timeout'] as const)
    test(`${slug} is sent again, the same`, async () => {
      const { url, seen } = await serving(problem(slug), problem(slug), json(201, appended));
      expect(await clientOf(url).call('recordTransfer', recording)).toEqual(appended);
      expect(seen).toHaveLength(3);
      expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
      expect(new Set(seen.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set(['key-1']));
    });

  test('a broken connection is sent again', async () => {
    const halfAnAnswer: RequestListener = (request, response) => {
      response.writeHead(201, { 'content-length': 1000 }).write('{"entryId":');
      setTimeout(() => request.socket.destroy(), 5);
    };
    const { url, seen } = await serving(hangUp, halfAnAnswer, json(201, appended));
    expect(await clientOf(url).call('recordTransfer', recording)).toEqual(appended);
    expect(seen).toHaveLength(3);
  });

  test('an attempt that takes too long is sent again', async () => {
    const { url, seen } = await serving(() => undefined, json(200, page));
    expect(await clientOf(url, { timeoutMs: 50 }).call('listTransfers')).toEqual(page);
    expect(seen).toHaveLength(2);
  });

  test('an answer that comes too slowly is given up', async () => {
    const { url, seen } = await serving((request, response) => {
      const drip = setInterval(() => response.write(' '), 10);
      request.socket.on('close', () => clearInterval(drip));
    });
    await expect(clientOf(url, { timeoutMs: 100, attempts: 2 }).call('listTransfers')).rejects.toMatchObject({
      code: 'unreachable',
      message: `no whole answer in time from ${url}`,
    });
    expect(seen).toHaveLength(2);
  });

  test('waits as long as it is told', async () => {
    const { url } = await serving(problem('too-many-requests', { 'retry-after': '1' }), json(200, page));
    const start = performance.now();
    await clientOf(url).call('listTransfers');
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  test('is given up after the last attempt', async () => {
    const busy = await serving(problem('try-again'));
    await expect(clientOf(busy.url, { attempts: 3 }).call('listTransfers')).rejects.toMatchObject({
      name: 'ApiProblem',
      slug: 'try-again',
      status: 503,
    });
    expect(busy.seen).toHaveLength(3);

    const gone = await serving(hangUp);
    const failure = await clientOf(gone.url, { attempts: 2 })
      .call('listTransfers')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiFailure);
    expect(failure).toMatchObject({ code: 'unreachable' });
    expect(gone.seen).toHaveLength(2);
  });

  test('ends at once when the caller has enough', async () => {
    const { url, seen } = await serving(problem('too-many-requests', { 'retry-after': '9' }));
    const signal = AbortSignal.timeout(100);
    const start = performance.now();
    await expect(clientOf(url).call('listTransfers', { signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(performance.now() - start).toBeLessThan(2000);
    expect(seen).toHaveLength(1);
    await expect(clientOf(url).call('listTransfers', { signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(seen).toHaveLength(1);
  });
});

describe('what does not pass', () => {
  for (const slug of ['invalid-record', 'conflict', 'forbidden', 'internal-error'] as const)
    test(`${slug} is thrown at once, as the document that came`, async () => {
      const { url, seen } = await serving(problem(slug));
      const thrown = await clientOf(url)
        .call('recordTransfer', recording)
        .catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(ApiProblem);
      expect(thrown).toMatchObject({ slug, problem: new Problem(slug).toDocument('0c4f7f7e') });
      expect(seen).toHaveLength(1);
    });

  test("an error that is not the API's own has its status and no slug", async () => {
    const { url } = await serving((_, response) => response.writeHead(403).end('<html>blocked</html>'));
    await expect(clientOf(url).call('getTransfer', { params: { transferId } })).rejects.toMatchObject({
      status: 403,
      slug: undefined,
    });
  });

  test('an answer that breaks the contract is refused', async () => {
    for (const body of ['{"items":3}', 'no JSON', '']) {
      const { url } = await serving((_, response) => response.end(body));
      await expect(clientOf(url).call('listTransfers')).rejects.toMatchObject({ code: 'unexpected-answer' });
      server?.close();
    }
  });

  test('a redirect is not followed: the token stays here', async () => {
    let followed = 0;
    const elsewhere = createServer((_, response) => {
      followed++;
      response.end(JSON.stringify(page));
    });
    onTestFinished(() => void elsewhere.close());
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { url, seen } = await serving((_, response) =>
      response
        .writeHead(302, { location: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/` })
        .end(),
    );
    await expect(clientOf(url).call('listTransfers')).rejects.toMatchObject({
      code: 'unexpected-answer',
      message: 'the answer is a redirect, which is not followed',
    });
    expect([followed, seen.length]).toEqual([0, 1]);
  });

  test('an answer without end is cut off, and not asked for again', async () => {
    let sent = 0;
    const endless: RequestListener = (request, response) => {
      const more = () => {
        while (!request.socket.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    };
    const { url, seen } = await serving(endless);
    await expect(clientOf(url, { maxBytes: 1_000_000 }).call('listTransfers')).rejects.toMatchObject({
      code: 'unexpected-answer',
      message: 'the answer is longer than 1000000 bytes',
    });
    expect(seen).toHaveLength(1);
    expect(sent).toBeLessThan(20_000_000);
  });

  test('a short answer that grows when it is decompressed is cut off too', async () => {
    const { url } = await serving((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))),
    );
    await expect(clientOf(url, { maxBytes: 1_000_000 }).call('listTransfers')).rejects.toMatchObject({
      message: 'the answer is longer than 1000000 bytes',
    });
  });
});

test('bytes come as they are, from a path with slashes', async () => {
  const tile = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const { url, seen } = await serving((_, response) => response.end(tile));
  const bytes = await clientOf(url).call('getTile', { params: { tile: '0/x001/067.p/8' } });
  expectTypeOf(bytes).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expect(Buffer.from(bytes)).toEqual(tile);
  expect(seen[0]?.url).toBe('/log/tile/0/x001/067.p/8');
});

test('items come page after page, by the same query', async () => {
  const { url, seen } = await serving(
    json(200, { ...page, nextCursor: 'second' }),
    json(200, { ...page, nextCursor: 'third' }),
    json(200, { ...page, items: [] }),
  );
  const items = await Array.fromAsync(clientOf(url).items('listTransfers', { query: { field: ['cnic'] } }));

  expectTypeOf(items).toEqualTypeOf<TransferSummary[]>();
  expect(items).toEqual([...(page?.items ?? []), ...(page?.items ?? [])]);
  expect(seen.map((request) => request.url)).toEqual([
    '/v1/transfers?field=cnic',
    '/v1/transfers?field=cnic&cursor=second',
    '/v1/transfers?field=cnic&cursor=third',
  ]);
});

test('the exact bytes of an answer are there for who needs them', async () => {
  const bytes = '{"amanat":1 }';
  const { url } = await serving((_, response) => response.setHeader('x-correlation-id', 'abc').end(bytes));
  const {
    bytes: received,
    headers,
    status,
  } = await clientOf(url).send('getEntry', {
    params: { entryId: '6f1d2a9c04be4f7783d5e0a1b2c3d4e5' },
  });
  expect(new TextDecoder().decode(received)).toBe(bytes);
  expect([status, headers.get('x-correlation-id')]).toEqual([200, 'abc']);
});
