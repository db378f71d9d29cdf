import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FunctionPool } from './functions/pool.ts';
import { type Loopback, readAll, serveLoopback } from './loopback.ts';

/** `POST /2015-03-31/functions/<name>/invocations`, as the AWS SDKs and the AWS CLI send it. */
const INVOKE = /^\/2015-03-31\/functions\/([A-Za-z0-9:_-]+)\/invocations$/;
/** Lambda's limits for the event of a call that waits for its answer, and of one that does not. */
const MOST_BYTES = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 } as const;

/** Finds a function by its name, its ARN or its label. */
export type FindFunction = (name: string) => FunctionPool | undefined;

/**
 * The Invoke operation of Lambda's own API: functions and an operator's commands reach functions here as they do in
 * AWS, with `AWS_ENDPOINT_URL_LAMBDA` for the only difference. A call that nobody waits for is tried once only.
 * @param report told, in a line for a person, of such calls that failed
 */
export function startLambdaApi(find: FindFunction, report: (line: string) => void): Promise<Loopback> {
  return serveLoopback((request, response) => answer(request, response, find, report));
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  find: FindFunction,
  report: (line: string) => void,
): Promise<void> {
  const name = INVOKE.exec(decodeURIComponent(request.url ?? ''))?.[1];
  const pool = request.method === 'POST' && name !== undefined ? find(name) : undefined;
  if (!pool)
    return send(response, 404, { Message: 'there is no such function' }, 'ResourceNotFoundException');
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type !== 'RequestResponse' && type !== 'Event')
    return send(response, 400, { message: 'not an invocation type' }, 'InvalidParameterValueException');
  const event = (await readAll(request, MOST_BYTES[type]))?.toString('utf8');
  if (event === undefined) return send(response, 413, {}, 'RequestTooLargeException');
  if (type === 'RequestResponse') return invoke(response, pool, event || '{}');
  void invokeLater(pool, event || '{}', report);
  response.writeHead(202).end();
}

async function invoke(response: ServerResponse, pool: FunctionPool, event: string): Promise<void> {
  const outcome = await pool.invoke(event);
  if (outcome.kind === 'answer') return send(response, 200, outcome.answer);
  response.setHeader('x-amz-function-error', 'Unhandled');
  send(response, 200, { errorType: outcome.kind, errorMessage: 'the function failed; see its log' });
}

async function invokeLater(pool: FunctionPool, event: string, report: (line: string) => void): Promise<void> {
  const outcome = await pool.invoke(event);
  if (outcome.kind !== 'answer' && !pool.stopped)
    report(`${pool.spec.label}: a call that nobody waited for failed (${outcome.kind})`);
}

function send(response: ServerResponse, status: number, body: unknown, error?: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
  });
  response.end(JSON.stringify(body));
}
