import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Obligation } from '../../core/api/answers.ts';
import { type Notice, owedUnder } from '../../core/lifecycle/notices.ts';
import { addDays, type Day, type Instant } from '../../core/model/scalars.ts';
import { aTransfer } from '../support/transfers.ts';
import { followingEntry, transferEntry } from './support/ledger.ts';
import {
  accept,
  catchUp,
  faults,
  histories,
  leaseRunsOut,
  newTables,
  outcome,
  rebuild,
  ring,
  world,
} from './support/projecting.ts';
import { deliver, heard, ids, ofStage, outbox, remind, taken } from './support/telling.ts';
import { AUDITOR } from './world.ts';

const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);
/** Until whoever took a notice on, and is gone, has had his time. */
const aMinuteLater = () => later(61_000);

// Tests that go on by minutes must not come upon another day, on which other notices are due.
beforeEach(() => {
  vi.setSystemTime(new Date().setUTCHours(9, 0, 0, 0));
});
afterEach(() => {
  vi.useRealTimers();
});

/** What is due on this day, of all that there are, is not due before any day that could be asked for. */
const LAST_DAY = '9999-12-31';

/** What is owed by all, as the API tells. */
async function owed(): Promise<string[]> {
  const items: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { dueBefore: LAST_DAY, limit: '200', ...(cursor ? { cursor } : {}) };
    const { json } = await world.ask('listObligations', AUDITOR, { query });
    items.push(...(json['items'] as unknown as Obligation[]).map(keyOf));
    cursor = json['nextCursor'] as unknown as string | undefined;
  } while (cursor);
  return items.sort();
}
const keyOf = (each: Notice | Obligation) =>
  [owedUnder(each), each.kind, each.dueOn, each.cause, each.obliged].join(' ');

/** Whatever arose and has not ended since, as far as the API tells of it. */
function standing(): string[] {
  const count = new Map<string, number>();
  for (const notice of ofStage('arisen', 'ended')) {
    const key = keyOf(notice);
    count.set(key, (count.get(key) ?? 0) + (notice.stage === 'arisen' ? 1 : -1));
  }
  for (const [key, times] of count) expect([key, times === 0 || times === 1]).toEqual([key, true]);
  return [...count]
    .filter(([key, times]) => times === 1 && !key.includes(` ${LAST_DAY} `))
    .map(([key]) => key)
    .sort();
}

describe('what entries change', () => {
  it('is told once each, adds up to what is owed, and is the same however the log is cut', async () => {
    const entries = histories('cut', 6).flat();
    for (const entry of entries) {
      await ring(await accept([entry]));
      await catchUp();
    }
    await deliver();
    const grown = ids(heard());
    expect(new Set(grown).size).toBe(grown.length);
    expect(standing()).toEqual(await owed());
    expect(ofStage('ended').length).toBeGreaterThan(3);

    await newTables();
    taken.length = 0;
    await ring(await accept(entries));
    await catchUp();
    await deliver();
    expect(ids(heard())).toEqual(grown);
  });

  it('is neither lost nor told twice when the projection is killed, wherever that is', async () => {
    const entries = histories('killed', 3).flat();
    await ring(await accept(entries));
    faults.plan(() => undefined);
    await catchUp();
    const writes = faults.calls.flatMap(({ command }, n) => (/Put|Update|Batch/.test(command) ? [n] : []));
    await deliver();
    const all = ids(heard());
    expect(all.length).toBeGreaterThan(5);

    for (const call of writes.filter((_, n) => n % 4 === 1)) {
      await newTables();
      taken.length = 0;
      await ring(await accept(entries));
      faults.killAt(call);
      expect(await outcome(catchUp())).toBe('killed');
      faults.revive();
      await leaseRunsOut();
      await deliver();
      await catchUp();
      await deliver();
      expect(ids(heard())).toEqual(all);
    }
  });

  it('is not told again by a rebuild', async () => {
    await ring(await accept(histories('rebuilt', 6).flat()));
    await catchUp();
    await deliver();
    const before = taken.length;
    expect(before).toBeGreaterThan(10);
    await rebuild();
    await deliver();
    expect(taken.length).toBe(before);
  });

  it('is told to nobody as news when it was recorded long ago, and still owed on its day', async () => {
    const old = '2024-03-11T09:00:00.000Z' as Instant;
    await ring(await accept([transferEntry('old', aTransfer(), old)]));
    await catchUp();
    await deliver();
    expect(heard()).toEqual([]);
    await remind('2024-04-10' as Day);
    await deliver();
    expect(heard()).toMatchObject([{ stage: 'due', kind: 'acknowledge', dueOn: '2024-04-10' }]);
  });
});

