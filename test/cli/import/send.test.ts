import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Journal } from '../../../cli/import/journal.ts';
import type { Plan } from '../../../cli/import/plan.ts';
import { type SendOptions, sendPlan } from '../../../cli/import/send.ts';
import type { Tally } from '../../../cli/import/tally.ts';
import { createClient } from '../../../core/api/client.ts';
import type { Instant } from '../../../core/model/scalars.ts';
import { Problem } from '../../../core/problem.ts';
import { plan } from './examples.ts';
import { LedgerDouble, problemAnswer } from './ledger.ts';

const row = (i: number, dataset = 'Extract') => `${i},Agency ${i % 7},Bureau,${dataset} ${i},2016-01-01,x`;
const rows = (count: number) => Array.from({ length: count }, (_, i) => row(i));

function send(ledger: LedgerDouble, sent: Plan, options: Partial<SendOptions> & { token?: string } = {}) {
  const token = options.token ?? 'steward:s';
  const client = createClient({
    url: 'http://ledger',
    token: () => token,
    fetch: ledger.fetch,
    attempts: 2,
    firstWaitMs: 1,
  });
  // As the command does: a moment of the ledger's clock after all that was recorded before.
  const since = ledger.tick(5) as Instant;
  const { signal } = new AbortController();
  return sendPlan(sent, { client, since, signal, progress: () => undefined, firstWaitMs: 1, ...options });
}

const counts = ({ recorded, alreadyThere, refused }: Tally) => [
  recorded.length,
  alreadyThere.length,
  refused.length,
];
const temporary = (name: string) => join(mkdtempSync(join(tmpdir(), 'amanat-import-')), name);
const journal = (path: string, sent: Plan, token = 'steward:s') =>
  new Journal(path, { url: 'http://ledger/', fileSha256: sent.fileSha256, token });

describe('a register', () => {
  test('is recorded once: a second run finds everything there', async () => {
    const ledger = new LedgerDouble();
    const made = plan(rows(250));
    const first = await send(ledger, made);
    expect(counts(first)).toEqual([250, 0, 0]);
    expect(first.agencies.registered).toHaveLength(8);
    const before = [...ledger.entries];

    const second = await send(ledger, made);
    expect(counts(second)).toEqual([0, 250, 0]);
    expect(second.agencies).toMatchObject({ registered: [], refused: [] });
    expect(second.agencies.alreadyThere).toHaveLength(8);
    expect(second.stopped).toBeUndefined();
    expect([...ledger.entries]).toEqual(before);
  });

  test.each(['steward:s', 'steward:other'])(
    'goes on after the connection was lost (token %s)',
    async (token) => {
      const ledger = new LedgerDouble();
      const made = plan(rows(250));
      // The second hundred is taken in, and the answer lost for good.
      let requests = 0;
      ledger.after = () => (++requests > 2 ? 'broken' : undefined);
      const first = await send(ledger, made);
      expect(first.stopped).toBe('no answer from http://ledger');
      expect(counts(first)).toEqual([100, 0, 0]);

      ledger.after = () => undefined;
      const second = await send(ledger, made, { token });
      if (token === 'steward:s') {
        expect(counts(second)).toEqual([50, 200, 0]);
        expect(ledger.transfers()).toHaveLength(250);
      } else {
        // What the guide warns of: keys count for whoever used them.
        expect(counts(second)).toEqual([250, 0, 0]);
      }
    },
  );

  test('ends with the rows that are left when it is interrupted, and goes on later', async () => {
    const ledger = new LedgerDouble();
    const made = plan(rows(250));
    const controller = new AbortController();
    const progress = (_: string, settled: number) => {
      if (settled >= 100) controller.abort();
    };
    const first = await send(ledger, made, { signal: controller.signal, progress });
    expect(first.stopped).toBe('interrupted');
    expect(first.settled).toBe(100);
    const second = await send(ledger, made);
    expect(counts(second)).toEqual([150, 100, 0]);
    expect(ledger.transfers()).toHaveLength(250);
  });

  test('that reads differently now is refused row by row, and what is recorded stays', async () => {
    const ledger = new LedgerDouble();
    const named = { register: 'office' };
    await send(ledger, plan(rows(3), named));
    const before = [...ledger.entries];
    const changed = await send(
      ledger,
      plan([row(0), row(1, 'Other'), row(2)], { ...named, confidence: 'moderate' }),
    );
    // The file is another, so the evidence of every row is.
    expect(counts(changed)).toEqual([0, 0, 3]);
    expect(changed.refused[0]).toMatchObject({ line: 2, problem: 'idempotency-key-reused' });
    expect(changed.refused[0]?.faults[0]?.detail).toMatch(
      /^an earlier import recorded this row with other content/,
    );
    const remapped = await send(ledger, plan(rows(3), { ...named, confidence: 'high' }));
    expect(counts(remapped)).toEqual([0, 0, 3]);
    expect([...ledger.entries]).toEqual(before);
  });

  test('has its rows refused by the ledger with their places in the record', async () => {
    const ledger = new LedgerDouble();
    ledger.lineProblem = ({ body }) =>
      JSON.stringify(body).includes('Extract 1"')
        ? new Problem('invalid-record', undefined, [{ pointer: '/body/handedOver/latest', detail: 'no' }])
        : undefined;
    const tally = await send(ledger, plan(rows(3)));
    expect(counts(tally)).toEqual([2, 0, 1]);
    expect(tally.refused).toEqual([
      { line: 3, problem: 'invalid-record', faults: [{ pointer: '/handedOver/latest', detail: 'no' }] },
    ]);
  });

  test('is stopped by a token that ran out, and by an API that is too busy', async () => {
    const ledger = new LedgerDouble();
    let requests = 0;
    ledger.before = () => (++requests > 2 ? problemAnswer(new Problem('unauthenticated')) : undefined);
    const expired = await send(ledger, plan(rows(150)));
    expect(expired.stopped).toBe('the token is not valid, or has run out: run again with a new one');
    expect(counts(expired)).toEqual([100, 0, 0]);

    ledger.before = () => undefined;
    ledger.lineProblem = ({ body }) =>
      JSON.stringify(body).includes('Extract 120"') ? new Problem('try-again') : undefined;
    const busy = await send(ledger, plan(rows(150)));
    expect(busy.stopped).toBe('the API was too busy for some rows: run again');
    expect(counts(busy)).toEqual([49, 100, 0]);
    expect(busy.isSettled(122)).toBe(false);
  });
});

