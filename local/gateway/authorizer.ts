import type { FunctionPool } from '../functions/pool.ts';
import type { ApiSpec, AuthorizerSpec } from '../template/api.ts';
import { type AuthorizerContext, authorizerEvent, methodArn, traceIdOf } from './event.ts';
import { allows, type Statement, statementsOf } from './policy.ts';
import { type GatewayRequest, headerOf } from './request.ts';
import type { ResponseType } from './responses.ts';
import type { Match } from './routing.ts';

/** What came of asking: the caller's context, or which answer of the gateway's own the caller gets. */
export type Verdict =
  | { readonly context: AuthorizerContext }
  | { readonly refusal: ResponseType; readonly message?: string };

interface Grant {
  readonly context: AuthorizerContext;
  readonly statements: readonly Statement[];
}
type Asked = Grant | { readonly refusal: ResponseType };

/** The most callers whose answers are kept. */
const MOST_KEPT = 1000;

/**
 * A `REQUEST` authorizer. As at API Gateway, an answer is kept by the identity sources alone, whatever the method, so
 * its policy is held against each method anew.
 */
export class Authorizer {
  readonly #spec: AuthorizerSpec;
  readonly #function: FunctionPool;
  readonly #api: ApiSpec;
  readonly #kept = new Map<string, { readonly until: number; readonly asked: Promise<Asked> }>();

  constructor(spec: AuthorizerSpec, pool: FunctionPool, api: ApiSpec) {
    this.#spec = spec;
    this.#function = pool;
    this.#api = api;
  }

  async decide(request: GatewayRequest, match: Match): Promise<Verdict> {
    const identity = this.#spec.identitySources.map((source) => identityOf(source, request));
    if (identity.some((value) => value === undefined || value === '')) return { refusal: 'UNAUTHORIZED' };
    const asked = await this.#ask(JSON.stringify(identity), request, match);
    if ('refusal' in asked) return asked;
    if (!allows(asked.statements, methodArn(request, this.#api))) return { refusal: 'ACCESS_DENIED' };
    return { context: asked.context };
  }

  #ask(key: string, request: GatewayRequest, match: Match): Promise<Asked> {
    const now = Date.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) return kept.asked;
    const asked = this.#invoke(request, match);
    if (this.#spec.cacheMs > 0 && this.#spec.identitySources.length > 0) {
      this.#kept.delete(key);
      this.#kept.set(key, { until: now + this.#spec.cacheMs, asked });
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
      // Only policies are kept; a failure is asked about again.
      void asked.then((result) => {
        if ('refusal' in result && this.#kept.get(key)?.asked === asked) this.#kept.delete(key);
      });
    }
    return asked;
  }

  async #invoke(request: GatewayRequest, match: Match): Promise<Asked> {
    const event = JSON.stringify(authorizerEvent(request, match, this.#api));
    const outcome = await this.#function.invoke(event, traceIdOf(request));
    if (outcome.kind === 'answer') return grantOf(outcome.answer);
    // API Gateway knows a refused token by this very message.
    if (outcome.kind === 'error' && outcome.error.errorMessage === 'Unauthorized')
      return { refusal: 'UNAUTHORIZED' };
    return { refusal: 'AUTHORIZER_FAILURE' };
  }
}

function identityOf(source: string, request: GatewayRequest): string | undefined {
  const [, kind, name = ''] = /^method\.request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (kind === 'header') return headerOf(request, name);
  if (kind === 'querystring') return request.query.find(([key]) => key === name)?.[1];
  throw new TypeError(`${source} is an identity source that is not known here`);
}

function grantOf(answer: unknown): Asked {
  try {
    const { principalId, policyDocument, context } = answer as Record<string, unknown>;
    if (typeof principalId !== 'string') throw new TypeError('the answer names no principal');
    return { statements: statementsOf(policyDocument), context: contextOf(principalId, context ?? {}) };
  } catch {
    return { refusal: 'AUTHORIZER_CONFIGURATION_ERROR' };
  }
}

function contextOf(principalId: string, context: object): AuthorizerContext {
  const entries = Object.entries(context).map(([key, value]: [string, unknown]) => {
    if (!['string', 'number', 'boolean'].includes(typeof value))
      throw new TypeError(`${key} is no plain value`);
    return [key, String(value)] as const;
  });
  return { ...Object.fromEntries(entries), principalId };
}