describe('what a day brings', () => {
  const TODAY = '2026-02-01' as Day;
  const known = async () => {
    await ring(await accept(histories('days', 12).flat()));
    await catchUp();
    await deliver();
    taken.length = 0;
  };

  it('is told once a stage, however often and by however many at once it is looked at', async () => {
    await known();
    const runs = await Promise.all([remind(TODAY), remind(TODAY)]);
    await remind(TODAY);
    await deliver();
    expect(new Set(ids(heard())).size).toBe(heard().length);
    expect(heard().length).toBe(runs[0].told + runs[1].told);
    const due = (await owed()).filter((key) => (key.split(' ')[2] ?? '') <= addDays(TODAY, 7));
    expect(heard().map(keyOf).sort()).toEqual(due);
    expect(due.length).toBeGreaterThan(5);

    expect((await remind(addDays(TODAY, 1))).told).toBeLessThan(due.length);
    await deliver();
    expect(new Set(ids(heard())).size).toBe(heard().length);
  });

  it('is told wholly when the look is killed anywhere, or when its time is up', async () => {
    await known();
    const context = { getRemainingTimeInMillis: () => 1_000 } as unknown as Context;
    await expect(remind(TODAY, context)).rejects.toThrow('nobody goes on');
    expect(await outbox().then((all) => all.filter(({ notice }) => 'on' in notice))).toEqual([]);
    faults.killAt(9);
    expect(await outcome(remind(TODAY))).toBe('killed');
    faults.revive();
    await remind(TODAY);
    await deliver();
    const due = (await owed()).filter((key) => (key.split(' ')[2] ?? '') <= addDays(TODAY, 7));
    expect(heard().map(keyOf).sort()).toEqual(due);
  });

  it('waits while the views are rebuilt', async () => {
    await known();
    faults.killAt(6);
    expect(await outcome(rebuild())).toBe('killed');
    faults.revive();
    await expect(remind(TODAY)).rejects.toThrow('being rebuilt');
  });
});

describe('delivery', () => {
  const entriesOf = (seed: string, count: number) =>
    Array.from({ length: count }, (_, n) => transferEntry(`${seed}/${n}`, aTransfer()));
  const told = async (seed: string, count = 4) => {
    await ring(await accept(entriesOf(seed, count)));
    await catchUp();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  };

  it('by two at once is of each notice once', async () => {
    await told('two', 20);
    await Promise.all([deliver(), deliver(), deliver()]);
    expect(ids(heard())).toEqual(ids((await outbox()).map(({ notice }) => notice)));
    expect(heard()).toHaveLength(40);
  });

  it('that is killed anywhere is taken up by the next, under the same id', async () => {
    await told('killed', 2);
    faults.plan(() => undefined);
    await deliver();
    const calls = faults.calls.length;
    const all = ids(heard());
    for (let call = 0; call < calls; call += 3) {
      await newTables();
      taken.length = 0;
      await told('killed', 2);
      faults.killAt(call);
      expect(await outcome(deliver())).toBe('killed');
      faults.revive();
      aMinuteLater();
      await deliver();
      expect([...new Set(ids(heard()))]).toEqual(all);
      expect((await outbox()).filter(({ pending }) => pending)).toEqual([]);
      const before = taken.length;
      aMinuteLater();
      await deliver();
      expect(taken.length).toBe(before);
    }
  });

  it('to a bus that does not take it fails, and is tried again after a minute', async () => {
    await told('deaf');
    faults.plan((_, { command }) => (command === 'PutEventsCommand' ? 'throttled' : undefined));
    expect(await outcome(deliver())).toBe('failed');
    faults.revive();
    await deliver();
    expect(heard()).toEqual([]);
    aMinuteLater();
    await deliver();
    expect(heard()).toHaveLength(8);
  });

  it('carries what the notice says, and nothing else', async () => {
    const opening = transferEntry('said', aTransfer());
    const acknowledged = { occurredOn: '2024-03-12', rows: 1, storedAt: 'Vault 3' };
    await ring(await accept([opening, followingEntry(opening, 1, 'transfer-acknowledged', acknowledged)]));
    await catchUp();
    await deliver();
    expect(ofStage('ended')).toMatchObject([{ transferId: opening.subject, kind: 'acknowledge' }]);
    expect(JSON.stringify(taken)).not.toContain('Vault');
  });
});
