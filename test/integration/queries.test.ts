import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { obligationsOf } from '../../core/lifecycle/obligations.ts';
import { STATES, type TransferState } from '../../core/lifecycle/transfer.ts';
import { evolveTransfer } from '../../core/lifecycle/transfer-events.ts';
import { NOTHING_UPSTREAM } from '../../core/lifecycle/upstream.ts';
import type { Entry } from '../../core/model/entry.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import type { StoredEntry } from '../../lambdas/store/entries.ts';
import { AGENCIES, Choices, DATASETS, variedBody } from '../support/varied.ts';
import { type Accept, accepting, doorbell, followingEntry, transferEntry } from './support/ledger.ts';
import { FILTERS, type Known, MEANING, type Query, TODAY, VALUES } from './support/meaning.ts';
import { AUDITOR, agency, createWorld, type Speaker, type World } from './world.ts';

/** More than two blocks of the index hold transfers. */
const COUNT = 540;
const known: Known[] = [];
let world: World;
let accept: Accept;
let ring: (entries: readonly StoredEntry[]) => Promise<unknown>;
let project: () => Promise<unknown>;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(`${TODAY}T12:00:00Z`) });
  world = await createWorld();
  accept = await accepting();
  const [sequencer, projector] = await Promise.all([
    import('../../lambdas/sequence.ts'),
    import('../../lambdas/project.ts'),
  ]);
  ring = async (entries) => sequencer.handler(await doorbell(entries));
  const context = { getRemainingTimeInMillis: () => 600_000 } as unknown as Context;
  project = () => projector.handler({ Records: [] }, context);
  for (let from = 0; from < COUNT; from += 135) await record(from, from + 135);
});
afterAll(() => {
  vi.useRealTimers();
  world.tables.client.destroy();
});

/** What may have happened to a transfer, by its number. */
const HISTORIES: [string, Record<string, unknown>][][] = [
  [],
  [],
  [['transfer-acknowledged', { occurredOn: '2026-01-02', storedAt: 'Vault 3' }]],
  [['transfer-disputed', { occurredOn: '2026-01-03', reason: 'rows-differ' }]],
  [['legal-hold-set', { occurredOn: '2026-01-06', reference: 'a', reason: 'Litigation' }]],
  [['recall-issued', { occurredOn: '2026-01-05', dueBy: TODAY, reason: 'The programme ended' }]],
  [
    ['transfer-acknowledged', { occurredOn: '2026-01-02', storedAt: 'Vault 3' }],
    ['destruction-certified', { occurredOn: '2026-01-07', scope: 'media' }],
  ],
  [
    ['destruction-certified', { occurredOn: '2026-01-07', scope: 'media' }],
    ['destruction-verified', { occurredOn: '2026-01-08', verifier: 'x', how: 'y' }],
  ],
];

/** Records the transfers with these numbers and what happened to them, and projects them. */
async function record(from: number, to: number): Promise<void> {
  const histories = Array.from({ length: to - from }, (_, i): Entry[] => {
    const n = from + i;
    const opening = transferEntry(`transfer-${n}`, variedBody(n));
    const events = HISTORIES[new Choices(`history-${n}`).below(HISTORIES.length)] ?? [];
    return [opening, ...events.map(([kind, body], m) => followingEntry(opening, m + 1, kind, body))];
  });
  await ring(await accept(histories.flat()));
  await project();
  const { readIndexes } = await import('../../lambdas/store/entries.ts');
  const indexes = await readIndexes(histories.flatMap(([opening]) => opening?.entryId ?? []));
  for (const history of histories) {
    const [opening, ...events] = history;
    if (!opening) continue;
    const state = events.reduce<TransferState>(evolveTransfer, evolveTransfer(undefined, opening));
    known.push({
      id: opening.subject,
      index: indexes.get(opening.entryId) ?? expect.fail(),
      record: opening.body as TransferRecord,
      state,
    });
  }
}

interface Summary {
  readonly transferId: string;
  readonly sequence: number;
  readonly provider: string;
  readonly recipient: string;
}

/** All pages of a list. */
async function listed<T = Summary>(
  query: Query,
  who: Speaker = AUDITOR,
  operation: 'listTransfers' | 'listObligations' = 'listTransfers',
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const answer = await world.ask(operation, who, {
      query: { limit: '200', ...query, ...(cursor && { cursor }) },
    });
    expect(answer.status, answer.text).toBe(200);
    items.push(...(answer.json['items'] as unknown as T[]));
    cursor = answer.json['nextCursor'] as unknown as string | undefined;
  } while (cursor !== undefined);
  return items;
}

const expected = (query: Query): string[] =>
  known
    .filter((transfer) =>
      Object.entries(query).every(([name, value]) => MEANING[name]?.(transfer, String(value), query)),
    )
    .sort((a, b) => b.index - a.index)
    .map(({ id }) => id);