describe('an agency', () => {
  const agency = (agencyId: string, name: string) => ({ agencyId, name, kind: 'other' });
  async function ledgerWith(...agencies: object[]) {
    const ledger = new LedgerDouble();
    const client = createClient({
      url: 'http://ledger',
      token: () => 'steward:registrar',
      fetch: ledger.fetch,
    });
    await client.call('recordEntries', {
      body: agencies.map((body, i) => ({
        idempotencyKey: `k${i}`,
        kind: 'agency-registered' as const,
        body: { ...body },
      })),
    });
    return ledger;
  }

  test('that others registered under the same name is that agency', async () => {
    const ledger = await ledgerWith(agency('agency-0', 'AGENCY  0'));
    const tally = await send(ledger, plan([row(0)]));
    expect(counts(tally)).toEqual([1, 0, 0]);
    expect(tally.agencies).toEqual({
      registered: ['numbering-office'],
      alreadyThere: ['agency-0'],
      refused: [],
    });
  });

  test('of another name under the same id is not, until the mapping says so', async () => {
    const ledger = await ledgerWith(agency('agency-0', 'Agency Zero of Elsewhere'));
    const tally = await send(ledger, plan([row(0), row(1)]));
    expect(counts(tally)).toEqual([1, 0, 1]);
    expect(tally.refused[0]).toMatchObject({ line: 2, faults: [{ pointer: '/recipient/agencyId' }] });
    expect(tally.agencies.refused[0]?.why).toMatch(/^is the id of an agency of another name/);

    const agencies = { 'Agency 0': { agencyId: 'agency-0' } };
    expect(counts(await send(ledger, plan([row(0)], { agencies })))).toEqual([1, 0, 0]);
  });

  test('may import its own rows once the agencies are registered, and registers none', async () => {
    const ledger = await ledgerWith(
      agency('numbering-office', 'Numbering Office'),
      agency('agency-0', 'Agency 0'),
    );
    const tally = await send(ledger, plan([row(0), row(1)]), { token: 'agency:numbering-office' });
    expect(counts(tally)).toEqual([1, 0, 1]);
    expect(tally.refused).toEqual([
      {
        line: 3,
        faults: [
          {
            pointer: '/recipient/agencyId',
            detail: 'is not registered, and only a steward’s token may register it',
          },
        ],
      },
    ]);
    const others = await send(ledger, plan([row(0)]), { token: 'agency:agency-0' });
    expect(others.refused).toMatchObject([{ line: 2, problem: 'forbidden' }]);
  });

  test('that the mapping describes otherwise by now is there all the same', async () => {
    const ledger = new LedgerDouble();
    const named = { register: 'office' };
    await send(ledger, plan([row(0)], named));
    const agencies = { 'Agency 0': { kind: 'health' } };
    const tally = await send(ledger, plan([row(0)], { ...named, agencies }));
    expect(tally.agencies).toMatchObject({ registered: [], refused: [] });
    expect(counts(tally)).toEqual([0, 1, 0]);
  });

  test('that the ledger refuses takes its rows along', async () => {
    const ledger = new LedgerDouble();
    ledger.lineProblem = ({ body }) =>
      body['agencyId'] === 'agency-1' ? new Problem('personal-data-refused', 'no such names') : undefined;
    const tally = await send(ledger, plan([row(0), row(1)]));
    expect(counts(tally)).toEqual([1, 0, 1]);
    expect(tally.agencies.refused).toEqual([
      { agencyId: 'agency-1', why: 'was not registered: no such names' },
    ]);
  });
});

