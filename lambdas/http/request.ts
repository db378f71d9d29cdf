import type { APIGatewayProxyEvent } from 'aws-lambda';
import type * as z from 'zod';
import { MAX_BODY_BYTES } from '../../core/api/appends.ts';
import { type Place, problemOf } from '../../core/api/faults.ts';
import type { Described, Route } from '../../core/api/routes.ts';
import { personalDataIn } from '../../core/model/pii.ts';
import { hasRole, Principal, STAFF_ROLES, type StaffRole } from '../../core/model/principal.ts';
import { AgencyId, IdempotencyKey } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';

/** What an operation gets: everything parsed by the schemas of its route. */
export interface Request<R extends Described = Described> {
  readonly route: R;
  readonly principal: Principal;
  readonly params: Parsed<R, 'params'>;
  readonly query: Parsed<R, 'query'>;
  readonly body: Parsed<R, 'body'>;
  /** The `Idempotency-Key`; empty on routes that are no append. */
  readonly idempotencyKey: string;
  readonly event: APIGatewayProxyEvent;
}
type Parsed<R extends Described, Part extends 'params' | 'query' | 'body'> =
  R extends Record<Part, infer Schema extends z.ZodType> ? z.infer<Schema> : undefined;

/** Nobody: what a route open to anyone sees. */
const ANYONE: Principal = { sub: 'anyone', roles: [] };

/** Checks and parses a request by its route, in the order in which one would want to be told. @throws Problem */
export function readRequest(route: Route, event: APIGatewayProxyEvent): Request {
  const principal = route.who === 'anyone' ? ANYONE : principalOf(event);
  if (route.who !== 'anyone' && !route.who.some((role) => hasRole(principal, role)))
    throw new Problem('forbidden');
  return {
    route,
    principal,
    params: parse(route.params, 'path', decodedPath(event)) as never,
    query: readQuery(route, event) as never,
    idempotencyKey: route.append ? readIdempotencyKey(event) : '',
    body: (route.body && route.contentType === undefined
      ? parse(route.body, 'body', parseJson(readBody(event, 'application/json')))
      : undefined) as never,
    event,
  };
}

/** The principal that the authorizer vouches for; see `authorize.ts`. @throws Problem `unauthenticated` */
export function principalOf(event: APIGatewayProxyEvent): Principal {
  const claims = event.requestContext.authorizer ?? {};
  const agency = AgencyId.safeParse(claims['agency']).data;
  const roles = String(claims['roles'] ?? '')
    .split(',')
    .filter((role): role is StaffRole => (STAFF_ROLES as readonly string[]).includes(role));
  const { data } = Principal.safeParse({ sub: claims['sub'], roles, ...(agency && { agency }) });
  if (!data) throw new Problem('unauthenticated');
  return data;
}

/** API Gateway hands path parameters over as they were sent. */
function decodedPath(event: APIGatewayProxyEvent): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(event.pathParameters ?? {}).map(([name, value]) => {
      try {
        return [name, value === undefined ? value : decodeURIComponent(value)];
      } catch {
        return [name, value];
      }
    }),
  );
}

function readQuery(route: Route, event: APIGatewayProxyEvent): unknown {
  const sent = event.multiValueQueryStringParameters ?? {};
  const names = Object.keys(sent);
  if (!route.query) {
    if (names.length > 0) throw unknownParameters(names);
    return undefined;
  }
  const { shape } = route.query;
  const values: Record<string, unknown> = {};
  for (const [name, list = []] of Object.entries(sent)) {
    const takesMany = Object.hasOwn(shape, name) && isArray(shape[name]);
    if (takesMany) values[name] = list.flatMap((value) => value.split(','));
    else if (list.length === 1) values[name] = list[0];
    else
      throw new Problem('invalid-request', undefined, [
        { parameter: plain(name), detail: 'stands more than once' },
      ]);
  }
  const unknown = names.filter((name) => !Object.hasOwn(shape, name));
  if (unknown.length > 0) throw unknownParameters(unknown);
  return parse(route.query, 'query', values);
}

const unknownParameters = (names: readonly string[]) =>
  new Problem(
    'invalid-request',
    undefined,
    names.slice(0, 20).map((name) => ({ parameter: plain(name), detail: 'is not a parameter here' })),
  );

const plain = (name: string) => (/^[A-Za-z][A-Za-z0-9_-]{0,40}$/.test(name) ? name : '(not a plain name)');

function isArray(schema: z.core.$ZodType | undefined): boolean {
  const type = schema?._zod.def.type;
  if (type === 'array') return true;
  return type === 'optional' || type === 'default'
    ? isArray((schema as unknown as { _zod: { def: { innerType: z.core.$ZodType } } })._zod.def.innerType)
    : false;
}

function readIdempotencyKey(event: APIGatewayProxyEvent): string {
  const value = header(event, 'idempotency-key');
  if (value === undefined) throw new Problem('idempotency-key-missing');
  const { data, error } = IdempotencyKey.safeParse(value);
  if (data !== undefined) return data;
  throw new Problem('invalid-request', undefined, [
    { header: 'Idempotency-Key', detail: error?.issues[0]?.message ?? 'is not valid' },
  ]);
}

/** The body as text. @throws Problem `body-too-large`, `unsupported-media-type`, `malformed-json` */
export function readBody(event: APIGatewayProxyEvent, mediaType: string): string {
  const sent = header(event, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (sent !== mediaType)
    throw new Problem('unsupported-media-type', `send Content-Type: ${mediaType}`, [
      { header: 'Content-Type', detail: `must be ${mediaType}` },
    ]);
  const bytes = bodyBytes(event);
  if (bytes.length > MAX_BODY_BYTES) throw new Problem('body-too-large');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('malformed-json', 'the body is not UTF-8');
  }
}

export const bodyBytes = ({ body, isBase64Encoded }: APIGatewayProxyEvent): Buffer =>
  Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');

/** @throws Problem `malformed-json`, without the text: a parser's own message repeats what was sent */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('malformed-json');
  }
}

export function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const entry = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}

/** A client's own id is taken only if it is short, plain and nobody's number; else the request's id is it. */
export function correlationIdOf(event: APIGatewayProxyEvent): string {
  const own = header(event, 'x-correlation-id');
  const isPlain = own !== undefined && /^[A-Za-z0-9_-]{8,64}$/.test(own) && personalDataIn(own).length === 0;
  return isPlain ? own : event.requestContext.requestId;
}

function parse(schema: z.ZodType | undefined, place: Place, value: unknown): unknown {
  if (!schema) return undefined;
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  // A path that fits no id names nothing that exists.
  throw place === 'path' ? new Problem('not-found') : problemOf(error, place);
}
