import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FunctionPool } from './functions/pool.ts';

/** `POST /2015-03-31/functions/<name>/invocations`, as the AWS SDKs and the AWS CLI send it. */
const INVOKE = /^\/2015-03-31\/functions\/([A-Za-z0-9:_-]+)\/invocations$/;
const MOST_BYTES = 6 * 1024 * 1024;

export interface LambdaApi {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * The Invoke operation of Lambda's own API, on a port of its own of 127.0.0.1: an operator's commands reach the
 * functions here as they do in AWS, with `AWS_ENDPOINT_URL_LAMBDA` for the only difference.
 */
export async function startLambdaApi(find: (name: string) => FunctionPool | undefined): Promise<LambdaApi> {
  const server = createServer((request, response) => {
    answer(request, response, find).catch(() => response.destroy());
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  find: (name: string) => FunctionPool | undefined,
): Promise<void> {
  const name = INVOKE.exec(decodeURIComponent(request.url ?? ''))?.[1];
  const pool = request.method === 'POST' && name !== undefined ? find(name) : undefined;
  if (!pool)
    return send(response, 404, { Message: 'there is no such function' }, 'ResourceNotFoundException');
  const event = await readAll(request);
  if (event === undefined) return send(response, 413, {}, 'RequestTooLargeException');
  const outcome = await pool.invoke(event || '{}');
  if (outcome.kind === 'answer') return send(response, 200, outcome.answer);
  response.setHeader('x-amz-function-error', 'Unhandled');
  send(response, 200, { errorType: outcome.kind, errorMessage: 'the function failed; see its log' });
}

async function readAll(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown, error?: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
  });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
