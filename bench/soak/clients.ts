import { setTimeout as sleep } from 'node:timers/promises';
import type { AppendAnswer } from '../../core/api/answers.ts';
import {
  type AnswerOf,
  ApiProblem,
  type Client,
  createClient,
  type RequestOf,
} from '../../core/api/client.ts';
import type { Operation } from '../../core/api/routes.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { entryIdOf } from '../../core/model/entry.ts';
import type { EntryId } from '../../core/model/scalars.ts';
import type { Identity } from '../../local/issuer/identity.ts';
import type { System } from '../../local/system.ts';

/** Operations that append, and answer of one thing. */
export type Append = {
  [O in Operation]: AnswerOf<O> extends AppendAnswer ? O : never;
}[Operation];

/** How requests of an operation went. */
export interface Tally {
  readonly latencies: number[];
  /** Answers of a kind that is expected, other than success, by problem. */
  readonly refused: Map<string, number>;
}

/** So often a request is sent: what befalls single attempts, its sender is to see nothing of. */
const ATTEMPTS = 100;
const TOKEN_FOR_MS = 4 * 60_000;

/** Whatever was sent by anybody, and what became of it. */
export class Books {
  /** What was acknowledged, by entry: the answers to appends, and of traces that there was one. */
  readonly acknowledged = new Map<EntryId, AppendAnswer | undefined>();
  /** Entries that were refused for good. */
  readonly refused = new Set<EntryId>();
  /** Entries that are asked for, and not answered yet. */
  readonly asked = new Set<EntryId>();
  readonly tallies = new Map<string, Tally>();
  /** What is wrong with an answer, seen while it went on. */
  readonly faults: string[] = [];
  repeated = 0;
  attempts = 0;

  tally(what: string): Tally {
    const tally = this.tallies.get(what) ?? { latencies: [], refused: new Map() };
    this.tallies.set(what, tally);
    return tally;
  }
}

/** Somebody who talks to the system and insists. */
export class Speaker {
  readonly submitter: string;
  readonly #books: Books;
  readonly #client: Client;

  constructor(system: System, identity: Identity, books: Books) {
    this.submitter = identity.agency ? `agency:${identity.agency}` : `staff:${identity.roles?.join('+')}`;
    this.#books = books;
    let token: { readonly value: Promise<string>; readonly until: number } | undefined;
    this.#client = createClient({
      url: system.url,
      attempts: ATTEMPTS,
      firstWaitMs: 100,
      timeoutMs: 35_000,
      token: () => {
        if (!token || token.until < Date.now())
          token = { value: system.token(identity), until: Date.now() + TOKEN_FOR_MS };
        return token.value;
      },
      fetch: (...args) => {
        books.attempts++;
        return fetch(...args);
      },
    });
  }

  /** @param what the request counts as, when that is not its operation */
  async call<O extends Operation>(
    operation: O,
    request: RequestOf<O>,
    what: string = operation,
  ): Promise<AnswerOf<O>> {
    const { latencies, refused } = this.#books.tally(what);
    const began = performance.now();
    try {
      return await (this.#client.call as (o: O, r: RequestOf<O>) => Promise<AnswerOf<O>>)(operation, request);
    } catch (error) {
      if (error instanceof ApiProblem)
        refused.set(error.slug ?? 'unknown', (refused.get(error.slug ?? 'unknown') ?? 0) + 1);
      throw error;
    } finally {
      latencies.push(performance.now() - began);
    }
  }

  /**
   * Appends, and sometimes sends the same twice at once, or once more: the answers must be equal to the letter.
   * @returns `undefined` when it was refused
   */
  async append<O extends Append>(
    operation: O,
    request: RequestOf<O> & { idempotencyKey: string },
    what?: string,
  ): Promise<AppendAnswer | undefined> {
    const send = () => this.call(operation, request, what) as Promise<AppendAnswer>;
    const entryId = entryIdOf(this.submitter, request.idempotencyKey);
    this.#books.asked.add(entryId);
    const chance = Math.random();
    const times = chance < 0.05 ? 2 : 1;
    const results = await Promise.allSettled(Array.from({ length: times }, send));
    if (times === 1 && chance > 0.95) {
      await sleep(Math.random() * 500);
      results.push(...(await Promise.allSettled([send()])));
    }
    this.#books.repeated += results.length - 1;
    return this.settle(entryId, results);
  }

  /** Writes down what became of an entry that was asked for, once or several times. */
  settle(entryId: EntryId, results: readonly PromiseSettledResult<AppendAnswer>[]): AppendAnswer | undefined {
    const { asked, acknowledged, refused, faults } = this.#books;
    const failure = results.find(
      (result) => result.status === 'rejected' && !isForGood(result.reason as unknown),
    );
    if (failure?.status === 'rejected') throw failure.reason;
    const told = new Set(
      results.map((result) =>
        result.status === 'fulfilled' ? canonicalJson(result.value) : (result.reason as ApiProblem).slug,
      ),
    );
    if (told.size > 1) faults.push(`the entry ${entryId} was answered in ${told.size} ways`);
    asked.delete(entryId);
    const [first] = results;
    if (first?.status !== 'fulfilled') {
      refused.add(entryId);
      return undefined;
    }
    if (first.value.entryId !== entryId) faults.push(`the entry ${entryId} was answered as another`);
    acknowledged.set(entryId, first.value);
    return first.value;
  }
}

/** A refusal that the same request would meet again. */
const isForGood = (error: unknown): boolean =>
  error instanceof ApiProblem && [403, 404, 409, 422].includes(error.status);
