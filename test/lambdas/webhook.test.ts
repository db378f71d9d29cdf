import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import './environment.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { isAllowed } from '../../lambdas/notices/addresses.ts';
import { post } from '../../lambdas/notices/webhook.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the addresses that may be told', () => {
  it.each(['93.184.216.34', '8.8.8.8', '2606:2800:220:1:248:1893:25c8:1946'])('have %s', (address) => {
    expect(isAllowed(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
  ])('have not %s', (address) => {
    expect(isAllowed(address)).toBe(false);
  });

  it('have this machine where all of the system runs on one, and no private network even then', () => {
    vi.stubEnv('WEBHOOK_NETWORK', 'loopback');
    expect(isAllowed('127.0.0.1')).toBe(true);
    expect(isAllowed('::1')).toBe(true);
    expect(isAllowed('10.1.2.3')).toBe(false);
    expect(isAllowed('169.254.169.254')).toBe(false);
  });
});

describe('telling a webhook', () => {
  let server: Server;
  let asked = 0;
  let status = 200;
  let location: string | undefined;
  let port: number;
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked++;
      request.resume();
      response.writeHead(status, location === undefined ? {} : { location }).end('x'.repeat(100_000));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    asked = 0;
    status = 200;
    location = undefined;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const told = (host = '127.0.0.1') =>
    post({ url: `http://${host}:${port}/told`, headers: { 'webhook-id': 'nt-1' }, body: Buffer.from('{}') });

  it.each([
    [200, { kind: 'taken' }],
    [202, { kind: 'taken' }],
    [204, { kind: 'taken' }],
    [400, { kind: 'failed', why: 'status 400' }],
    [410, { kind: 'refused', why: 'status 410' }],
    [503, { kind: 'failed', why: 'status 503' }],
  ])('that answers %i', async (answered, verdict) => {
    vi.stubEnv('WEBHOOK_NETWORK', 'loopback');
    status = answered;
    expect(await told()).toEqual(verdict);
  });

  it('follows no redirection', async () => {
    vi.stubEnv('WEBHOOK_NETWORK', 'loopback');
    status = 307;
    location = `http://127.0.0.1:${port}/elsewhere`;
    expect(await told()).toEqual({ kind: 'failed', why: 'status 307' });
    expect(asked).toBe(1);
  });

  it.each(['127.0.0.1', 'localhost'])('never reaches %s from a public ledger', async (host) => {
    expect(await told(host)).toEqual({ kind: 'refused', why: 'address not allowed' });
    expect(asked).toBe(0);
  });

  it('looks names up, and says why it could not', async () => {
    vi.stubEnv('WEBHOOK_NETWORK', 'loopback');
    expect(await told('localhost')).toEqual({ kind: 'taken' });
    const nobody = await post({ url: 'http://127.0.0.1:9/', headers: {}, body: Buffer.from('{}') });
    expect(nobody).toEqual({ kind: 'failed', why: 'ECONNREFUSED' });
  });
});
