import type { KeyObject } from 'node:crypto';
import type * as z from 'zod';
import { PROBLEM_TYPE_PREFIX, type ProblemDocument, type ProblemSlug } from '../problem.ts';
import type { TracePending } from '../trace/answer.ts';
import { ProblemAnswer } from './answers.ts';
import { type Answered, ApiFailure, exchange, type Prepared } from './exchange.ts';
import { isRecorded, type Operation, type ROUTES, type Route, route } from './routes.ts';
import { signedSending } from './signed-sending.ts';

export { type Answered, ApiFailure } from './exchange.ts';

type RouteOf<O extends Operation> = (typeof ROUTES)[O];
type ParamsOf<R> = R extends { params: infer S extends z.ZodType } ? { params: z.input<S> } : unknown;
type QueryOf<R> = R extends { query: infer S extends z.ZodType } ? { query?: z.input<S> } : unknown;
type BodyOf<R> = R extends { body: infer S extends z.ZodType; contentType: 'application/x-ndjson' }
  ? { body: readonly z.input<S>[] }
  : R extends { body: infer S extends z.ZodType }
    ? { body: z.input<S> }
    : unknown;
type KeyOf<R> = R extends { append: true } ? { idempotencyKey: string } : unknown;

/** What an operation takes, as its schemas in the route table say. */
export type RequestOf<O extends Operation> = ParamsOf<RouteOf<O>> &
  QueryOf<RouteOf<O>> &
  BodyOf<RouteOf<O>> &
  KeyOf<RouteOf<O>> & { signal?: AbortSignal };

/** What an operation answers: an array where it answers line by line, and bytes where it answers with bytes. */
export type AnswerOf<O extends Operation> =
  RouteOf<O> extends { contentType: 'application/x-ndjson' }
    ? z.output<RouteOf<O>['answer']>[]
    : RouteOf<O> extends { contentType: 'application/octet-stream' }
      ? Uint8Array<ArrayBuffer>
      : z.output<RouteOf<O>['answer']>;

/** The operations that answer page by page, and what their pages hold. */
export type ListOperation = {
  [O in Operation]: AnswerOf<O> extends { items: unknown[]; reflects: { size: number } }
    ? 'nextCursor' extends keyof AnswerOf<O>
      ? O
      : never
    : never;
}[Operation];
export type ItemOf<O extends ListOperation> = AnswerOf<O> extends { items: (infer I)[] } ? I : never;

type Arguments<O extends Operation> =
  Record<never, never> extends RequestOf<O> ? [request?: RequestOf<O>] : [request: RequestOf<O>];

export interface ClientOptions {
  /** Where the API stands, stage path included: `https://….execute-api.….amazonaws.com/prod`. */
  readonly url: string;
  /** Asked before every attempt, so that a token that ran out meanwhile can be renewed. */
  readonly token?: () => Promise<string> | string;
  /** The incident for which an auditor reads; it is recorded with each read. */
  readonly incidentId?: string;
  /** The private key with which whatever is appended is signed, by itself or line by line; nothing else is. */
  readonly signKey?: KeyObject;
  readonly fetch?: typeof globalThis.fetch;
  /** How often a request is sent in all; 5 when left out. */
  readonly attempts?: number;
  /** Upper bound of the first wait in milliseconds, doubled for each further one; 200 when left out. */
  readonly firstWaitMs?: number;
  /** How long one attempt may take, in milliseconds; 30 s when left out, for the gateway gives up after 29. */
  readonly timeoutMs?: number;
  /** The longest answer that is read, in bytes as they come out of decompression; 32 MiB when left out. */
  readonly maxBytes?: number;
}

export interface Client {
  /**
   * Sends one request and reads its answer by the schema of the operation.
   *
   * What failed for the moment (429, 502, 503, 504, a broken connection) is sent again after a wait. That doubles
   * nothing: reads change nothing, and an append that already happened gets its first answer again by its key. The
   * lines of `recordEntries` are not sent again one by one: a line may rest on an earlier one, so whoever wrote
   * them must decide.
   * @throws ApiProblem for every answer that is a problem
   * @throws ApiPending where the answer is being worked on
   * @throws ApiFailure when there was no answer, or one that does not fit its schema
   */
  call<O extends Operation>(operation: O, ...args: Arguments<O>): Promise<AnswerOf<O>>;
  /** {@link Client.call} without reading the answer, for whoever needs its exact bytes or headers. */
  send<O extends Operation>(operation: O, ...args: Arguments<O>): Promise<Answered>;
  /** The items of a list, page after page. */
  items<O extends ListOperation>(operation: O, ...args: Arguments<O>): AsyncGenerator<ItemOf<O>>;
}

/** The API answered with a problem. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: ProblemDocument;

  constructor(problem: ProblemDocument) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  /** The last part of its type; undefined for an error that the API did not make, such as a proxy's. */
  get slug(): ProblemSlug | undefined {
    const { type } = this.problem;
    return type.startsWith(PROBLEM_TYPE_PREFIX)
      ? (type.slice(PROBLEM_TYPE_PREFIX.length) as ProblemSlug)
      : undefined;
  }
}

/** The API is at it, and has no answer yet: it is to be asked again. */
export class ApiPending extends Error {
  override readonly name = 'ApiPending';
  readonly pending: TracePending;

