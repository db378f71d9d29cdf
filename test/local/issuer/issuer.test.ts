import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Issuer, startIssuer } from '../../../local/issuer/issuer.ts';
import { type Keys, loadKeys, loadOrMakeKeys } from '../../../local/issuer/keys.ts';
import { requestToken } from '../../../local/issuer/token.ts';

const AUDIENCE = 'https://audience.example';

describe('the issuer', () => {
  let folder: string;
  let keys: Keys;
  let issuer: Issuer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-issuer-'));
    keys = await loadOrMakeKeys(folder);
    issuer = await startIssuer({ keys, audience: AUDIENCE, rolesClaim: 'roles' });
  });
  afterAll(async () => {
    await issuer.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('makes its keys once, for its owner’s eyes', async () => {
    expect(await loadOrMakeKeys(folder)).toEqual(keys);
    expect(await loadKeys(join(folder, 'nowhere'))).toBeUndefined();
    expect((await stat(join(folder, 'keys.json'))).mode & 0o777).toBe(0o600);
  });

  it.each([
    [{ roles: ['auditor'] }, 'auditor', ['auditor']],
    [{ roles: ['auditor'], name: 'second' }, 'auditor~second', ['auditor']],
    [{ agency: 'it-board' }, 'agency:it-board', ['agency:it-board']],
    [
      { roles: ['steward', 'operator'], agency: 'it-board' },
      'steward+operator+agency:it-board',
      ['steward', 'operator', 'agency:it-board'],
    ],
  ])('issues tokens that verify by what it publishes: %j', async (identity, sub, roles) => {
    const token = await requestToken(issuer.url, AUDIENCE, keys, identity);
    const published = await fetch(`${issuer.url}/.well-known/openid-configuration`);
    const { jwks_uri } = (await published.json()) as { jwks_uri: string };
    expect(jwks_uri).toBe(`${issuer.url}/.well-known/jwks.json`);
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), {
      issuer: issuer.url,
      audience: AUDIENCE,
      algorithms: ['ES256'],
    });
    expect(payload).toMatchObject({ sub, roles });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(12 * 3600);
    expect(decodeProtectedHeader(token).typ).toBe('at+jwt');
  });

  it('publishes no private key', async () => {
    const published = await (await fetch(`${issuer.url}/.well-known/jwks.json`)).text();
    expect(published).not.toContain('"d"');
    expect(published).toContain(String(keys.issuer.x));
  });

  it.each([
    [{}, /say for whom/],
    [{ roles: ['admin'] }, /admin is no role/],
    [{ agency: 'IT Board' }, /IT Board is no agency id/],
    [{ roles: ['auditor'], name: 'Second!' }, /Second! is no name/],
  ])('has no token for %j', async (identity, message) => {
    await expect(requestToken(issuer.url, AUDIENCE, keys, identity)).rejects.toThrow(message);
  });

  it('refuses another audience, and whoever lacks the key', async () => {
    await expect(requestToken(issuer.url, 'https://other', keys, { agency: 'a' })).rejects.toThrow(
      /invalid_target/,
    );
    const others = await loadOrMakeKeys(join(folder, 'others'));
    await expect(requestToken(issuer.url, AUDIENCE, others, { agency: 'a' })).rejects.toThrow(
      /invalid_client/,
    );
  });

  it.each(['admin', 'auditor+admin', 'agency:a+agency:b', 'auditor+auditor', 'auditor~', 'agency:', ''])(
    'knows no client %j',
    async (client) => {
      const response = await fetch(`${issuer.url}/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: client }),
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
    },
  );

  it('is the same after a restart on its port, and its old tokens stay good', async () => {
    const token = await requestToken(issuer.url, AUDIENCE, keys, { roles: ['auditor'] });
    const { port, url } = issuer;
    await issuer.stop();
    issuer = await startIssuer({ keys, audience: AUDIENCE, rolesClaim: 'roles', port });
    expect(issuer.url).toBe(url);
    // The client of the test may first have to notice that its old connection is closed.
    const published = createRemoteJWKSet(new URL(`${issuer.url}/.well-known/jwks.json`));
    await expect.poll(() => jwtVerify(token, published).catch(() => undefined)).toBeDefined();
    expect(decodeJwt(token).iss).toBe(issuer.url);
  });

  it('takes another port when its own is taken', async () => {
    const second = await startIssuer({ keys, audience: AUDIENCE, rolesClaim: 'roles', port: issuer.port });
    expect(second.url).not.toBe(issuer.url);
    await second.stop();
  });
});
