import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetPublicKeyCommand } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../../core/problem.ts';
import './environment.ts';

describe('a key service', () => {
  /** What it answers, with the type in the body as KMS has it. */
  let says: { status: number; type: string };
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.writeHead(says.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: says.type, message: 'says the test' }));
  });
  beforeEach(async () => {
    asked = 0;
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.resetModules();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  const failure = async () => {
    const { kms } = await import('../../lambdas/store/kms.ts');
    const { Problem: ItsProblem } = await import('../../core/problem.ts');
    const error = await kms.send(new GetPublicKeyCommand({ KeyId: 'k' })).catch((thrown: unknown) => thrown);
    return { slug: error instanceof ItsProblem ? error.slug : undefined, error };
  };

  it.each([
    [400, 'ThrottlingException'],
    [503, 'DependencyTimeoutException'],
    [500, 'KMSInternalException'],
  ])('that answers %i %s is asked again, and then has the client try again', async (status, type) => {
    says = { status, type };
    expect((await failure()).slug).toBe('try-again');
    expect(asked).toBe(3);
  });

  it('that is not there has the client try again', async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    expect((await failure()).slug).toBe('try-again');
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });

  it.each(['AccessDeniedException', 'NotFoundException', 'DisabledException'])(
    'that refuses by %s is a fault of ours',
    async (type) => {
      says = { status: 400, type };
      const { slug, error } = await failure();
      expect([slug, (error as Error).name]).toEqual([undefined, type]);
      expect(error).not.toBeInstanceOf(Problem);
    },
  );
});
