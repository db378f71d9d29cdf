import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody, TOO_LARGE } from './body.ts';

/** A server on a port of its own of 127.0.0.1. */
export interface Loopback {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves on any port that is free. What `answer` fails at ends the connection, and nothing else. */
export async function serveLoopback(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Loopback> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * The whole body; `undefined` when it is longer than that.
 * @throws {Error} when the client went away before its end
 */
export async function readAll(request: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  const body = await readBody(request, mostBytes);
  if (body === undefined) throw new Error('the client went away');
  return body === TOO_LARGE ? undefined : body;
}