async function check(query: Query): Promise<number> {
  const ids = (await listed(query)).map(({ transferId }) => transferId);
  const wanted = expected(query);
  expect(ids, JSON.stringify(query)).toEqual(wanted);
  return wanted.length;
}

describe('a search', () => {
  it('for everything lists every transfer, newest first, as it was recorded', async () => {
    const items = await listed({});
    expect(items.map(({ transferId }) => transferId)).toEqual(expected({}));
    const byId = new Map(known.map((transfer) => [transfer.id, transfer]));
    for (const item of items) {
      const { record: r, index } = byId.get(item.transferId) ?? expect.fail();
      expect(item).toMatchObject({
        sequence: index,
        provider: r.provider.agencyId,
        recipient: r.recipient.agencyId,
        dataset: { id: r.dataset.id, title: r.dataset.title },
        handedOver: r.handedOver,
        assertion: r.assertion,
        ...(r.fields && { fields: [...new Set(r.fields.map(({ canonical }) => canonical))] }),
        ...(r.coverage && { areas: r.coverage.areas }),
        ...(r.snapshot && { snapshot: r.snapshot }),
        ...(r.volume && { rows: r.volume.rows }),
      });
    }
  });

  it.each(FILTERS)('by %s alone finds what that means, for each value', async (name) => {
    let found = 0;
    for (const value of VALUES[name] ?? []) found += await check({ [name]: value });
    expect(found).toBeGreaterThan(0);
  });

  it('by each two filters finds what both mean', async () => {
    const choose = new Choices('pairs');
    let found = 0;
    for (const [n, one] of FILTERS.entries())
      for (const other of FILTERS.slice(n + 1))
        found += await check({
          [one]: choose.one(VALUES[one] ?? []),
          [other]: choose.one(VALUES[other] ?? []),
        });
    expect(found).toBeGreaterThan(500);
  });

  it('by any filters finds what all of them mean', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(FILTERS, { minLength: 2, maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
        async (names, picks) => {
          const value = (name: string, n: number) => {
            const values = VALUES[name] ?? [];
            return values[(picks[n] ?? 0) % values.length] ?? '';
          };
          await check(Object.fromEntries(names.map((name, n) => [name, value(name, n)])));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes a repeated field as it takes one with commas', async () => {
    const once = await listed({ field: 'cnic,address' });
    expect(await listed({ field: ['cnic', 'address'] })).toEqual(once);
  });
});

describe('paging', () => {
  it('gives each item once with any limit, while new transfers come in', async () => {
    let next = COUNT;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Query>(
          { provider: AGENCIES[0] ?? '' },
          { dataset: 'Census.Extract' },
          { state: 'recorded' },
          {},
        ),
        fc.integer({ min: 1, max: 200 }),
        async (query, limit) => {
          const least = Object.keys(query).length === 0 ? 90 : 9;
          const wanted = expected(query);
          const ids: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await world.ask('listTransfers', AUDITOR, {
              query: { ...query, limit: String(Math.max(limit, least)), ...(cursor && { cursor }) },
            });
            const items = page.json['items'] as unknown as Summary[];
            ids.push(...items.map(({ transferId }) => transferId));
            cursor = page.json['nextCursor'] as unknown as string | undefined;
            // Only the last page may be short: nothing here makes a search give up for the moment.
            if (cursor !== undefined) expect(items).toHaveLength(Math.max(limit, least));
            if (ids.length < wanted.length) await record(next, ++next);
          } while (cursor !== undefined);
          expect(ids).toEqual(wanted);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('one by one comes to the same', async () => {
    const query = { provider: AGENCIES[1] ?? '', dataset: DATASETS[0] ?? '', area: 'PK' };
    const wanted = expected(query);
    expect(wanted.length).toBeGreaterThan(5);
    expect((await listed({ ...query, limit: '1' })).map(({ transferId }) => transferId)).toEqual(wanted);
  });
});

describe('obligations', () => {
  interface Owed {
    readonly transferId: string;
    readonly kind: string;
    readonly obliged: string;
    readonly dueOn: string;
  }
  const owed = (before: string, by?: string): Owed[] =>
    known
      .flatMap(({ id, state }) =>
        obligationsOf(state, NOTHING_UPSTREAM).map((each) => ({ transferId: id, ...each })),
      )
      .filter(({ dueOn, obliged }) => dueOn < before && (by === undefined || obliged === by))
      .sort((a, b) =>
        `${a.dueOn}#${a.transferId}#${a.kind}` < `${b.dueOn}#${b.transferId}#${b.kind}` ? -1 : 1,
      )
      .map(({ transferId, kind, obliged, dueOn }) => ({ transferId, kind, obliged, dueOn }));
  const plain = (items: readonly Owed[]) =>
    items.map(({ transferId, kind, obliged, dueOn }) => ({ transferId, kind, obliged, dueOn }));

  it.each([undefined, '2026-01-01', '2027-06-01', '9999-12-31'])(
    'due before %s are those of all histories',
    async (before) => {
      const query: Query = before === undefined ? {} : { dueBefore: before };
      const wanted = owed(before ?? TODAY);
      expect(plain(await listed<Owed>(query, AUDITOR, 'listObligations'))).toEqual(wanted);
      expect(plain(await listed<Owed>({ ...query, limit: '37' }, AUDITOR, 'listObligations'))).toEqual(
        wanted,
      );
      const [own = ''] = AGENCIES;
      expect(plain(await listed<Owed>(query, agency(own), 'listObligations'))).toEqual(
        owed(before ?? TODAY, own),
      );
    },
  );
});

describe('the coverage', () => {
  it('counts what each provider has on record', async () => {
    const { json } = await world.ask('getCoverage', AUDITOR);
    const counted = (json['providers'] as unknown as { provider: string }[]).map(({ provider, ...rest }) => [
      provider,
      rest,
    ]);
    expect(counted).toEqual(
      [...AGENCIES].sort().map((provider) => {
        const own = known
          .filter(({ record: r }) => r.provider.agencyId === provider)
          .map(({ record: r }) => r);
        return [
          provider,
          expect.objectContaining({
            transfers: own.length,
            retrospective: own.filter(({ assertion }) => assertion !== 'contemporaneous').length,
            firstHandedOver: own.map(({ handedOver }) => handedOver.earliest).sort()[0],
            lastHandedOver: own
              .map(({ handedOver }) => handedOver.latest)
              .sort()
              .at(-1),
          }),
        ];
      }),
    );
  });
});

describe('an agency', () => {
  const isOwn = (own: string, { record: r }: Known) =>
    [r.provider.agencyId, r.recipient.agencyId].includes(own as never);

  it.each(AGENCIES)('finds by any search what is its own: %s', async (own) => {
    const mine = new Set(known.filter((transfer) => isOwn(own, transfer)).map(({ id }) => id));
    const choose = new Choices(own);
    const queries: Query[] = [
      {},
      ...FILTERS.map((name) => ({ [name]: choose.one(VALUES[name] ?? []) })),
      { recipient: choose.one(AGENCIES), state: choose.one(STATES) },
    ];
    for (const query of queries) {
      const ids = (await listed(query, agency(own))).map(({ transferId }) => transferId);
      expect(ids, JSON.stringify(query)).toEqual(expected(query).filter((id) => mine.has(id)));
    }
  });

  it('learns nothing of what is not, by no route', async () => {
    const choose = new Choices('foreign');
    for (const own of AGENCIES) {
      const foreign = known.filter((transfer) => !isOwn(own, transfer));
      for (const { id } of choose.some(foreign, 4, 4)) {
        for (const operation of ['getTransfer', 'getHistory', 'getLineage'] as const) {
          const answer = await world.ask(operation, agency(own), { params: { transferId: id } });
          const nothing = await world.ask(operation, agency(own), {
            params: { transferId: `tr-${'0'.repeat(32)}` },
          });
          expect([answer.status, answer.json['type'], answer.json['detail']]).toEqual([
            404,
            nothing.json['type'],
            nothing.json['detail'],
          ]);
        }
        expect((await world.ask('getEntry', agency(own), { params: { entryId: id.slice(3) } })).status).toBe(
          404,
        );
      }
      const seen = new Set(
        (
          await listed<{ transferId: string }>({ dueBefore: '9999-12-31' }, agency(own), 'listObligations')
        ).map(({ transferId }) => transferId),
      );
      for (const { id } of foreign) expect(seen.has(id)).toBe(false);
    }
  });

  it('reads its own by every route', async () => {
    const choose = new Choices('own');
    for (const own of AGENCIES)
      for (const { id } of choose.some(
        known.filter((transfer) => isOwn(own, transfer)),
        2,
        2,
      )) {
        for (const operation of ['getTransfer', 'getHistory', 'getLineage'] as const)
          expect((await world.ask(operation, agency(own), { params: { transferId: id } })).status).toBe(200);
        expect((await world.ask('getEntry', agency(own), { params: { entryId: id.slice(3) } })).status).toBe(
          200,
        );
      }
  });

  it('may not ask what is not for agencies', async () => {
    for (const operation of ['getCoverage', 'listIncidents'] as const)
      expect((await world.ask(operation, agency(AGENCIES[0] ?? ''))).status).toBe(403);
  });
});