  constructor(pending: TracePending) {
    super('the answer is being worked on');
    this.pending = pending;
  }
}

/** A client of the API, typed by the route table. */
export function createClient(options: ClientOptions): Client {
  const { token, attempts = 5, firstWaitMs = 200 } = options;

  const send = async (operation: Operation, request: AnyRequest = {}): Promise<Answered> => {
    const target = route(operation);
    for (let attempt = 1; ; attempt++) {
      // Anew each time: a signature is good for minutes.
      const prepared = prepare(options, target, request);
      if (token && target.who !== 'anyone') prepared.headers.set('authorization', `Bearer ${await token()}`);
      const answered = await exchange(options, prepared, request.signal).catch((error: unknown) => {
        request.signal?.throwIfAborted();
        if (error instanceof ApiFailure) throw error;
        return unreachable(options.url, error);
      });
      const failed = answered instanceof ApiFailure;
      if (!failed && answered.status < 400) return answered;
      if (attempt >= attempts || !(failed || PASSING.has(answered.status)))
        throw failed ? answered : problemIn(answered);
      // Full jitter: clients that failed together do not come back together.
      const wait = Math.random() * Math.min(firstWaitMs * 2 ** (attempt - 1), LONGEST_WAIT_MS);
      await pause(Math.max(wait, failed ? 0 : retryAfterMs(answered.headers)), request.signal);
    }
  };

  const call = async (operation: Operation, request?: AnyRequest): Promise<unknown> =>
    readAnswer(route(operation), await send(operation, request));

  async function* items(operation: Operation, request: AnyRequest = {}): AsyncGenerator<unknown> {
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? request.query : { ...request.query, cursor };
      const page = (await call(operation, { ...request, ...(query && { query }) })) as Page;
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  // The types of the three are those of the route table, which the code above reads only at run time.
  return { send, call, items } as Client;
}

/** What a request of any operation may have, once its types have done their work. */
interface AnyRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}
type Page = { items: unknown[]; nextCursor?: string };

/** Statuses that the same request may not get again. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const LONGEST_WAIT_MS = 10_000;

function prepare({ url, signKey, incidentId }: ClientOptions, target: Route, request: AnyRequest): Prepared {
  const { idempotencyKey } = request;
  const headers = new Headers({
    accept: `${target.contentType ?? 'application/json'}, application/problem+json`,
  });
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey);
  if (target.body) headers.set('content-type', target.contentType ?? 'application/json');
  if (incidentId !== undefined && isRecorded(target)) headers.set('amanat-incident', incidentId);
  const sent = {
    address: addressOf(url, target, request),
    method: target.method,
    headers,
    ...(target.body && { body: bodyText(target, request.body) }),
  };
  return signKey ? signedSending(signKey, { url, target, request }, sent) : sent;
}

function addressOf(url: string, target: Route, { params = {}, query = {} }: AnyRequest): string {
  const path = target.path.replace(/\{(\w+)(\+?)\}/g, (_, name: string, greedy: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`${target.path} needs the parameter ${name}`);
    const encoded = encodeURIComponent(value);
    return greedy === '' ? encoded : encoded.replaceAll('%2F', '/');
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) search.append(name, String(one));
  return `${url.replace(/\/+$/, '')}${path}${search.size > 0 ? `?${search}` : ''}`;
}

const bodyText = (target: Route, body: unknown): string =>
  target.contentType === 'application/x-ndjson'
    ? (body as readonly unknown[]).map((line) => `${JSON.stringify(line)}\n`).join('')
    : JSON.stringify(body);

const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

function readAnswer(target: Route, { status, bytes }: Answered): unknown {
  const pending = status === 202 ? target.pending : undefined;
  if (pending) throw new ApiPending(read({ ...target, answer: pending }, bytes) as TracePending);
  return read(target, bytes);
}

function read(target: Route, bytes: Uint8Array<ArrayBuffer>): unknown {
  if (target.contentType === 'application/octet-stream') return bytes;
  try {
    const text = textOf(bytes);
    switch (target.contentType) {
      case undefined:
        return target.answer.parse(JSON.parse(text));
      case 'application/x-ndjson':
        return text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => target.answer.parse(JSON.parse(line)));
      default:
        return target.answer.parse(text);
    }
  } catch (error) {
    const message = `the answer of ${target.method} ${target.path} does not fit its schema`;
    throw new ApiFailure('unexpected-answer', message, error);
  }
}

function unreachable(url: string, error: unknown): ApiFailure {
  const late = error instanceof Error && error.name === 'TimeoutError';
  return new ApiFailure(
    'unreachable',
    late ? `no whole answer in time from ${url}` : `no answer from ${url}`,
    error,
  );
}

/** The problem in an answer; a plain one where something between here and the API made the error. */
function problemIn({ status, bytes }: Answered): ApiProblem {
  try {
    return new ApiProblem(ProblemAnswer.parse(JSON.parse(textOf(bytes))) as ProblemDocument);
  } catch {
    return new ApiProblem({ type: 'about:blank', title: `HTTP status ${status}`, status });
  }
}

/** `Retry-After` in seconds, as far as we are willing to wait. */
function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, LONGEST_WAIT_MS) : 0;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
