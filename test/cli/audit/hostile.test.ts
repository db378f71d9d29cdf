import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { countOf } from '../../../cli/audit/compare.ts';
import { Histories } from '../../../cli/audit/histories.ts';
import { tellAll } from '../../../cli/audit/live.ts';
import { type AuditOptions, runAudit } from '../../../cli/audit/run.ts';
import { expectedSearches } from '../../../cli/audit/searches.ts';
import { detailsSince, rowsSince } from '../../../cli/audit/standing.ts';
import { VIEWS } from '../../../cli/audit/views.ts';
import { createClient } from '../../../core/api/client.ts';
import { canonicalBytes } from '../../../core/canonical.ts';
import type { Day, Instant, TransferId } from '../../../core/model/scalars.ts';
import { summaryOf } from '../../../core/views/transfers.ts';
import { captured } from '../verify/running.ts';
import { type Answer, entryIdAt, exampleEntry, LOG_KEY, ORIGIN, ServedLog } from '../verify/served-log.ts';

/** A log of three transfers, and a server that answers of them as it should, but for what a test changes. */
const ENTRIES = [0, 1, 2].map((n) => exampleEntry(n));
const OBLIGATIONS = VIEWS.find(({ name }) => name === 'obligations') ?? expect.fail();
const today = new Date().toISOString().slice(0, 10) as Day;
const reflects = { size: ENTRIES.length };

let log: ServedLog;
beforeEach(async () => {
  log = await ServedLog.of(ENTRIES.map(canonicalBytes));
  log.instead.set('/v1/transfers?limit=1', json({ items: [], reflects }));
  for (const path of ['agencies', 'agreements', 'incidents', 'obligations', 'requests'])
    log.instead.set(
      `/v1/${path}?limit=200${path === 'obligations' ? '&dueBefore=9999-12-31' : ''}`,
      json({ items: [], reflects }),
    );
  tell('/v1/access-log?limit=200&state=logged', { items: [], reflects });
  for (const limit of [200, 1])
    tell(`/v1/public/register?limit=${limit}`, { items: [], suppressed: [], reflects });
  tell('/v1/coverage', { declarations: [], providers: [], reflects });
  tell('/v1/transfers?limit=200', { items: ENTRIES.map((_, n) => summary(n)), reflects });
  for (const { query, lasting } of expectedSearches(HISTORIES, ENTRIES.length, [today]))
    tell(searchPath(query), { items: [...lasting].map((transferId) => ({ transferId })), reflects });
  const moment = { validAt: today, knownAt: '9999-12-31T23:59:59.999Z' as Instant };
  for (const [n] of ENTRIES.entries())
    log.instead.set(
      `/v1/transfers/tr-${entryIdAt(n)}?validAt=${today}&knownAt=9999-12-31`,
      json(detailsSince(HISTORIES, `tr-${entryIdAt(n)}` as TransferId, ENTRIES.length, moment)[0]),
    );
});
afterEach(() => log.close());

const HISTORIES = new Histories();
HISTORIES.add(ENTRIES.map((entry, index) => ({ entry, bytes: canonicalBytes(entry), index })));
const searchPath = (query: Readonly<Record<string, string>>) =>
  `/v1/transfers?limit=200&${new URLSearchParams(query)}`;

const json = (value: unknown): Answer => JSON.stringify(value);
const tell = (path: string, value: unknown) => log.instead.set(path, json(value));
const summary = (n: number): Record<string, unknown> => {
  const [row] = rowsSince(HISTORIES, `tr-${entryIdAt(n)}` as TransferId, ENTRIES.length);
  return row ? { ...summaryOf(row, today) } : {};
};

const audit = (options: Partial<AuditOptions> = {}) =>
  captured(() =>
    runAudit({
      url: log.url,
      token: log.token,
      key: LOG_KEY,
      parallel: 2,
      timeout: 5,
      wait: 0,
      rounds: 1,
      ...options,
    }),
  );
/** The differences of a view, in short. */
async function differencesOf(view: string): Promise<string[]> {
  const { stdout } = await audit({ json: true });
  const { differences } = JSON.parse(stdout) as {
    differences: { view: string; what: string; paths?: string[] }[];
  };
  return differences
    .filter((one) => one.view === view)
    .map(({ what, paths = [] }) => [what, ...paths].join(' '));
}

