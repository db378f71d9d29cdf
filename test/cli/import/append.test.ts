import { describe, expect, test } from 'vitest';
import { type Append, type Appended, appendAll, slugOfProblem } from '../../../cli/import/append.ts';
import { type Client, createClient } from '../../../core/api/client.ts';
import { Problem } from '../../../core/problem.ts';
import { LedgerDouble, problemAnswer } from './ledger.ts';

const agency = (i: number, name = `Agency ${i}`): Append => ({
  key: `key-${i}`,
  body: { agencyId: `agency-${i}`, name, kind: 'other' },
});
const agencies = (count: number) => Array.from({ length: count }, (_, i) => agency(i));

const clientOf = (ledger: LedgerDouble, token = 'steward:s'): Client =>
  createClient({
    url: 'http://ledger',
    token: () => token,
    fetch: ledger.fetch,
    attempts: 3,
    firstWaitMs: 1,
  });

async function appended(ledger: LedgerDouble, requests: readonly Append[], lines?: number) {
  const signal = new AbortController().signal;
  const outcomes: Appended<Append>[] = [];
  for await (const some of appendAll(clientOf(ledger), 'agency-registered', requests, {
    signal,
    lines,
    firstWaitMs: 1,
  }))
    outcomes.push(...some);
  return outcomes;
}

describe('appends are sent', () => {
  test('in chunks of at most 100 lines, each answered once and in order', async () => {
    const ledger = new LedgerDouble();
    const requests = agencies(230);
    const outcomes = await appended(ledger, requests);
    expect(ledger.requests).toEqual([100, 100, 30]);
    expect(outcomes.map(({ request }) => request)).toEqual(requests);
    expect(outcomes.every((outcome) => 'answer' in outcome)).toBe(true);
    expect(ledger.entries.size).toBe(230);
  });

  test('in smaller chunks where asked', async () => {
    const ledger = new LedgerDouble();
    await appended(ledger, agencies(60), 25);
    expect(ledger.requests).toEqual([25, 25, 10]);
  });

  test('in chunks below the largest body that the API takes', async () => {
    const ledger = new LedgerDouble();
    const wide = Array.from({ length: 12 }, (_, i) => agency(i, 'Ü'.repeat(30_000)));
    const outcomes = await appended(ledger, wide);
    // The double answers 413 to a body over 256 KB; each of these lines has 60 KB.
    expect(ledger.requests).toEqual([3, 3, 3, 3]);
    expect(outcomes).toHaveLength(12);
  });

  test('not at all when there are none', async () => {
    const ledger = new LedgerDouble();
    expect(await appended(ledger, [])).toEqual([]);
    expect(ledger.requests).toEqual([]);
  });
});

describe('a line that failed for the moment', () => {
  test('is sent again, and the others are not', async () => {
    const ledger = new LedgerDouble();
    const failures = new Map([
      ['key-1', 2],
      ['key-3', 1],
    ]);
    ledger.lineProblem = ({ idempotencyKey }) => {
      const left = failures.get(idempotencyKey) ?? 0;
      failures.set(idempotencyKey, left - 1);
      return left > 0 ? new Problem('try-again') : undefined;
    };
    const outcomes = await appended(ledger, agencies(5));
    expect(ledger.requests).toEqual([5, 2, 1]);
    expect(outcomes).toHaveLength(5);
    expect(outcomes.every((outcome) => 'answer' in outcome)).toBe(true);
    expect(ledger.entries.size).toBe(5);
  });

  test('is given up in the end, and told apart from one that was refused', async () => {
    const ledger = new LedgerDouble();
    ledger.lineProblem = ({ idempotencyKey }) => {
      if (idempotencyKey === 'key-0') return new Problem('try-again');
      return idempotencyKey === 'key-1' ? new Problem('conflict') : undefined;
    };
    const outcomes = await appended(ledger, agencies(3));
    expect(outcomes).toHaveLength(3);
    const told = outcomes.map((outcome) =>
      'answer' in outcome ? 'recorded' : [slugOfProblem(outcome.problem), outcome.postponed],
    );
    expect(new Set(told.map(String))).toEqual(new Set(['try-again,true', 'conflict,false', 'recorded']));
  });

  test('and one that the answer left out are the same', async () => {
    const ledger = new LedgerDouble();
    let cut = true;
    const whole = ledger.fetch;
    const cutting: typeof fetch = async (input, init) => {
      const response = await whole(input, init);
      if (!cut) return response;
      cut = false;
      const [first] = (await response.text()).split('\n');
      return new Response(`${first}\n`, { headers: { 'content-type': 'application/x-ndjson' } });
    };
    const client = createClient({ url: 'http://ledger', token: () => 'steward:s', fetch: cutting });
    const outcomes: Appended<Append>[] = [];
    const options = { signal: new AbortController().signal, firstWaitMs: 1 };
    for await (const some of appendAll(client, 'agency-registered', agencies(3), options))
      outcomes.push(...some);
    expect(outcomes).toHaveLength(3);
    expect(ledger.requests).toEqual([3, 2]);
    expect(ledger.entries.size).toBe(3);
  });
});

describe('a request that fails', () => {
  test('after the ledger took it in is sent again and doubles nothing', async () => {
    const ledger = new LedgerDouble();
    let failures = 2;
    ledger.after = () => (failures-- > 0 ? 'broken' : undefined);
    const outcomes = await appended(ledger, agencies(4));
    expect(ledger.requests).toEqual([4, 4, 4]);
    expect(outcomes).toHaveLength(4);
    expect(ledger.entries.size).toBe(4);
  });

  test('for good ends the appends with its error', async () => {
    const ledger = new LedgerDouble();
    ledger.before = () => problemAnswer(new Problem('forbidden'));
    await expect(appended(ledger, agencies(2))).rejects.toMatchObject({ name: 'ApiProblem', status: 403 });
    ledger.before = () => 'broken';
    await expect(appended(ledger, agencies(2))).rejects.toMatchObject({ name: 'ApiFailure' });
  });
});
