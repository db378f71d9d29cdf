import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { readBody, TOO_LARGE } from '../body.ts';
import { Fault } from '../fault.ts';
import type { FunctionPool } from '../functions/pool.ts';
import type { ApiSpec } from '../template/api.ts';
import { Gateway } from './gateway.ts';
import { BadRequest, readRequest } from './request.ts';
import { type Reply, rawReply } from './responses.ts';

/** The limit of API Gateway. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** A port that a REST API is to be served on. Whoever asks before it is served waits for that. */
export interface GatewayPort {
  readonly url: string;
  /** @param onWrite told when a request that may write comes in, and again when it has been answered */
  serve(api: ApiSpec, functions: (arnOrName: string) => FunctionPool, onWrite?: () => void): void;
  stop(): Promise<void>;
}

/**
 * Takes a port of the loopback interface; 0 for any that is free.
 * @throws {Fault} when it is taken
 */
export async function takePort(port: number): Promise<GatewayPort> {
  const { promise: served, resolve: serve } = Promise.withResolvers<Served>();
  const server = createServer((message, response) => {
    void served.then((by) => answerOn(by, message, response)).catch(() => response.destroy());
  });
  await listen(server, port);
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    serve: (api, functions, onWrite = () => undefined) => {
      const gateway = new Gateway(api, functions);
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseBytes(gateway, error, socket));
      // CONNECT asks for a tunnel; the socket is all there is to answer on.
      server.on('connect', (_message, socket) => socket.end(rawReply(gateway.noSuchMethod())));
      serve({ gateway, onWrite });
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 2000).unref();
      }),
  };
}

interface Served {
  readonly gateway: Gateway;
  readonly onWrite: () => void;
}

async function answerOn(
  { gateway, onWrite }: Served,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (message.method === 'GET') return answer(gateway, message, response);
  onWrite();
  await answer(gateway, message, response).finally(onWrite);
}

/** @throws {Fault} when a port cannot be had; to be told before anything else is started */
export async function refuseTakenPort(port: number): Promise<void> {
  const server = createServer();
  await listen(server, port);
  await new Promise((done) => server.close(done));
}

async function answer(gateway: Gateway, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(message, MAX_BODY_BYTES);
  if (body === undefined) return; // The client went away.
  if (body === TOO_LARGE) return send(response, gateway.tooLarge(), { close: true });
  try {
    send(response, await gateway.answer(readRequest(message, body)));
  } catch (error) {
    send(response, error instanceof BadRequest ? gateway.badRequest(error.message) : gateway.broken());
  }
}

function send(response: ServerResponse, reply: Reply, { close } = { close: false }): void {
  if (close) response.shouldKeepAlive = false;
  response.statusCode = reply.status;
  for (const [name, value] of reply.headers) response.appendHeader(name, value);
  response.setHeader('content-length', reply.body.length);
  response.end(reply.body);
}

/** Bytes that are no HTTP, headers beyond the limit, or a sender too slow. */
function refuseBytes(gateway: Gateway, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const statuses: Readonly<Record<string, number>> = {
    HPE_HEADER_OVERFLOW: 431,
    HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
    ERR_HTTP_REQUEST_TIMEOUT: 408,
  };
  socket.end(rawReply(gateway.unreadable(statuses[error.code ?? ''] ?? 400)));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new Fault(`port ${port} is taken; choose another with --port N`)
          : error.code === 'EACCES'
            ? new Fault(`port ${port} needs more rights than we have; choose another with --port N`)
            : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => done());
  });
}
