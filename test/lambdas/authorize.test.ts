import './environment.ts';
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { OPERATIONS, type Route, route } from '../../core/api/routes.ts';
import { captureOutput } from './output.ts';

const AUDIENCE = 'https://amanat.test';
const STAGE = 'arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/dev';

type Handler = (event: APIGatewayRequestAuthorizerEvent) => Promise<APIGatewayAuthorizerResult>;

let server: Server;
let issuer: string;
let respond: () => { status: number; body: string };
let fetched = 0;
let ours: { publicKey: CryptoKey; privateKey: CryptoKey };
let theirs: { publicKey: CryptoKey; privateKey: CryptoKey };
let keySet: string;
let handler: Handler;

/** The handler with nothing remembered of the issuer's keys. */
async function freshHandler(): Promise<Handler> {
  vi.resetModules();
  const module = await import('../../lambdas/authorize.ts');
  return module.handler;
}

beforeAll(async () => {
  [ours, theirs] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  keySet = JSON.stringify({ keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'k1', alg: 'RS256' }] });
  respond = () => ({ status: 200, body: keySet });
  server = createServer((request, response) => {
    fetched++;
    const { status, body } = request.url === '/.well-known/jwks.json' ? respond() : { status: 404, body: '' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, { ISSUER: issuer, AUDIENCE });
  handler = await freshHandler();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
let output: ReturnType<typeof captureOutput>;
beforeEach(() => {
  output = captureOutput();
});
afterEach(() => {
  output.end();
  respond = () => ({ status: 200, body: keySet });
});

interface Claims {
  readonly sub?: string;
  readonly roles?: unknown;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string | null;
  readonly notBefore?: string;
  readonly key?: CryptoKey;
  readonly kid?: string;
}
const token = ({ sub = 'client-7', roles = ['auditor'], expires = '5m', ...claims }: Claims = {}) => {
  const jwt = new SignJWT({ roles })
    .setProtectedHeader({ alg: 'RS256', kid: claims.kid ?? 'k1' })
    .setIssuer(claims.issuer ?? issuer)
    .setAudience(claims.audience ?? AUDIENCE)
    .setIssuedAt();
  if (sub !== '') jwt.setSubject(sub);
  if (expires !== null) jwt.setExpirationTime(expires);
  if (claims.notBefore) jwt.setNotBefore(claims.notBefore);
  return jwt.sign(claims.key ?? ours.privateKey);
};

const asking = (authorization?: string, name = 'Authorization') =>
  ({
    type: 'REQUEST',
    methodArn: `${STAGE}/GET/v1/transfers`,
    headers: authorization === undefined ? {} : { [name]: authorization },
  }) as unknown as APIGatewayRequestAuthorizerEvent;
const authorize = async (claims: Claims = {}) => handler(asking(`Bearer ${await token(claims)}`));

describe('a token that verifies', () => {
  it('becomes the principal that the handlers see', async () => {
    const { principalId, context } = await authorize({
      roles: ['agency:hill-it-board', 'auditor', 'steward'],
    });
    expect(principalId).toBe('client-7');
    expect(context).toEqual({ sub: 'client-7', agency: 'hill-it-board', roles: 'auditor,steward' });
  });

  it('is found whatever the case of its header and scheme', async () => {
    const jwt = await token();
    for (const event of [asking(`bearer ${jwt}`, 'authorization'), asking(`BEARER ${jwt}`, 'AUTHORIZATION')])
      expect((await handler(event)).principalId).toBe('client-7');
  });

  it('may carry its roles in another claim, where the deployment says so', async () => {
    process.env['ROLES_CLAIM'] = 'https://amanat.test/roles';
    const jwt = await new SignJWT({ 'https://amanat.test/roles': ['steward'], roles: ['auditor'] })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setSubject('client-7')
      .setExpirationTime('5m')
      .sign(ours.privateKey);
    const { context } = await handler(asking(`Bearer ${jwt}`));
    delete process.env['ROLES_CLAIM'];
    expect(context).toMatchObject({ roles: 'steward' });
  });
});

describe('a token is refused with 401', () => {
  const refused = async (event: APIGatewayRequestAuthorizerEvent) =>
    // API Gateway makes a 401 of this very message only.
    expect(handler(event)).rejects.toThrow(/^Unauthorized$/);

  it.each<[string, Claims]>([
    ['that has expired', { expires: '-1s' }],
    ['that never expires', { expires: null }],
    ['that is not valid yet', { notBefore: '5m' }],
    ['of another issuer', { issuer: 'https://elsewhere.test' }],
    ['for another audience', { audience: 'https://elsewhere.test' }],
    ['without a subject', { sub: '' }],
    ['with a phone number for a subject', { sub: '+923001234567' }],
    ['with a national id for a subject', { sub: 'user-35202-1234567-1' }],
    ['with a subject of line breaks', { sub: 'a\nb' }],
    ['with a subject that goes on and on', { sub: 'x'.repeat(121) }],
    ['for two agencies', { roles: ['agency:one', 'agency:two'] }],
    ['for two agencies, one of them malformed', { roles: ['agency:', 'agency:two'] }],
    ['of a key that is not in the set', { kid: 'k2' }],
  ])('%s', async (_, claims) => {
    await refused(asking(`Bearer ${await token(claims)}`));
  });

  it('signed by somebody else under the same key id', async () => {
    await refused(asking(`Bearer ${await token({ key: theirs.privateKey })}`));
  });

  it('that says it needs no signature', async () => {
    const jwt = new UnsecuredJWT({ roles: ['auditor'] })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setSubject('client-7')
      .setExpirationTime('5m')
      .encode();
    await refused(asking(`Bearer ${jwt}`));
    await refused(asking(`Bearer ${jwt}c2ln`));
  });

  it('signed with the public key as if it were a shared secret', async () => {
    const [head, body] = [
      { alg: 'HS256', kid: 'k1' },
      { iss: issuer, aud: AUDIENCE, sub: 'client-7', roles: ['auditor'], exp: 4_000_000_000 },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
    for (const secret of [await exportSPKI(ours.publicKey), keySet]) {
      const mac = createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url');
      await refused(asking(`Bearer ${head}.${body}.${mac}`));
    }
  });

  it('with one character of it changed', async () => {
    const [head = '', body = '', signature = ''] = (await token()).split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const raised = Buffer.from(JSON.stringify({ ...claims, roles: ['steward'] })).toString('base64url');
    await refused(asking(`Bearer ${head}.${raised}.${signature}`));
    await refused(
      asking(`Bearer ${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`),
    );
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer not-a-token',
    'Basic dXNlcjpwYXNz',
    'Bearer a.b.c',
    'Bearer a b',
  ])('that is none: %j', async (header) => {
    await refused(asking(header));
  });

  it('and the log says why, and nothing of the token', async () => {
    const jwt = await token({ sub: 'user-35202-1234567-1' });
    await refused(asking(`Bearer ${jwt}`));
    expect(output.text()).toContain('unauthorized');
    expect(output.text()).not.toContain('1234567');
    for (const part of jwt.split('.')) expect(output.text()).not.toContain(part);
  });
});

describe('when the issuer does not give its keys', () => {
  it.each<[string, () => { status: number; body: string }]>([
    ['answers 503', () => ({ status: 503, body: 'busy' })],
    ['answers no JSON', () => ({ status: 200, body: '<html>' })],
    ['answers no key set', () => ({ status: 200, body: '{"keys":"none"}' })],
  ])('(%s) it is no fault of the caller', async (_, answer) => {
    const newcomer = await freshHandler();
    const jwt = await token();
    respond = answer;
    await expect(newcomer(asking(`Bearer ${jwt}`))).rejects.toThrow(/^(?!Unauthorized$)/);
    respond = () => ({ status: 200, body: keySet });
    expect((await newcomer(asking(`Bearer ${jwt}`))).principalId).toBe('client-7');
  });

  it('because nobody listens, it is no fault of the caller', async () => {
    process.env['JWKS_URI'] = 'http://127.0.0.1:9/jwks.json';
    const newcomer = await freshHandler();
    delete process.env['JWKS_URI'];
    await expect(newcomer(asking(`Bearer ${await token()}`))).rejects.toThrow(/^(?!Unauthorized$)/);
  });

  it('the keys that are known go on serving, and are not asked for at each call', async () => {
    await authorize();
    respond = () => ({ status: 503, body: 'busy' });
    const before = fetched;
    for (let n = 0; n < 5; n++) await authorize();
    expect(fetched).toBe(before);
  });
});

describe('the policy', () => {
  const allowedBy = async (roles: unknown) => {
    const { policyDocument } = await authorize({ roles });
    expect(policyDocument.Statement).toHaveLength(1);
    const [statement] = policyDocument.Statement as unknown as [
      { Effect: string; Action: string; Resource: string | string[] },
    ];
    expect(statement.Action).toBe('execute-api:Invoke');
    return statement;
  };
  /** As API Gateway matches: `*` stands for any characters, slashes too. */
  const matches = (pattern: string, arn: string) =>
    new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(arn);
  const arnOf = ({ method, path }: Route, stage = STAGE) =>
    `${stage}/${method}${path.replace(/\{(\w+)\}/g, (_, name) => `some-${name}`)}`;

  it.each([
    [['agency:hill-it-board'], ['agency']],
    [['auditor'], ['auditor']],
    [['steward'], ['steward']],
    [['operator'], ['operator']],
    [['custodian'], ['custodian']],
    [
      ['agency:hill-it-board', 'steward'],
      ['agency', 'steward'],
    ],
    [['auditor', 'unknown', 42, null], ['auditor']],
  ] as const)('of %j allows the routes of these roles, of this stage, and no others', async (roles, held) => {
    const { Effect, Resource } = await allowedBy(roles);
    expect(Effect).toBe('Allow');
    for (const operation of OPERATIONS) {
      const called = route(operation);
      if (called.who === 'anyone') continue;
      const may = called.who.some((role) => (held as readonly string[]).includes(role));
      const allowed = (arn: string) => [Resource].flat().some((pattern) => matches(pattern, arn));
      expect(allowed(arnOf(called)), operation).toBe(may);
      expect(allowed(arnOf(called, STAGE.replace('/dev', '/prod'))), operation).toBe(false);
      const other = called.method === 'GET' ? 'DELETE' : 'PUT';
      expect(allowed(arnOf({ ...called, method: other as never })), operation).toBe(false);
    }
  });

  it.each([
    [[]],
    [null],
    ['auditor'],
    [{ auditor: true }],
    [['AUDITOR', 'agency', 'agency:Not An Id', 'steward ']],
    [['agency:']],
  ])('of no role of ours (%j) denies all', async (roles) => {
    expect(await allowedBy(roles)).toEqual({
      Action: 'execute-api:Invoke',
      Effect: 'Deny',
      Resource: `${STAGE}/*`,
    });
  });
});
