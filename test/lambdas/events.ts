import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { type Operation, route } from '../../core/api/routes.ts';

/** Who speaks, as the authorizer tells it: strings only. */
export interface Claims {
  readonly sub: string;
  readonly agency: string;
  readonly roles: string;
}
export const AUDITOR: Claims = { sub: 'auditor-1', agency: '', roles: 'auditor' };
export const STEWARD: Claims = { sub: 'steward-1', agency: '', roles: 'steward' };
export const agency = (id: string): Claims => ({ sub: `client-${id}`, agency: id, roles: '' });

/** Where the API stands in these events, under the path of a stage. */
const HOST = 'api.example.org';
export const API = `${HOST}/prod`;

export interface Sent {
  readonly headers?: Record<string, string>;
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string[]>;
  /** Sent as it is when it is text, as JSON otherwise. */
  readonly body?: unknown;
  readonly base64?: boolean;
  readonly method?: string;
  readonly resource?: string;
  /** As it was sent, in another spelling than the route's. */
  readonly path?: string;
}

/** A request as API Gateway hands it to a function. */
export function eventOf(
  operation: Operation,
  who: Claims | undefined,
  sent: Sent = {},
): APIGatewayProxyEvent {
  const { method, path, append, contentType } = route(operation);
  const text = typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body);
  return {
    httpMethod: sent.method ?? method,
    resource: sent.resource ?? path,
    path,
    headers: {
      'content-type': contentType ?? 'application/json',
      host: HOST,
      ...(append && { 'idempotency-key': 'key-1' }),
      ...sent.headers,
    },
    multiValueHeaders: {},
    pathParameters: sent.params ?? null,
    queryStringParameters: null,
    multiValueQueryStringParameters: sent.query ?? null,
    stageVariables: null,
    body: sent.body === undefined ? null : text,
    isBase64Encoded: sent.base64 ?? false,
    requestContext: {
      requestId: 'request-0001',
      path: `/prod${sent.path ?? filled(path, sent.params)}`,
      authorizer: who,
    } as unknown as APIGatewayProxyEvent['requestContext'],
  };
}

const filled = (path: string, params: Record<string, string> = {}): string =>
  path.replace(/\{(\w+)\+?\}/g, (_, name: string) => params[name] ?? '');

export const CONTEXT = { getRemainingTimeInMillis: () => 600_000 } as unknown as Context;

export type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;
