import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { APPEND_KINDS, AppendLine, MAX_APPEND_LINES, MAX_BODY_BYTES } from '../../../core/api/appends.ts';
import { problemOf } from '../../../core/api/faults.ts';
import { canonicalJson } from '../../../core/canonical.ts';
import { entryIdOf, transferIdOf } from '../../../core/model/entry.ts';
import { type Principal, submitterOf } from '../../../core/model/principal.ts';
import type { AgencyRecord } from '../../../core/model/registry.ts';
import type { AgencyId } from '../../../core/model/scalars.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import { Problem } from '../../../core/problem.ts';

interface Stored {
  readonly request: string;
  readonly answer: { readonly entryId: string; readonly kind: string; readonly recordedAt: string };
  readonly body: unknown;
}

/** What a request to the double is answered: a status and a body, or a connection that breaks. */
type Answer = { status: number; body: string; type?: string } | 'broken';

/**
 * The append half of a ledger in memory, with the answers of the contract: keys by submitter, the first answer to a
 * repetition, agencies that must be registered. What it cannot show, the real system does in the end-to-end tests.
 * Tokens are `steward:<sub>` or `agency:<id>`.
 */
export class LedgerDouble {
  readonly entries = new Map<string, Stored>();
  /** Requests to `/v1/entries`, by their number of lines. */
  readonly requests: number[] = [];
  /** Answers a request in the place of the ledger, before (`undefined` to go on) or after it took it in. */
  before: (lines: number) => Answer | undefined = () => undefined;
  after: (lines: number) => Answer | undefined = () => undefined;
  /** Answers one line in the place of the ledger. */
  lineProblem: (line: AppendLine) => Problem | undefined = () => undefined;
  #clock = Date.now();
  readonly #registered = new Set<string>();

  /** Moves its clock on, and answers the time. */
  tick(ms = 1): string {
    this.#clock = Math.max(Date.now(), this.#clock + ms);
    return new Date(this.#clock).toISOString();
  }

  transfers(): TransferRecord[] {
    return this.#bodies('transfer-recorded') as TransferRecord[];
  }

  agencies(): AgencyRecord[] {
    return this.#bodies('agency-registered') as AgencyRecord[];
  }

  #bodies(kind: string): unknown[] {
    return [...this.entries.values()].filter(({ answer }) => answer.kind === kind).map(({ body }) => body);
  }

  readonly fetch: typeof fetch = async (input, init) => {
    init?.signal?.throwIfAborted();
    const url = new URL(String(input));
    const headers = new Headers(init?.headers);
    const answer = this.answer(init?.method ?? 'GET', url.pathname, headers, String(init?.body ?? ''));
    if (answer === 'broken') throw new TypeError('fetch failed');
    return new Response(answer.body, {
      status: answer.status,
      headers: { 'content-type': answer.type ?? 'application/json', date: new Date().toUTCString() },
    });
  };