describe('a state file', () => {
  test('spares a second run the rows that the first recorded, but for two entries that the ledger confirms', async () => {
    const ledger = new LedgerDouble();
    const made = plan(rows(250));
    const path = temporary('state');
    await send(ledger, made, { journal: journal(path, made) });
    const requests = ledger.requests.length;
    const again = await send(ledger, made, { journal: journal(path, made) });
    expect(counts(again)).toEqual([0, 250, 0]);
    // The first entry that it names, an agency, and the last one, a row.
    expect(ledger.requests.slice(requests)).toEqual([1, 1]);
    expect(again.agencies.alreadyThere).toHaveLength(8);
    expect(ledger.transfers()).toHaveLength(250);
  });

  test('is written as answers arrive, and read whatever a crash left of it', async () => {
    const ledger = new LedgerDouble();
    const made = plan(rows(250));
    const path = temporary('state');
    let requests = 0;
    ledger.before = () => (++requests > 2 ? 'broken' : undefined);
    await send(ledger, made, { journal: journal(path, made) });
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, -20));
    ledger.before = () => undefined;

    const sent = ledger.requests.length;
    expect(counts(await send(ledger, made, { journal: journal(path, made) }))).toEqual([150, 100, 0]);
    expect(ledger.requests.slice(sent)).toEqual([1, 1, 100, 51]);
    expect(counts(await send(ledger, made, { journal: journal(path, made) }))).toEqual([0, 250, 0]);
    expect(ledger.transfers()).toHaveLength(250);
  });

  test('of a ledger that is no more is not believed', async () => {
    const made = plan(rows(120));
    const path = temporary('state');
    await send(new LedgerDouble(), made, { journal: journal(path, made) });
    const fresh = new LedgerDouble();
    fresh.tick(60_000);
    expect(counts(await send(fresh, made, { journal: journal(path, made) }))).toEqual([120, 0, 0]);
    expect(fresh.transfers()).toHaveLength(120);
    expect(counts(await send(fresh, made, { journal: journal(path, made) }))).toEqual([0, 120, 0]);
  });

  test('does not hide that the mapping has changed', async () => {
    const ledger = new LedgerDouble();
    const named = { register: 'office' };
    const [before, after] = [plan(rows(3), named), plan(rows(3), { ...named, confidence: 'high' })];
    const path = temporary('state');
    await send(ledger, before, { journal: journal(path, before) });
    expect(counts(await send(ledger, after, { journal: journal(path, after) }))).toEqual([0, 0, 3]);
  });

  test('of another import, another principal or something else is refused before anything is sent', async () => {
    const made = plan(rows(2));
    const path = temporary('state');
    await send(new LedgerDouble(), made, { journal: journal(path, made) });
    const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
    expect(() => journal(path, made, jwt({ sub: 's', roles: ['steward'] }))).not.toThrow();
    expect(() => journal(path, made, jwt({ sub: 't', roles: ['steward'] }))).toThrow(
      /begun by another principal/,
    );
    expect(() => journal(path, made, jwt({ sub: 's', roles: ['agency:x'] }))).not.toThrow();
    expect(() => journal(path, plan(rows(3)))).toThrow(/the state of another import/);
    writeFileSync(path, 'Dear diary\n');
    expect(() => journal(path, made)).toThrow(/no state file/);
    expect(() => journal('/nowhere/at/all', made)).toThrow(/cannot use \/nowhere/);
  });

  test('of an agency may be used by any of its clients', async () => {
    const ledger = new LedgerDouble();
    const made = plan([row(0)]);
    await send(ledger, made);
    const path = temporary('state');
    const token = 'agency:numbering-office';
    await send(ledger, made, { token, journal: journal(path, made, token) });
    const jwt = (roles: string[]) =>
      `e30.${Buffer.from(JSON.stringify({ sub: 'c2', roles })).toString('base64url')}.x`;
    expect(() => journal(path, made, jwt(['agency:numbering-office']))).not.toThrow();
    expect(() => journal(path, made, jwt(['agency:other']))).toThrow(/begun by another principal/);
  });
});
