import { setTimeout as pause } from 'node:timers/promises';
import type { AppendAnswer, LineAnswer } from '../../core/api/answers.ts';
import { type AppendKindName, MAX_APPEND_LINES } from '../../core/api/appends.ts';
import type { Client } from '../../core/api/client.ts';
import { PROBLEM_TYPE_PREFIX } from '../../core/problem.ts';

/** One append of an import. */
export interface Append {
  readonly key: string;
  readonly body: object;
}

export type LineProblem = NonNullable<LineAnswer['problem']>;

/** What became of one append. `postponed`: the API had no time for it, however often it was asked. */
export type Appended<A extends Append> =
  | { readonly request: A; readonly answer: AppendAnswer }
  | { readonly request: A; readonly problem: LineProblem; readonly postponed: boolean };

/** Well below the 256 KB that the API takes. */
const MAX_CHUNK_BYTES = 240_000;
/** How often one line is sent while its answer is that it may be sent again. */
const ATTEMPTS = 6;
/** Problems of a line that say nothing about the line. */
const PASSING = new Set([429, 500, 502, 503, 504]);

export interface AppendOptions {
  readonly signal: AbortSignal;
  /** Lines a request; 100 when left out. */
  readonly lines?: number | undefined;
  /** Wait before the second attempt in milliseconds, doubled for each further one; 250 when left out. */
  readonly firstWaitMs?: number | undefined;
}

/**
 * Sends appends of one kind in chunks, and yields what became of each chunk as soon as it is known. A line that only
 * failed for the moment goes along with a later chunk. Each append is yielded once.
 * @throws ApiProblem, ApiFailure when a whole request fails for good; what it held may or may not have been recorded
 */
export async function* appendAll<A extends Append>(
  client: Client,
  kind: AppendKindName,
  requests: readonly A[],
  { signal, lines = MAX_APPEND_LINES, firstWaitMs = 250 }: AppendOptions,
): AsyncGenerator<Appended<A>[]> {
  const attempts = new Map<A, number>();
  let queue = [...requests];
  while (queue.length > 0) {
    const chunk = firstChunk(queue, kind, lines);
    queue = queue.slice(chunk.length);
    const answers = await client.call('recordEntries', {
      body: chunk.map((request) => lineOf(request, kind)),
      signal,
    });
    const byLine = new Map(answers.map((answer) => [answer.line, answer]));
    const outcomes = chunk.map((request, i) => outcomeOf(request, byLine.get(i + 1)));
    const again = outcomes.filter((outcome) => {
      if (!('postponed' in outcome) || !outcome.postponed) return false;
      const attempt = (attempts.get(outcome.request) ?? 0) + 1;
      attempts.set(outcome.request, attempt);
      return attempt < ATTEMPTS;
    });
    queue.push(...again.map(({ request }) => request));
    yield outcomes.filter((outcome) => !again.includes(outcome));
    const attempt = Math.max(0, ...again.map(({ request }) => attempts.get(request) ?? 0));
    if (attempt > 0) await pause(firstWaitMs * 2 ** (attempt - 1), undefined, { signal });
  }
}

const lineOf = ({ key, body }: Append, kind: AppendKindName) => ({
  idempotencyKey: key,
  kind,
  body: body as Record<string, unknown>,
});

/** As many lines as fit a request; one at the least, for the API to judge. */
function firstChunk<A extends Append>(queue: readonly A[], kind: AppendKindName, lines: number): A[] {
  let bytes = 0;
  const end = queue.findIndex((request, i) => {
    bytes += Buffer.byteLength(JSON.stringify(lineOf(request, kind))) + 1;
    return i === lines || (bytes > MAX_CHUNK_BYTES && i > 0);
  });
  return queue.slice(0, end === -1 ? queue.length : end);
}

const NO_ANSWER: LineProblem = { type: 'about:blank', title: 'The answer left this line out', status: 500 };

function outcomeOf<A extends Append>(request: A, line: LineAnswer | undefined): Appended<A> {
  if (line?.answer) return { request, answer: line.answer };
  const problem = line?.problem ?? NO_ANSWER;
  return { request, problem, postponed: PASSING.has(problem.status) };
}

/** The last part of a problem's type. */
export const slugOfProblem = ({ type }: LineProblem): string =>
  type.startsWith(PROBLEM_TYPE_PREFIX) ? type.slice(PROBLEM_TYPE_PREFIX.length) : type;
