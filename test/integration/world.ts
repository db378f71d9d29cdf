import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import * as z from 'zod';
import { type Operation, route } from '../../core/api/routes.ts';
import { agencyBody, agreementBody, PROVIDER, RECIPIENT, THIRD_PARTY } from '../support/transfers.ts';
import { createTables, type Tables } from './tables.ts';

/** Who speaks in a test, as the authorizer would tell the handler. */
export interface Speaker {
  readonly sub: string;
  readonly agency: string;
  readonly roles: string;
}
export const AUDITOR: Speaker = { sub: 'auditor-1', agency: '', roles: 'auditor' };
export const STEWARD: Speaker = { sub: 'steward-1', agency: '', roles: 'steward' };
export const CUSTODIAN: Speaker = { sub: 'custodian-1', agency: '', roles: 'custodian' };
export const ANYONE: Speaker = { sub: '', agency: '', roles: '' };
/** Where the API stands in these requests. */
export const API = 'api.example.org';
export const agency = (id: string): Speaker => ({ sub: `client-${id}`, agency: id, roles: '' });

export interface Asked {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string | string[]>;
  readonly body?: unknown;
  /** The `Idempotency-Key`; a new one when left out. */
  readonly key?: string;
  readonly headers?: Record<string, string>;
}

export interface Answered {
  readonly status: number;
  readonly bytes: Buffer;
  readonly text: string;
  readonly headers: Record<string, string>;
  /** What came back where that is JSON, a list of the lines where it is NDJSON. */
  readonly json: Loose;
}
/** JSON to look into without ceremony; a wrong path reads as undefined and fails the expectation. */
export interface Loose {
  readonly [key: string]: Loose;
  readonly [index: number]: Loose;
}
const Loose = z.custom<Loose>();

/** The functions of the system in this process, on tables of their own in the local engine. */
export interface World {
  readonly tables: Tables;
  ask(operation: Operation, who: Speaker, asked?: Asked): Promise<Answered>;
  /** Puts everything accepted so far into the log, and the views up to it, as sweeper and projection do. */
  settle(): Promise<void>;
  /** Drops the views and builds them anew. */
  rebuild(): Promise<void>;
}

type Handler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

const CONTEXT = { getRemainingTimeInMillis: () => 600_000 } as unknown as Context;

/**
 * Brings a world up. Handlers read the environment when they are called, and remember some of it, so one world a test
 * file; or one after the other, with `vi.resetModules()` in between.
 * @param environment what is to differ from the usual one
 * @param engine an endpoint; that of this run of tests when left out
 */
export async function createWorld(
  environment: Readonly<Record<string, string>> = {},
  engine?: string,
): Promise<World> {
  const tables = await createTables(engine);
  const silence = { POWERTOOLS_METRICS_DISABLED: 'true', POWERTOOLS_LOG_LEVEL: 'SILENT' };
  Object.assign(process.env, tables.env, silence, environment);
  const [record, query, trace, log, site, sweep, projection] = await Promise.all([
    import('../../lambdas/record.ts'),
    import('../../lambdas/query.ts'),
    import('../../lambdas/trace.ts'),
    import('../../lambdas/log.ts'),
    import('../../lambdas/site.ts'),
    import('../../lambdas/sweep.ts'),
    import('../../lambdas/project.ts'),
  ]);
  const handlers: Record<string, Handler> = {
    record: record.handler as unknown as Handler,
    query: query.handler as unknown as Handler,
    trace: trace.handler as unknown as Handler,
    log: log.handler as unknown as Handler,
    site: site.handler as unknown as Handler,
  };
  const settle = async () => {
    await sweep.handler({ since: new Date(Date.now() - 3_600_000).toISOString() as never });
    await projection.handler({ Records: [] }, CONTEXT);
  };
  return {
    tables,
    settle,
    rebuild: async () => {
      await projection.handler({ rebuild: 'start' }, CONTEXT);
    },
    ask: async (operation, who, asked = {}) => {
      const handler = handlers[route(operation).servedBy];
      if (!handler) throw new Error(`${operation} is not served here`);
      const { statusCode, body, headers, isBase64Encoded } = await handler(
        eventOf(operation, who, asked),
        CONTEXT,
      );
      const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
      const text = bytes.toString('utf8');
      const json = Loose.parse(readJson(String(headers?.['content-type']), text));
      return { status: statusCode, bytes, text, headers: headers as Record<string, string>, json };
    },
  };
}

function readJson(contentType: string, text: string): unknown {
  if (contentType === 'application/x-ndjson')
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  return contentType.endsWith('json') ? JSON.parse(text) : undefined;
}

function eventOf(operation: Operation, who: Speaker, asked: Asked): APIGatewayProxyEvent {
  const { method, path, append, contentType } = route(operation);
  const query = Object.entries(asked.query ?? {}).map(([name, value]) => [name, [value].flat()] as const);
  const body = typeof asked.body === 'string' ? asked.body : JSON.stringify(asked.body);
  return {
    httpMethod: method,
    resource: path,
    path,
    headers: {
      'Content-Type': contentType ?? 'application/json',
      Host: API,
      ...(append || asked.key ? { 'Idempotency-Key': asked.key ?? randomUUID() } : {}),
      ...asked.headers,
    },
    multiValueHeaders: {},
    pathParameters: asked.params ?? null,
    queryStringParameters: null,
    multiValueQueryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
    stageVariables: null,
    body: asked.body === undefined ? null : body,
    isBase64Encoded: false,
    requestContext: {
      requestId: randomUUID(),
      path: path.replace(/\{(\w+)\+?\}/g, (_, name: string) => asked.params?.[name] ?? ''),
      authorizer: who,
    } as unknown as APIGatewayProxyEvent['requestContext'],
  } as APIGatewayProxyEvent;
}

/** Registers the agencies and the agreement of the examples. */
export async function registerExamples(world: World): Promise<void> {
  for (const agencyId of [PROVIDER, RECIPIENT, THIRD_PARTY])
    await world.ask('registerAgency', STEWARD, { body: agencyBody({ agencyId }), key: `agency-${agencyId}` });
  await world.ask('registerAgreement', STEWARD, { body: agreementBody(), key: 'agreement' });
}
