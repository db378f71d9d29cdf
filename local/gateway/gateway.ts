import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../functions/environment.ts';
import type { FunctionPool } from '../functions/pool.ts';
import type { ApiSpec, MethodSpec } from '../template/api.ts';
import { replyOf } from './answer.ts';
import { Authorizer } from './authorizer.ts';
import { type AuthorizerContext, proxyEvent, traceIdOf } from './event.ts';
import { type GatewayRequest, headerOf } from './request.ts';
import { gatewayReply, type Reply, type ResponseType } from './responses.ts';
import { type Match, Routing } from './routing.ts';

/** Lambda's limit for an event, and for an answer. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** Beyond so many events in a function's queue the next ones are refused rather than left to time out. */
const MOST_WAITING = 500;

/**
 * API Gateway for one REST API, as its synthesized template has it: finds the method, asks the authorizer, invokes the
 * function with the event that it would get, and answers with what it says or with a gateway response.
 */
export class Gateway {
  readonly #api: ApiSpec;
  readonly #functions: (arnOrName: string) => FunctionPool;
  readonly #routing: Routing;
  readonly #authorizers: ReadonlyMap<string, Authorizer>;

  constructor(api: ApiSpec, functions: (arnOrName: string) => FunctionPool) {
    this.#api = api;
    this.#functions = functions;
    this.#routing = new Routing(api.methods);
    const specs = api.methods.flatMap(({ authorizer }) => authorizer ?? []);
    this.#authorizers = new Map(
      specs.map((spec) => [spec.id, new Authorizer(spec, functions(spec.functionArn), api)]),
    );
  }

  async answer(request: GatewayRequest): Promise<Reply> {
    const match = this.#routing.find(request.httpMethod, request.path);
    // API Gateway takes a path that it does not know for one that wants a signature.
    if (match === undefined) return this.#own(request, 'MISSING_AUTHENTICATION_TOKEN');
    const verdict = await this.#authorize(request, match);
    if (verdict !== undefined && 'refusal' in verdict) return this.#own(request, verdict.refusal);
    const missing = missingParameters(match.method, request, match);
    if (missing.length > 0) {
      const message = `Missing required request parameters: [${missing.join(', ')}]`;
      return this.#own(request, 'BAD_REQUEST_PARAMETERS', { message });
    }
    return this.#invoke(request, match, verdict?.context);
  }

  badRequest = (message: string): Reply => this.#nameless('BAD_REQUEST_PARAMETERS', { message });
  noSuchMethod = (): Reply => this.#nameless('MISSING_AUTHENTICATION_TOKEN');
  tooLarge = (): Reply => this.#nameless('REQUEST_TOO_LARGE');
  broken = (): Reply => this.#nameless('DEFAULT_5XX');
  unreadable = (status: number): Reply => this.#nameless('DEFAULT_4XX', { status });

  #authorize(request: GatewayRequest, { method, pathParameters }: Match) {
    const authorizer = method.authorizer && this.#authorizers.get(method.authorizer.id);
    return authorizer?.decide(request, { method, pathParameters });
  }

  async #invoke(
    request: GatewayRequest,
    match: Match,
    caller: AuthorizerContext | undefined,
  ): Promise<Reply> {
    const event = JSON.stringify(proxyEvent(request, match, this.#api, caller));
    if (Buffer.byteLength(event) > MAX_PAYLOAD_BYTES) return this.#own(request, 'REQUEST_TOO_LARGE');
    const pool = this.#functions(match.method.functionArn);
    if (pool.waiting >= MOST_WAITING) return this.#own(request, 'THROTTLED');
    const outcome = await within(match.method.timeoutMs, pool.invoke(event, traceIdOf(request)));
    if (outcome.kind === 'timeout') return this.#own(request, 'INTEGRATION_TIMEOUT');
    const reply = outcome.kind === 'answer' ? replyOf(outcome.answer, request, this.#api) : undefined;
    if (reply === undefined || reply.body.length > MAX_PAYLOAD_BYTES)
      return this.#own(request, 'DEFAULT_5XX', { status: 502 });
    return withRequestId(reply, request.requestId);
  }

  #own(
    request: GatewayRequest,
    type: ResponseType,
    more?: { readonly status?: number; readonly message?: string },
  ): Reply {
    const context = {
      requestId: request.requestId,
      extendedRequestId: request.requestId,
      httpMethod: request.httpMethod,
      path: request.path,
      stage: this.#api.stage,
      apiId: this.#api.id,
    };
    return withRequestId(gatewayReply(this.#api.gatewayResponses, type, context, more), request.requestId);
  }

  /** An answer to what did not become a request. */
  #nameless(type: ResponseType, more?: { readonly status?: number; readonly message?: string }): Reply {
    const requestId = randomUUID();
    const context = { requestId, extendedRequestId: requestId, stage: this.#api.stage, apiId: this.#api.id };
    return withRequestId(gatewayReply(this.#api.gatewayResponses, type, context, more), requestId);
  }
}

const withRequestId = (reply: Reply, requestId: string): Reply => ({
  ...reply,
  headers: [...reply.headers, ['x-amzn-requestid', requestId]],
});

/** The outcome, or `timeout` when it is not there in time; the function goes on regardless, as it does in AWS. */
async function within(ms: number, outcome: Promise<Outcome>): Promise<Outcome> {
  const timer = new AbortController();
  const timeout = sleep(ms, { kind: 'timeout' } as const, { signal: timer.signal });
  timeout.catch(() => undefined);
  try {
    return await Promise.race([outcome, timeout]);
  } finally {
    timer.abort();
  }
}

/** Names of required parameters that the request lacks; an empty one counts as lacking. */
function missingParameters(method: MethodSpec, request: GatewayRequest, { pathParameters }: Match): string[] {
  return method.requiredParameters.flatMap((parameter) => {
    const [, place, name = ''] = /^method\.request\.(header|querystring|path)\.(.+)$/.exec(parameter) ?? [];
    const value =
      place === 'header'
        ? headerOf(request, name)
        : place === 'path'
          ? pathParameters[name]
          : request.query.find(([key]) => key === name)?.[1];
    return value ? [] : [name];
  });
}
