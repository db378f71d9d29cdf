import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { History, Lineage } from '../../core/api/answers.ts';
import { TransferDetail } from '../../core/api/transfer-detail.ts';
import { leafHash } from '../../core/log/merkle.ts';
import { Entry } from '../../core/model/entry.ts';
import type { Instant, TransferId } from '../../core/model/scalars.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import type { StoredEntry } from '../../lambdas/store/entries.ts';
import { aTransfer } from '../support/transfers.ts';
import { AGENCIES } from '../support/varied.ts';
import { type Accept, accepting, doorbell, followingEntry, transferEntry } from './support/ledger.ts';
import { AUDITOR, agency, createWorld, type World } from './world.ts';

let world: World;
let accept: Accept;
let ring: (entries: readonly StoredEntry[]) => Promise<unknown>;
let project: () => Promise<unknown>;
beforeAll(async () => {
  world = await createWorld();
  accept = await accepting();
  const [sequencer, projector] = await Promise.all([
    import('../../lambdas/sequence.ts'),
    import('../../lambdas/project.ts'),
  ]);
  ring = async (entries) => sequencer.handler(await doorbell(entries));
  const context = { getRemainingTimeInMillis: () => 600_000 } as unknown as Context;
  project = () => projector.handler({ Records: [] }, context);
});
afterAll(() => world.tables.client.destroy());

const at = (day: string) => `${day}T09:00:00.000Z` as Instant;
let made = 0;
const opening = (record: TransferRecord, recordedAt: Instant) =>
  transferEntry(`made-${made++}`, record, recordedAt);

