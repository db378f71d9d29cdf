import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { OPERATIONS, type Route, route } from '../core/api/routes.ts';
import { hasRole, Principal, STAFF_ROLES, type StaffRole } from '../core/model/principal.ts';
import { AgencyId } from '../core/model/scalars.ts';
import { environment } from './environment.ts';

const logger = new Logger({ serviceName: 'amanat' });

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const issuer = environment('ISSUER');
const keys = createRemoteJWKSet(
  new URL(process.env['JWKS_URI'] || `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`),
  { timeoutDuration: 3_000, cooldownDuration: 10_000 },
);

/**
 * Turns a bearer token into a policy that allows exactly the routes of its roles, and into the principal that the
 * handlers see. A token that does not verify is 401, one that names no role of ours may call nothing.
 */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(bearer(event))?.[1];
  if (!token) throw unauthorized('no bearer token');
  const principal = await verify(token);
  const allowed = OPERATIONS.map(route).filter(
    ({ who }) => who !== 'anyone' && who.some((role) => hasRole(principal, role)),
  );
  return {
    principalId: principal.sub,
    policyDocument: { Version: '2012-10-17', Statement: [statement(event.methodArn, allowed)] },
    context: { sub: principal.sub, agency: principal.agency ?? '', roles: principal.roles.join(',') },
  };
}

const bearer = (event: APIGatewayRequestAuthorizerEvent): string =>
  Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1] ?? '';

async function verify(token: string): Promise<Principal> {
  const claim = process.env['ROLES_CLAIM'] || 'roles';
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: environment('AUDIENCE'),
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'sub'],
    });
    return principalOf(payload.sub, payload[claim]);
  } catch (error) {
    if (!(error instanceof errors.JOSEError) || OF_THE_ISSUER.has(error.code)) throw error;
    throw unauthorized(error.code);
  }
}

/** The issuer's keys being out of reach is our trouble, not the caller's: answered 5xx, and worth trying again. */
const OF_THE_ISSUER = new Set([
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
  // What jose has no code of its own for: an answer of the issuer that is not 200, or no JSON.
  errors.JOSEError.code,
]);

/** @throws Error `Unauthorized` for a subject that cannot stand in a ledger without personal data */
function principalOf(sub: string | undefined, claimed: unknown): Principal {
  const names = Array.isArray(claimed) ? claimed.filter((name) => typeof name === 'string') : [];
  const agencies = names.filter((name) => name.startsWith('agency:'));
  const agency = AgencyId.safeParse(agencies[0]?.slice('agency:'.length)).data;
  if (agencies.length > 1) throw unauthorized('a token speaks for one agency at the most');
  const roles = STAFF_ROLES.filter((role: StaffRole) => names.includes(role));
  const { data } = Principal.safeParse({ sub, roles, ...(agency && { agency }) });
  if (!data) throw unauthorized('the subject is no client or staff reference');
  return data;
}

/** The policy is kept for the token's other calls too, so it lists every route, not just the one called. */
function statement(methodArn: string, allowed: readonly Route[]) {
  // arn:aws:execute-api:region:account:api/stage/METHOD/path…
  const stage = methodArn.split('/').slice(0, 2).join('/');
  const resources = allowed.map(({ method, path }) => `${stage}/${method}${path.replace(/\{[^}]+\}/g, '*')}`);
  return resources.length > 0
    ? { Action: 'execute-api:Invoke', Effect: 'Allow' as const, Resource: resources }
    : { Action: 'execute-api:Invoke', Effect: 'Deny' as const, Resource: `${stage}/*` };
}

/** API Gateway answers 401 to this very message and no other. */
function unauthorized(why: string): Error {
  logger.info('unauthorized', { why });
  return new Error('Unauthorized');
}
