import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FunctionPool } from '../../../local/functions/pool.ts';
import { type GatewayPort, takePort } from '../../../local/gateway/server.ts';
import { fixtureDeployment } from '../fixtures/templates.ts';

describe('the gateway', { timeout: 60_000 }, () => {
  let folder: string;
  let gateway: GatewayPort;
  let writes = 0;
  /** A request of when the port was taken, and nothing served on it yet. */
  let early: Promise<Response>;
  const pools = new Map<string, FunctionPool>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-gateway-'));
    const { api, functions } = fixtureDeployment();
    const surroundings = { variables: {}, logFolder: folder, cacheFolder: join(folder, 'cache') };
    for (const spec of functions) pools.set(spec.arn, new FunctionPool(spec, surroundings));
    gateway = await takePort(0);
    early = call('/');
    await pause(100);
    gateway.serve(
      api,
      (arn) => pools.get(arn) as FunctionPool,
      () => {
        writes += 1;
      },
    );
  });
  afterAll(async () => {
    await gateway.stop();
    for (const pool of pools.values()) pool.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const call = (path: string, init: RequestInit = {}) => fetch(gateway.url + path, init);
  /** Has the function of `/` answer in just this way. */
  const answered = (answer: unknown, headers: Record<string, string> = {}) =>
    call('/', {
      headers: { ...headers, 'X-Answer': Buffer.from(JSON.stringify(answer)).toString('base64') },
    });
  const eventOf = async (response: Response) => (await response.json()) as APIGatewayProxyEvent;
  /** Sends bytes as they are; what comes back until the connection ends. */
  const raw = (...parts: (string | Buffer)[]): Promise<string> =>
    new Promise((done, fail) => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
      });
      socket.once('close', () => done(answer));
      // A connection that the gateway cut while we were still sending: what it said before counts.
      socket.once('error', () => done(answer));
      socket.setTimeout(10_000, () => fail(new Error(`no end of the answer: ${answer}`)));
      for (const part of parts) socket.write(part);
    });

  it('answers who asked before it was served', async () => {
    expect((await early).status).toBe(200);
  });

  it('hands the function the event that API Gateway would', async () => {
    const response = await call('/v1/things/special?a=1&b=x%20y+z&a=2&empty=', {
      headers: { 'X-MiXed': 'kept', Accept: 'application/json', 'User-Agent': 'test' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-was')).toBe('here');
    const event = await eventOf(response);
    expect(event).toMatchObject({
      resource: '/v1/things/special',
      path: '/v1/things/special',
      httpMethod: 'GET',
      queryStringParameters: { a: '2', b: 'x y z', empty: '' },
      multiValueQueryStringParameters: { a: ['1', '2'], b: ['x y z'], empty: [''] },
      pathParameters: null,
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        apiId: 'Api',
        httpMethod: 'GET',
        path: '/v1/things/special',
        protocol: 'HTTP/1.1',
        requestId: response.headers.get('x-amzn-requestid'),
        resourcePath: '/v1/things/special',
        stage: 'test',
        identity: { sourceIp: '127.0.0.1', userAgent: 'test' },
      },
    });
    expect(event.headers['x-mixed'] ?? event.headers['X-MiXed']).toBe('kept');
    expect(event.headers['X-Forwarded-For']).toBe('127.0.0.1');
    expect(event.requestContext.requestTime).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  });

  it('keeps header names as sent, and joins those that differ in case only', async () => {
    const answer = await raw(
      'GET /v1/things/special HTTP/1.1\r\nHost: x\r\nX-OnE: 1\r\nx-one: 2\r\nConnection: close\r\n\r\n',
    );
    const event = JSON.parse(answer.split('\r\n\r\n')[1] ?? '') as APIGatewayProxyEvent;
    expect(event.headers['X-OnE']).toBe('2');
    expect(event.multiValueHeaders['X-OnE']).toEqual(['1', '2']);
    expect(event.multiValueHeaders['x-one']).toBeUndefined();
  });

  it('hands path parameters over as they were sent', async () => {
    const response = await call('/v1/things/a%2Fb%20c', { headers: { Authorization: 'Bearer me' } });
    const event = await eventOf(response);
    expect(event.pathParameters).toEqual({ thingId: 'a%2Fb%20c' });
    expect(event.requestContext.authorizer).toMatchObject({ principalId: 'me', sub: 'me', staff: 'true' });
  });

  it('hands text over as text, and binary media types as base64', async () => {
    const sent = { method: 'POST', body: 'ünï' };
    const headers = { Authorization: 'Bearer me' };
    const text = await eventOf(
      await call('/v1/things', { ...sent, headers: { ...headers, 'Content-Type': 'application/json' } }),
    );
    expect([text.body, text.isBase64Encoded]).toEqual(['ünï', false]);
    const binary = await eventOf(
      await call('/v1/things', {
        ...sent,
        headers: { ...headers, 'Content-Type': 'application/octet-stream; x=1' },
      }),
    );
    expect([binary.body, binary.isBase64Encoded]).toEqual([Buffer.from('ünï').toString('base64'), true]);
  });

  it('says that something may have been written, but not of reads', async () => {
    const before = writes;
    await call('/');
    expect(writes).toBe(before);
    await call('/v1/things', { method: 'POST', headers: { Authorization: 'Bearer me' }, body: '{}' });
    expect(writes).toBeGreaterThan(before);
  });

  describe('asks the authorizer', () => {
    const get = (token: string) =>
      call('/v1/things/1', { headers: token ? { Authorization: `Bearer ${token}` } : {} });

    it.each([
      ['', 401, 'Who are you?'],
      ['no', 401, 'Who are you?'],
      ['deny', 403, 'Denied'],
      ['other', 403, 'Denied'],
      ['broken', 502, 'Broken'],
      ['nested', 502, 'Broken'],
    ])('%s → %i', async (token, status, title) => {
      const response = await get(token);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      const problem = (await response.json()) as Record<string, unknown>;
      expect(problem).toMatchObject({ title, status });
      expect(problem['correlationId']).toBe(response.headers.get('x-correlation-id'));
    });

    it('once for all methods, and holds the policy against each', async () => {
      const calls = async (response: Response) =>
        (await eventOf(response)).requestContext.authorizer?.['calls'];
      const first = await calls(await get('again'));
      const second = await calls(await get('again'));
      expect(second).toBe(first);
      const headers = { Authorization: 'Bearer again' };
      const post = await call('/v1/things', { method: 'POST', headers, body: '{}' });
      expect(await calls(post)).toBe(first);
    });

    it('once for callers at the same time', async () => {
      const responses = await Promise.all(Array.from({ length: 5 }, () => get('together')));
      const calls = await Promise.all(
        responses.map(async (response) => (await eventOf(response)).requestContext.authorizer?.['calls']),
      );
      expect(new Set(calls).size).toBe(1);
    });
  });

  describe('answers by itself', () => {
    it.each([
      ['GET', '/nowhere'],
      ['DELETE', '/v1/things'],
      ['GET', '/v1//things'],
      ['OPTIONS', '/v1/things'],
    ])('404 to %s %s', async (method, path) => {
      const response = await call(path, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ title: 'Not here', path });
    });

    it('400 to a query that cannot be decoded, and to a missing parameter', async () => {
      expect((await call('/?a=%zz')).status).toBe(400);
      const missing = await call('/files/a/b');
      expect(missing.status).toBe(400);
      expect(await missing.json()).toMatchObject({
        detail: 'Missing required request parameters: [X-Needed]',
      });
      expect((await call('/files/a/b', { headers: { 'x-needed': '1' } })).status).toBe(200);
    });

    it('413 to a body over 10 MB, announced or not, and keeps serving', async () => {
      const body = Buffer.alloc(10 * 1024 * 1024 + 1, 'x');
      const announced = await call('/v1/things', { method: 'POST', body });
      expect(announced.status).toBe(413);
      expect(await announced.json()).toMatchObject({ title: 'Too large' });
      const answer = await raw(
        'POST /v1/things HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n',
        `${body.length.toString(16)}\r\n`,
        body,
        '\r\n0\r\n\r\n',
      );
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect((await call('/')).status).toBe(200);
    });

    it('413 to a body that fits the gateway but no event', async () => {
      const headers = { Authorization: 'Bearer me', 'Content-Type': 'text/plain' };
      const body = 'x'.repeat(7 * 1024 * 1024);
      expect((await call('/v1/things', { method: 'POST', headers, body })).status).toBe(413);
    });

    it('504 when the function takes too long, by its own limit or the method’s', async () => {
      expect((await call('/', { headers: { 'X-Answer': 'hang' } })).status).toBe(504);
      const began = performance.now();
      const limited = await call('/files/x', { headers: { 'X-Answer': 'hang', 'X-Needed': '1' } });
      expect(limited.status).toBe(504);
      expect(performance.now() - began).toBeLessThan(1900);
      expect(await limited.json()).toMatchObject({ title: 'Late' });
    });

    it.each([
      ['crashes', 'crash'],
      ['throws', 'throw'],
    ])('502 when the function %s', async (_, way) => {
      const response = await call('/', { headers: { 'X-Answer': way } });
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ title: 'Broken' });
    });

    it.each([
      ['no object', 'text'],
      ['nothing', null],
      ['a list', [200]],
      ['no status', { body: '' }],
      ['a status that is none', { statusCode: 99 }],
      ['an informational status', { statusCode: 101 }],
      ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
      ['headers that are no object', { statusCode: 200, headers: ['a'] }],
      ['a header that is no plain value', { statusCode: 200, headers: { a: { b: 1 } } }],
      ['a header with a line break', { statusCode: 200, headers: { a: 'b\r\nSet-Cookie: c=d' } }],
      ['a header whose name is none', { statusCode: 200, headers: { 'a b': 'c' } }],
      ['multiple values that are no list', { statusCode: 200, multiValueHeaders: { a: 'b' } }],
    ])('502 when the function answers %s', async (_, answer) => {
      expect((await answered(answer)).status).toBe(502);
    });
  });

  it('passes a function’s answer on', async () => {
    const response = await answered({
      statusCode: '201',
      headers: { 'X-One': 1, 'Content-Length': '9999', Connection: 'close', 'WWW-Authenticate': 'Bearer' },
      multiValueHeaders: { 'X-Two': ['a', 'b'] },
      body: 'ünï',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-one')).toBe('1');
    expect(response.headers.get('x-two')).toBe('a, b');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-amzn-remapped-www-authenticate')).toBe('Bearer');
    expect(await response.text()).toBe('ünï');
    expect((await answered({ statusCode: 204 })).status).toBe(204);
  });

  it('undoes base64 for binary media types only', async () => {
    const body = { statusCode: 200, body: Buffer.from('bytes').toString('base64'), isBase64Encoded: true };
    const binary = await answered(body, { Accept: 'application/octet-stream' });
    expect(await binary.text()).toBe('bytes');
    const text = await answered(body, { Accept: 'text/plain' });
    expect(await text.text()).toBe(body.body);
  });

  describe('never fails by itself', () => {
    it.each([
      ['no HTTP at all', 'hello\r\n\r\n', 400],
      ['a method of its own', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
      ['a header without a name', 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n', 400],
      ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
      ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(70_000)}\r\n\r\n`, 400],
      ['a tunnel', 'CONNECT other:443 HTTP/1.1\r\nHost: x\r\n\r\n', 404],
      ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
      [
        'an absolute target',
        'GET http://x/v1/things/special HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
        200,
      ],
      ['every server', 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
      [
        'bytes above ASCII',
        Buffer.from('GET /v1/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'latin1'),
        400,
      ],
      [
        'a path above itself',
        'GET /v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
        404,
      ],
      ['a path with quotes', 'GET /v1/"},{"x":" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
    ])('on %s', async (_, request, status) => {
      const answer = await raw(request);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      const [, body = ''] = answer.split('\r\n\r\n');
      if (status !== 200 && answer.includes('problem+json')) JSON.parse(body);
    });

    it('on whatever path, query, headers and body', async () => {
      const segment = fc.oneof(
        fc.constantFrom('v1', 'things', 'special', '..', '%2e', '%00', '%ff', '{thingId}', '__proto__', ''),
        fc.string({ unit: fc.constantFrom('a', '%', '.', ';', '&', '=', '+', '~', '"', '\\', '<', '|') }),
      );
      const headerText = fc.string({
        unit: fc.integer({ min: 0x21, max: 0xff }).map((c) => String.fromCharCode(c)),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'),
          fc.array(segment, { maxLength: 5 }),
          fc.option(segment),
          headerText,
          fc.string({ unit: 'binary', maxLength: 50 }),
          async (method, segments, query, header, body) => {
            const bytes = Buffer.from(body);
            const target = `/${segments.join('/')}${query === null ? '' : `?${query}`}`;
            const answer = await raw(
              Buffer.from(
                `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer a${header}\r\nX-Needed: ${header}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
                'latin1',
              ),
              bytes,
            );
            expect(answer).toMatch(/^HTTP\/1\.1 (200|400|401|403|404) /);
          },
        ),
        { numRuns: 150 },
      );
    });
  });
});
