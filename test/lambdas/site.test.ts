import './environment.ts';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openApiDocument } from '../../core/api/openapi/document.ts';
import { PAGE, PAGE_POLICY } from '../../lambdas/site/page.ts';
import { handler } from '../../lambdas/site.ts';
import { dynamo } from '../../lambdas/store/client.ts';
import { LEDGER, VIEWS } from './environment.ts';

type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

interface Asked {
  readonly resource: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly pathParameters?: Record<string, string>;
  readonly domainName?: string;
}

const ask = (by: unknown, { resource, path = resource, headers = {}, pathParameters, domainName }: Asked) =>
  (by as Handler)(
    {
      httpMethod: 'GET',
      resource,
      path,
      headers: { 'X-Forwarded-Proto': 'https', ...headers },
      pathParameters: pathParameters ?? null,
      multiValueQueryStringParameters: null,
      body: null,
      isBase64Encoded: false,
      requestContext: {
        domainName: domainName ?? 'abc.execute-api.eu-west-1.amazonaws.com',
        path: `/prod${path}`,
        requestId: '0c4f7f7e-3f0a-4a3e-9a55-6c1f2f6f7a10',
      },
    } as unknown as APIGatewayProxyEvent,
    {} as Context,
  );

const textOf = ({ body, isBase64Encoded, headers }: APIGatewayProxyResult): string => {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  return (headers?.['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
};

const tables = mockClient(dynamo);
beforeEach(() => tables.reset());

describe('GET /openapi.json', () => {
  test('is the document of the API, for the address under which it was asked', async () => {
    const answer = await ask(handler, { resource: '/openapi.json' });
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    const serverUrl = 'https://abc.execute-api.eu-west-1.amazonaws.com/prod';
    expect(JSON.parse(textOf(answer))).toEqual(JSON.parse(JSON.stringify(openApiDocument({ serverUrl }))));
  });

  test.each([
    ['a domain of its own', { domainName: 'ledger.example.org' }, 'https://ledger.example.org/prod'],
    [
      'one machine',
      { domainName: '127.0.0.1:3000', headers: { 'X-Forwarded-Proto': 'http' } },
      'http://127.0.0.1:3000/prod',
    ],
    ['a name that is none', { domainName: 'a"><script>' }, '/'],
  ])('knows %s', async (_, asked, url) => {
    const document = JSON.parse(textOf(await ask(handler, { resource: '/openapi.json', ...asked })));
    expect(document.servers).toEqual([{ url }]);
  });

  test('is right for each of very many addresses', async () => {
    for (let i = 0; i < 15; i++) {
      const domainName = `stage-${i}.example.org`;
      const document = JSON.parse(textOf(await ask(handler, { resource: '/openapi.json', domainName })));
      expect(document.servers).toEqual([{ url: `https://${domainName}/prod` }]);
    }
  });
});

test('the document names the issuer whose tokens are taken', async () => {
  vi.stubEnv('ISSUER', 'https://id.example.org/realm');
  onTestFinished(() => void vi.unstubAllEnvs());
  const answer = await ask(handler, { resource: '/openapi.json', domainName: 'with-issuer.example.org' });
  const { description } = JSON.parse(textOf(answer)).components.securitySchemes.token;
  expect(description).toContain('<https://id.example.org/realm>');
});

describe('what is sent as it is', () => {
  const resource = '/openapi.json';

  test('is compressed for those who can read that, and no others', async () => {
    const plain = await ask(handler, { resource });
    for (const accepted of ['gzip', 'br, gzip;q=0.8', '*', 'GZIP']) {
      const answer = await ask(handler, { resource, headers: { 'Accept-Encoding': accepted } });
      expect(answer).toMatchObject({
        isBase64Encoded: true,
        headers: { 'content-encoding': 'gzip', vary: 'accept-encoding' },
      });
      expect(textOf(answer)).toBe(textOf(plain));
      expect(answer.body.length).toBeLessThan(plain.body.length / 4);
    }
    for (const accepted of ['br', 'gzip;q=0', '*;q=0', 'gzip;q=0, *', ''])
      expect(
        (await ask(handler, { resource, headers: { 'accept-encoding': accepted } })).isBase64Encoded,
      ).toBeFalsy();
  });

  test('is not sent again to those who have it', async () => {
    const { headers } = await ask(handler, { resource });
    const etag = String(headers?.['etag']);
    for (const sent of [etag, `W/${etag}`, `"other", ${etag}`, '*'])
      expect(await ask(handler, { resource, headers: { 'If-None-Match': sent } })).toMatchObject({
        statusCode: 304,
        body: '',
        headers: { etag },
      });
    // The compressed form is another thing, and has another tag.
    for (const sent of [{ 'If-None-Match': '"other"' }, { 'If-None-Match': etag, 'accept-encoding': 'gzip' }])
      expect((await ask(handler, { resource, headers: sent as Record<string, string> })).statusCode).toBe(
        200,
      );
  });
});

describe('GET /docs', () => {
  test('is a page that runs one script, from here, and no other', async () => {
    const answer = await ask(handler, { resource: '/docs' });
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY },
    });
    expect(textOf(answer)).toBe(PAGE);
    expect([...PAGE.matchAll(/<script[^>]*>([^<]*)/g)].map(([tag]) => tag)).toEqual([
      '<script src="docs/redoc.standalone.js">',
    ]);
    expect(PAGE).not.toMatch(/https?:|\/\/|\son[a-z]+=/);
  });

  test('has a policy that lets in nothing from elsewhere, and no script of the page', () => {
    const policy = new Map(
      PAGE_POLICY.split('; ').map((part) => {
        const [name, ...sources] = part.split(' ');
        return [name, sources];
      }),
    );
    expect(policy.get('default-src')).toEqual(["'none'"]);
    expect(policy.get('script-src')).toEqual(["'self'"]);
    expect(PAGE_POLICY).not.toMatch(/unsafe|https?:|\*/);
    const style = /<style>([^<]*)/.exec(PAGE)?.[1] ?? '';
    expect(policy.get('style-src')).toContain(
      `'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    );
  });

  test('knows the styles of the Redoc that is installed', async () => {
    // With another version, look at the page in a browser: its console names the hash of a style that is refused.
    const { version } = JSON.parse(await readFile('node_modules/redoc/package.json', 'utf8'));
    expect(version).toBe('2.5.4');
  });
});

describe('GET /docs/{asset}, from the bundle', () => {
  const resource = '/docs/{asset}';
  const BUNDLES = 'node_modules/redoc/bundles';
  let folder: string;
  let bundled: unknown;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'site-'));
    const outfile = join(folder, 'index.mjs');
    await build({
      entryPoints: ['lambdas/site.ts'],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      mainFields: ['module', 'main'],
      logLevel: 'error',
    });
    for (const file of ['redoc.standalone.js', 'redoc.standalone.js.LICENSE.txt'])
      await copyFile(join(BUNDLES, file), join(folder, file));
    bundled = ((await import(pathToFileURL(outfile).href)) as { handler: unknown }).handler;
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    ['redoc.standalone.js', 'text/javascript; charset=utf-8'],
    ['redoc.standalone.js.LICENSE.txt', 'text/plain; charset=utf-8'],
  ])('%s is served whole, as what it is, to be kept for long', async (asset, type) => {
    const asked = { resource, path: `/docs/${asset}`, pathParameters: { asset } };
    const answer = await ask(bundled, { ...asked, headers: { 'accept-encoding': 'gzip' } });
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': type,
        'cache-control': 'public, max-age=604800',
        'x-content-type-options': 'nosniff',
      },
    });
    const file = await readFile(join(BUNDLES, asset), 'utf8');
    expect(textOf(answer) === file).toBe(true);
    expect(textOf(await ask(bundled, asked)) === file).toBe(true);
    // Lambda answers 6 MB at most, base64 and all.
    expect(JSON.stringify(await ask(bundled, asked)).length).toBeLessThan(3_000_000);
  });

  test.each(['index.mjs', 'package.json', '..%2Findex.mjs', '../site.ts', 'redoc.standalone.js.map', ''])(
    '%j is not',
    async (asset) => {
      const answer = await ask(bundled, { resource, path: `/docs/${asset}`, pathParameters: { asset } });
      expect(answer).toMatchObject({
        statusCode: 404,
        headers: { 'content-type': 'application/problem+json' },
      });
    },
  );
});

describe('GET /healthz', () => {
  test('is well when both tables answer, whatever is in them', async () => {
    tables.on(GetItemCommand).callsFake(async () => ({}));
    const answer = await ask(handler, { resource: '/healthz' });
    expect([answer.statusCode, answer.body]).toEqual([200, '{"status":"ok"}']);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
    const asked = tables.commandCalls(GetItemCommand).map(({ args }) => args[0].input.TableName);
    expect(asked.sort()).toEqual([LEDGER, VIEWS]);
  });

  test.each([LEDGER, VIEWS])('is not when the table %s does not', async (broken) => {
    tables.on(GetItemCommand).callsFake(async ({ TableName }) => {
      if (TableName === broken) throw new Error('secret detail');
      return {};
    });
    const answer = await ask(handler, { resource: '/healthz' });
    expect(answer).toMatchObject({
      statusCode: 503,
      headers: { 'content-type': 'application/problem+json' },
    });
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'https://amanat.dev/problems/try-again',
      status: 503,
    });
    expect(answer.body).not.toContain('secret');
  });
});