describe('a transfer as of days', () => {
  /** Handed over on 10 March, recorded on the 11th; what happened then was told late, and not in its order. */
  const first = opening(aTransfer(), at('2024-03-11'));
  const told: [on: string, recordedOn: string, kind: string, more: Record<string, unknown>][] = [
    ['2024-03-12', '2024-03-20', 'transfer-acknowledged', { storedAt: 'Vault 3', rows: 120_000 }],
    ['2024-06-01', '2024-06-01', 'legal-hold-set', { reference: 'court-7', reason: 'Litigation' }],
    ['2024-08-01', '2024-12-01', 'legal-hold-lifted', { reference: 'court-7', reason: 'Settled' }],
    ['2024-03-11', '2024-12-05', 'transfer-disputed', { reason: 'not-agreed' }],
    [
      '2025-01-10',
      '2025-06-01',
      'destruction-certified',
      {
        scope: 'media',
        method: 'destroy',
        tool: 'Shredder',
        performer: 'staff-11',
        verifier: 'staff-12',
        backups: 'destroyed',
        derivatives: 'none-existed',
      },
    ],
  ];
  const id = first.subject;
  beforeAll(async () => {
    await accept([
      first,
      ...told.map(([occurredOn, recordedOn, kind, more], n) =>
        followingEntry(first, n + 1, kind, { occurredOn, ...more }, at(recordedOn)),
      ),
    ]);
  });
  const asOf = async (validAt?: string, knownAt?: string) => {
    const query = { ...(validAt && { validAt }), ...(knownAt && { knownAt }) };
    const { status, json } = await world.ask('getTransfer', AUDITOR, { params: { transferId: id }, query });
    return status === 200 ? [json['state'], ...(json['marks'] as unknown as string[])] : status;
  };

  it.each<[validAt: string, knownAt: string, expected: unknown]>([
    // Before it was recorded nothing was known, and before the hand-over there was nothing to know.
    ['2024-03-10', '2024-03-10', 404],
    ['2024-03-10', '2024-03-11T08:59:59.999Z', 404],
    ['2024-03-10', '2024-03-11T09:00:00.000Z', ['recorded']],
    ['2024-03-10', '2024-03-11', ['recorded']],
    ['2024-03-09', '2026-01-01', 404],
    // It was acknowledged on the 12th, which was learnt on the 20th.
    ['2024-03-12', '2024-03-19', ['recorded']],
    ['2024-03-12', '2024-03-20', ['acknowledged']],
    ['2024-03-11', '2024-03-20', ['recorded']],
    // The hold of June ended in August, which was learnt in December.
    ['2024-07-01', '2024-05-31', ['acknowledged']],
    ['2024-07-01', '2024-06-01', ['acknowledged', 'held']],
    ['2024-09-01', '2024-09-01', ['acknowledged', 'held']],
    ['2024-09-01', '2024-12-01', ['acknowledged']],
    ['2024-07-01', '2024-12-01', ['acknowledged', 'held']],
    // A dispute was told long after its day.
    ['2024-03-11', '2024-12-04', ['recorded']],
    ['2024-03-11', '2024-12-05', ['recorded', 'disputed']],
    ['2024-09-01', '2024-12-05', ['acknowledged', 'disputed']],
    // By what was known then it was overdue; by what was learnt later it had been destroyed in time.
    ['2025-04-01', '2025-04-01', ['overdue', 'disputed']],
    ['2025-04-01', '2025-06-01', ['certified', 'disputed']],
    ['2025-03-01', '2025-03-31', ['due', 'disputed']],
    ['2025-01-09', '2026-01-01', ['acknowledged', 'disputed']],
    ['2025-01-10', '2026-01-01', ['certified', 'disputed']],
  ])('on %s, by what was known at %s', async (validAt, knownAt, expected) => {
    expect(await asOf(validAt, knownAt)).toEqual(expected);
  });

  it('is as of now when nothing else is asked', async () => {
    expect(await asOf()).toEqual(['certified', 'disputed']);
    expect(await asOf('2024-03-11')).toEqual(['recorded', 'disputed']);
    expect(await asOf(undefined, '2024-03-19')).toEqual(['overdue']);
  });

  it('is found though the clock that recorded it is ahead', async () => {
    const ahead = opening(aTransfer(), new Date(Date.now() + 2_000).toISOString() as Instant);
    await accept([ahead]);
    const { status, json } = await world.ask('getTransfer', AUDITOR, {
      params: { transferId: ahead.subject },
    });
    expect([status, json['state']]).toEqual([200, 'overdue']);
  });

  it('answers by its schema on any day, and says which days it answers for', async () => {
    const day = fc.constantFrom(
      '0001-01-01',
      '2024-03-10',
      '2024-03-12',
      '2024-07-01',
      '2025-03-31',
      '2025-05-01',
      '9999-12-31',
    );
    await fc.assert(
      fc.asyncProperty(day, day, async (validAt, knownAt) => {
        const { status, json } = await world.ask('getTransfer', AUDITOR, {
          params: { transferId: id },
          query: { validAt, knownAt },
        });
        if (status === 404) return;
        expect(status).toBe(200);
        const detail = TransferDetail.parse(json);
        expect([detail.validAt, detail.knownAt]).toEqual([validAt, `${knownAt}T23:59:59.999Z`]);
        expect(detail.principal).toEqual(first.principal);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    { validAt: '2024-02-30' },
    { validAt: 'yesterday' },
    { knownAt: '2024-03-11T09:00:00Z' },
    { knownAt: '2024-03-11T09:00:00.000+05:00' },
    { knownAt: ['2024-03-11', '2024-03-12'] },
  ])('refuses what is no day: %j', async (query) => {
    const { status, json } = await world.ask('getTransfer', AUDITOR, { params: { transferId: id }, query });
    expect([status, json['type']]).toEqual([400, 'https://amanat.dev/problems/invalid-request']);
    expect(json['errors']?.[0]).toMatchObject({ parameter: Object.keys(query)[0] });
  });
});

describe('the history of a transfer', () => {
  it('holds every entry, and each is there to the byte', async () => {
    const first = opening(aTransfer(), at('2024-03-11'));
    const second = followingEntry(first, 1, 'holding-attested', { occurredOn: '2024-06-01', held: true });
    const stored = await accept([first, second]);
    const { json } = await world.ask('getHistory', AUDITOR, { params: { transferId: first.subject } });
    expect(History.parse(json).items).toEqual([first, second]);
    for (const { entry, leaf } of stored) {
      const { text } = await world.ask('getEntry', AUDITOR, { params: { entryId: entry.entryId } });
      expect(Entry.parse(JSON.parse(text))).toEqual(entry);
      expect(Buffer.from(leafHash(Buffer.from(text, 'utf8')))).toEqual(Buffer.from(leaf));
    }
  });

  it('is of a transfer only: the ids of other things name none', async () => {
    const first = opening(aTransfer(), at('2024-03-11'));
    const second = followingEntry(first, 1, 'holding-attested', { occurredOn: '2024-06-01', held: true });
    await accept([first, second]);
    for (const operation of ['getTransfer', 'getHistory', 'getLineage'] as const)
      expect(
        (await world.ask(operation, AUDITOR, { params: { transferId: `tr-${second.entryId}` } })).status,
      ).toBe(404);
  });
});

describe('the lineage of a transfer', () => {
  const [a = '', b = '', c = '', d = ''] = AGENCIES;
  const chain = (provider: string, recipient: string, origins: readonly Entry[] = [], more = {}) =>
    opening(
      {
        ...aTransfer(),
        provider: { agencyId: provider as never },
        recipient: { agencyId: recipient as never },
        ...(origins.length > 0 && { originTransferIds: origins.map(({ subject }) => subject as TransferId) }),
        ...more,
      },
      at('2024-03-11'),
    );
  const one = chain(a, b);
  const two = chain(b, c, [one]);
  const three = chain(c, a, [two]);
  const four = chain(b, d, [one]);
  const both = chain(d, a, [four, one]);
  const silent = chain(b, d);
  const earlier = chain(b, d, [], { handedOver: { earliest: '2024-01-01', latest: '2024-01-01' } });
  const names = new Map(
    [one, two, three, four, both, silent, earlier].map(({ subject }, n) => [
      subject,
      ['one', 'two', 'three', 'four', 'both', 'silent', 'earlier'][n],
    ]),
  );
  beforeAll(async () => {
    await ring(await accept([one, two, three, four, both, silent, earlier]));
    await project();
  });
  const lineage = async (of: Entry, direction: string, who = AUDITOR) => {
    const { status, text } = await world.ask('getLineage', who, {
      params: { transferId: of.subject },
      query: { direction },
    });
    expect(status, text).toBe(200);
    const { items, undeclared, truncated } = Lineage.parse(JSON.parse(text));
    expect(truncated).toBe(false);
    return {
      steps: items.map(({ transfer, next, depth }) => [
        names.get(transfer.transferId),
        depth,
        next.map((id) => names.get(id)).sort(),
      ]),
      undeclared: undeclared.map(({ transferId }) => names.get(transferId)).sort(),
      text,
    };
  };
  const sorted = (steps: unknown[][]) => [...steps].sort((x, y) => (String(x) < String(y) ? -1 : 1));

  it('goes down to all that came of it, each once', async () => {
    const { steps, undeclared } = await lineage(one, 'downstream');
    expect(sorted(steps)).toEqual(
      sorted([
        ['one', 0, ['both', 'four', 'two']],
        ['two', 1, ['three']],
        ['four', 1, ['both']],
        ['both', 1, []],
        ['three', 2, []],
      ]),
    );
    // Handed on afterwards, of the same dataset, naming no origin; what came before cannot have come of it.
    expect(undeclared).toEqual(['silent']);
  });

  it('goes up to all that it came from', async () => {
    const { steps, undeclared } = await lineage(both, 'upstream');
    expect(sorted(steps)).toEqual(
      sorted([
        ['both', 0, ['four', 'one']],
        ['four', 1, ['one']],
        ['one', 1, []],
      ]),
    );
    expect(undeclared).toEqual([]);
  });

  it('shows an agency nothing of transfers between others, not even their being', async () => {
    const down = await lineage(one, 'downstream', agency(a));
    expect(sorted(down.steps)).toEqual(
      sorted([
        ['one', 0, ['both']],
        ['both', 1, []],
      ]),
    );
    expect(down.undeclared).toEqual([]);
    for (const foreign of [two, four, silent]) expect(down.text).not.toContain(foreign.subject);
    const up = await lineage(three, 'upstream', agency(a));
    expect(up.steps).toEqual([['three', 0, []]]);
    expect(up.text).not.toContain(one.subject);
    expect((await lineage(one, 'downstream', agency(b))).undeclared).toEqual(['silent']);
  });

  it('of a transfer that is not in the views yet is for later', async () => {
    const late = chain(a, b);
    await accept([late]);
    const { status, json } = await world.ask('getLineage', AUDITOR, { params: { transferId: late.subject } });
    expect([status, json['type']]).toEqual([503, 'https://amanat.dev/problems/try-again']);
  });

  it('of very many is cut, and says so', async () => {
    const origin = chain(a, b);
    const children = Array.from({ length: 505 }, (_, n) => chain(b, AGENCIES[2 + (n % 3)] ?? c, [origin]));
    await ring(await accept([origin, ...children]));
    await project();
    const { json } = await world.ask('getLineage', AUDITOR, { params: { transferId: origin.subject } });
    expect(json['truncated']).toBe(true);
    expect((json['items'] as unknown as unknown[]).length).toBe(500);
  });
});
