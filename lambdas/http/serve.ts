import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type * as z from 'zod';
import { isRecorded, OPERATIONS, type Operation, type ROUTES, route } from '../../core/api/routes.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { Problem } from '../../core/problem.ts';
import type { recordedRead } from '../access/recording.ts';
import { raiseAlarm } from '../log/alarm.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { correlationIdOf, type Request, readRequest } from './request.ts';

/** An answer that is not simply a JSON value with the route's usual status. */
export class Answer {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: string | Uint8Array, headers: Readonly<Record<string, string>>) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

type Handler<O extends Operation> = (
  request: Request<(typeof ROUTES)[O]>,
) => Promise<z.input<(typeof ROUTES)[O]['answer']> | Answer> | Answer;

/** The operations that a function serves, by name. */
export type Operations = { readonly [O in Operation]?: Handler<O> };

const logger = new Logger({ serviceName: 'amanat' });
const metrics = new Metrics({ namespace: 'Amanat' });

/**
 * A Lambda handler for some of the API's operations: finds the route, parses the request by it, answers JSON once it is
 * recorded what was read, and turns what is thrown into problem+json. Logs say what happened to which route, never what was in it.
 * @param recorded by whom reads are put on record; a function that serves none goes without, and needs no right to
 * @throws TypeError when it serves any without
 */
export function serve(operations: Operations, recorded?: typeof recordedRead) {
  const unrecorded = OPERATIONS.filter((name) => operations[name] && isRecorded(route(name)));
  if (!recorded && unrecorded.length > 0)
    throw new TypeError(`nobody puts on record who asks for ${unrecorded.join(', ')}`);
  const byRoute = new Map(
    OPERATIONS.filter((name) => operations[name]).map((name) => [
      `${route(name).method} ${route(name).path}`,
      name,
    ]),
  );
  return middy(async (event: APIGatewayProxyEvent, _context: Context): Promise<APIGatewayProxyResult> => {
    const operation = byRoute.get(`${event.httpMethod} ${event.resource}`);
    if (operation === undefined) throw new Problem('not-found');
    const target = route(operation);
    const handle = operations[operation] as (request: Request) => Promise<unknown>;
    const answer = async (request: Request): Promise<Answer> => {
      const value = await handle(request);
      return value instanceof Answer ? value : jsonAnswer(target.append ? 201 : 200, value);
    };
    return respond(
      recorded && isRecorded(target)
        ? await recorded(operation, event, answer)
        : await answer(readRequest(target, event)),
    );
  }).use({
    after: ({ event, response }) => {
      if (response) response.headers = { ...commonHeaders(event), ...response.headers };
    },
    onError: (request) => {
      const problem = refusal(request.event, request.error);
      request.response = {
        statusCode: problem.status,
        headers: {
          'content-type': 'application/problem+json',
          ...(problem.slug === 'receipt-pending' && { 'retry-after': '1' }),
          ...commonHeaders(request.event),
        },
        body: canonicalJson(problem.toDocument(correlationIdOf(request.event))),
      };
    },
  });
}

/** The problem that an error is to its client, once the log knows of it. */
export function refusal(event: APIGatewayProxyEvent, error: unknown, more: { line?: number } = {}): Problem {
  const problem = error instanceof Problem ? error : new Problem('internal-error');
  const where = {
    correlationId: correlationIdOf(event),
    route: `${event.httpMethod} ${event.resource}`,
    ...more,
  };
  if (error instanceof LedgerCorrupt) raiseAlarm(logger, metrics, error.message, { item: error.key });
  if (problem.status >= 500) logger.error(problem.slug, { ...where, error: described(error) });
  else logger.info(problem.slug, where);
  return problem;
}

/** What an error says of itself, but for its message: a library's may repeat what it was given. */
function described(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: 'unknown' };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    name: error.name,
    ...(error.cause instanceof Error && { cause: error.cause.name }),
    ...(error instanceof LedgerCorrupt && { item: error.key }),
    frames: frames.slice(0, 8),
  };
}

/** Canonical JSON as the text that it is: API Gateway passes text on byte for byte, and bytes only for media types it is told of. */
export const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

export const jsonAnswer = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer => new Answer(status, canonicalJson(value), { 'content-type': 'application/json', ...headers });

function respond(answer: Answer): APIGatewayProxyResult {
  const { status: statusCode, headers, body } = answer;
  return typeof body === 'string'
    ? { statusCode, headers, body }
    : { statusCode, headers, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
}

const commonHeaders = (event: APIGatewayProxyEvent) => ({
  'x-correlation-id': correlationIdOf(event),
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'cache-control': 'no-store',
});