describe('answers that are', { timeout: 60_000 }, () => {
  test('honest, of transfers, are found so', async () => {
    expect(await differencesOf('transfers')).toEqual([]);
    expect(await differencesOf('states')).toEqual([]);
    // This server tells of no agreement, obligation or provider.
    expect((await differencesOf('obligations')).every((what) => what === 'missing')).toBe(true);
  });

  test.each<[string, () => unknown[], string[]]>([
    ['short of one', () => [summary(0), summary(2)], ['missing']],
    ['doubled', () => [summary(0), summary(1), summary(1), summary(2)], ['twice']],
    ['of an unknown one', () => [summary(0), summary(1), summary(2), { transferId: 'tr-x' }], ['unknown']],
    [
      'of one without an id',
      () => [summary(0), summary(1), { ...summary(2), transferId: undefined }],
      ['unknown', 'missing'],
    ],
    [
      'of another form',
      () => [summary(0), summary(1), { ...summary(2), provider: { a: 1 }, more: 'x' }],
      ['differs /provider /more'],
    ],
    ['late in time', () => [summary(0), summary(1), { ...summary(2), sequence: 99 }], ['differs /sequence']],
  ])('%s are named', async (_, items, expected) => {
    tell('/v1/transfers?limit=200', { items: items(), reflects });
    expect(await differencesOf('transfers')).toEqual(expected);
  });

  test('short of what a search has to find, or that find too much, are named', async () => {
    expect(await differencesOf('searches')).toEqual([]);
    tell(searchPath({ area: 'PK' }), { items: [0, 2].map(summary), reflects });
    tell(searchPath({ q: 'subscribers' }), { items: [], reflects });
    tell(searchPath({ field: 'cnic' }), {
      items: [...[0, 1, 2].map(summary), { transferId: 'tr-x' }],
      reflects,
    });
    expect((await differencesOf('searches')).toSorted()).toEqual([...Array(4).fill('missing'), 'unknown']);
  });

  test('of more of the log than there is are named, and so are those of less', async () => {
    const all = { items: [0, 1, 2].map(summary) };
    tell('/v1/transfers?limit=200', { ...all, reflects: { size: 4 } });
    expect(await differencesOf('transfers')).toEqual(['ahead /reflects/size']);
    tell('/v1/transfers?limit=1', { items: [], reflects: { size: 2 } });
    expect(await differencesOf('reflected')).toEqual(['behind']);
    // What they do not claim to show is not missing in them.
    tell('/v1/transfers?limit=200', { items: [0, 1].map(summary), reflects: { size: 2 } });
    expect(await differencesOf('transfers')).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['no JSON', undefined],
    ['no list', { reflects }],
    ['no size', { items: [] }],
    ['a negative size', { items: [], reflects: { size: -1 } }],
    ['a list of texts', { items: ['x'], reflects }],
    ['a cursor that is none', { items: [], reflects, nextCursor: 7 }],
  ])('%s end the audit', async (_, answer) => {
    log.instead.set('/v1/transfers?limit=200', answer === undefined ? '{' : json(answer));
    const { code, line } = await audit();
    expect({ code, line: line.slice(0, 15) }).toEqual({ code: 5, line: 'FAILED answer: ' });
  });

  test('pages without end end the audit', async () => {
    const page = { items: [], nextCursor: 'again', reflects };
    tell('/v1/transfers?limit=200', page);
    tell('/v1/transfers?limit=200&cursor=again', page);
    expect(await audit()).toMatchObject({
      code: 5,
      line: 'FAILED answer: the list of transfers is longer than the log lets it be',
    });
  });

  test('pages of no more things than the log has of them do not', async () => {
    const corrections = Array.from({ length: 1_100 }, (_, n) => ({ cause: `c${n}` }));
    const owed = (page: number) => corrections.slice(page * 200, (page + 1) * 200);
    const told = async (expected: () => number) => {
      let things = 0;
      for await (const page of tellAll(OBLIGATIONS, client, AbortSignal.timeout(60_000), expected))
        things += page.things.length;
      return things;
    };
    for (let page = 0; page < 6; page++)
      tell(`/v1/obligations?limit=200&dueBefore=9999-12-31${page === 0 ? '' : `&cursor=${page}`}`, {
        items: owed(page),
        reflects,
        ...(page < 5 && { nextCursor: String(page + 1) }),
      });
    const client = createClient({ url: log.url, token: () => log.token });
    expect(await told(() => 88)).toBe(1_100);
    await expect(told(() => 87)).rejects.toThrow('longer than the log lets it be');
    expect(countOf(OBLIGATIONS, HISTORIES, today)).toBe(
      ENTRIES.flatMap(
        (_, n) => rowsSince(HISTORIES, `tr-${entryIdAt(n)}` as TransferId, 3)[0]?.status.owed ?? [],
      ).length,
    );
  });

  test('words for a terminal are shown as text', async () => {
    tell('/v1/transfers?limit=200', {
      items: [{ transferId: '\u001b[2Jtr' }, { ...summary(0), 'a\u0007': 1 }],
      reflects,
    });
    const { code, stdout } = await audit();
    expect(code).toBe(30);
    expect(stdout).not.toContain('\u001b[2J');
    expect(stdout).not.toContain('\u0007');
    expect(stdout).toMatch(/transfers +\?\[2Jtr +is not in the log\n/);
  });

  test('refused to whoever is no auditor end the audit', async () => {
    log.instead.set('/v1/incidents?limit=200', { problem: 'forbidden' });
    expect(await audit()).toMatchObject({ code: 4 });
    const { code, stderr } = await captured(() =>
      runAudit({ url: log.url, parallel: 1, timeout: 5, wait: 0, rounds: 1 }),
    );
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('give an auditor’s bearer token'),
    });
  });
});

test('the example log is the one that is served', () => {
  expect(log.checkpoint.startsWith(`${ORIGIN}\n3\n`)).toBe(true);
});