  /** Serves the double over HTTP on a free port. */
  async listen(): Promise<{ url: string; server: Server }> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const headers = new Headers({ authorization: request.headers.authorization ?? '' });
        const path = (request.url ?? '').split('?')[0] ?? '';
        const answer = this.answer(request.method ?? '', path, headers, Buffer.concat(chunks).toString());
        if (answer === 'broken') return response.destroy();
        response.writeHead(answer.status, { 'content-type': answer.type ?? 'application/json' });
        return response.end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
  }

  answer(method: string, path: string, headers: Headers, body: string): Answer {
    if (path === '/healthz') return { status: 200, body: '{"status":"ok"}' };
    const principal = principalOf(headers.get('authorization') ?? '');
    if (!principal) return problemAnswer(new Problem('unauthenticated'));
    if (method === 'GET' && path === '/v1/agencies') return { status: 200, body: this.#agencyList() };
    if (method === 'POST' && path === '/v1/entries') return this.#append(principal, body);
    return problemAnswer(new Problem('not-found'));
  }

  #append(principal: Principal, body: string): Answer {
    if (Buffer.byteLength(body) > MAX_BODY_BYTES) return problemAnswer(new Problem('body-too-large'));
    const lines = body.split('\n').filter((line) => line !== '');
    if (lines.length > MAX_APPEND_LINES) return problemAnswer(new Problem('invalid-request'));
    this.requests.push(lines.length);
    const instead = this.before(lines.length);
    if (instead) return instead;
    const answers = lines.map((line, i) => {
      try {
        const parsed = AppendLine.parse(JSON.parse(line));
        return { line: i + 1, status: 201, answer: this.#appendLine(principal, parsed) };
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return { line: i + 1, status: error.status, problem: error.toDocument('c') };
      }
    });
    const text = answers.map((answer) => `${JSON.stringify(answer)}\n`).join('');
    return this.after(lines.length) ?? { status: 200, body: text, type: 'application/x-ndjson' };
  }

  #appendLine(principal: Principal, line: AppendLine) {
    const instead = this.lineProblem(line);
    if (instead) throw instead;
    const steward = principal.roles.includes('steward');
    if (line.kind === 'agency-registered' && !steward) throw new Problem('forbidden');
    const { data, error } = APPEND_KINDS[line.kind].body.safeParse(line.body);
    if (error) throw problemOf(error, 'body', ['body']);
    const entryId = entryIdOf(submitterOf(principal), line.idempotencyKey);
    const request = canonicalJson([line.kind, data]);
    const earlier = this.entries.get(entryId);
    if (earlier) {
      if (earlier.request !== request) throw new Problem('idempotency-key-reused');
      return earlier.answer;
    }
    const subject = this.#judge(line.kind, data, principal) ?? transferIdOf(entryId);
    const rest = line.kind === 'transfer-recorded' ? { transferId: subject } : { agencyId: subject };
    const recordedAt = this.tick(0);
    const answer = {
      entryId,
      kind: line.kind,
      subject,
      version: 0,
      recordedAt,
      principal,
      flags: [],
      ...rest,
    };
    this.entries.set(entryId, { request, answer, body: data });
    return answer;
  }

  #judge(kind: string, body: unknown, principal: Principal): string | undefined {
    if (kind === 'agency-registered') {
      const { agencyId } = body as AgencyRecord;
      if (this.#registered.has(agencyId)) throw new Problem('conflict');
      this.#registered.add(agencyId);
      return agencyId;
    }
    const { provider, recipient } = body as TransferRecord;
    if (principal.agency !== undefined && principal.agency !== provider.agencyId)
      throw new Problem('forbidden');
    const faults = Object.entries({ provider, recipient }).flatMap(([party, { agencyId }]) =>
      this.#registered.has(agencyId)
        ? []
        : [{ pointer: `/body/${party}/agencyId`, detail: 'is no registered agency' }],
    );
    if (faults.length > 0) throw new Problem('invalid-record', undefined, faults);
    return undefined;
  }

  #agencyList(): string {
    const registered = [...this.entries.values()].filter(({ answer }) => answer.kind === 'agency-registered');
    const items = registered.map(({ answer, body }) => ({
      ...(body as AgencyRecord),
      entryId: answer.entryId,
      recordedAt: answer.recordedAt,
    }));
    return JSON.stringify({ items, reflects: { size: this.entries.size } });
  }
}

function principalOf(authorization: string): Principal | undefined {
  const [, role, name = ''] = /^Bearer (steward|agency):(.+)$/.exec(authorization) ?? [];
  if (role === 'steward') return { sub: name, roles: ['steward'] };
  return role === 'agency' ? { sub: 'client', agency: name as AgencyId, roles: [] } : undefined;
}

export const problemAnswer = (problem: Problem): { status: number; body: string; type: string } => ({
  status: problem.status,
  body: JSON.stringify(problem.toDocument('c')),
  type: 'application/problem+json',
});
