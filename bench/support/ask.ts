import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type * as z from 'zod';
import { type Operation, type ROUTES, route } from '../../core/api/routes.ts';
import { incidentBody } from '../../test/support/transfers.ts';
import { CONTEXT } from './in-process.ts';

interface Asked {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string | string[]>;
  readonly body?: unknown;
}

/** Asks a function's handler as the gateway would, and answers what it answered. @throws Error unless that is a success */
export async function askAs<O extends Operation>(
  role: 'auditor',
  operation: O,
  asked: Asked,
): Promise<z.infer<(typeof ROUTES)[O]['answer']>> {
  const { method, path, servedBy } = route(operation);
  const { handler } = (await import(`../../lambdas/${servedBy}.ts`)) as {
    handler: (event: unknown, context: unknown) => Promise<{ statusCode: number; body: string }>;
  };
  const query = Object.entries(asked.query ?? {}).map(([name, value]) => [name, [value].flat()]);
  const event: Partial<APIGatewayProxyEvent> = {
    httpMethod: method,
    resource: path,
    path,
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    pathParameters: asked.params ?? null,
    multiValueQueryStringParameters: Object.fromEntries(query),
    body: asked.body === undefined ? null : JSON.stringify(asked.body),
    isBase64Encoded: false,
    requestContext: {
      requestId: randomUUID(),
      authorizer: { sub: 'bench', agency: '', roles: role },
    } as unknown as APIGatewayProxyEvent['requestContext'],
  };
  const { statusCode, body } = await handler(event, CONTEXT);
  if (statusCode >= 300) throw new Error(`${operation} answered ${statusCode}: ${body}`);
  return JSON.parse(body);
}

export async function openIncident(): Promise<string> {
  const { incidentId } = await askAs('auditor', 'openIncident', { body: incidentBody() });
  if (!incidentId) throw new Error('the answer names no incident');
  return incidentId;
}
