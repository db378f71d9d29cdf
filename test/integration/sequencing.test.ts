import type { DynamoDBBatchResponse } from 'aws-lambda';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Instant } from '../../core/model/scalars.ts';
import type { StoredEntry } from '../../lambdas/store/entries.ts';
import { variedBody } from '../support/varied.ts';
import { FAULTS, type FaultKind, Faults, Killed } from './support/faults.ts';
import {
  checkHistories,
  checkLog,
  checkWholeLog,
  doorbell,
  readLedger,
  transferEntry,
} from './support/ledger.ts';
import { createTables, type Tables } from './tables.ts';

/** New for each test: small logs are read fast. */
let tables: Tables;
let faults: Faults;
let ring: (entries: readonly StoredEntry[]) => Promise<DynamoDBBatchResponse>;
let sweep: (event: { since: Instant }) => Promise<{ sequenced: number }>;
let scheduled: () => Promise<{ sequenced: number }>;
/** Accepts transfers without a doorbell. */
let accept: (count: number, at?: Date) => Promise<StoredEntry[]>;

beforeAll(async () => {
  Object.assign(process.env, { POWERTOOLS_METRICS_DISABLED: 'true', POWERTOOLS_LOG_LEVEL: 'SILENT' });
  const [sequencer, sweeper, { dynamo }, { newEntry, sealedItem }, { insertMissing }] = await Promise.all([
    import('../../lambdas/sequence.ts'),
    import('../../lambdas/sweep.ts'),
    import('../../lambdas/store/client.ts'),
    import('../../lambdas/store/entries.ts'),
    import('../../lambdas/store/ledger.ts'),
  ]);
  ring = async (entries) => sequencer.handler(await doorbell(entries));
  sweep = sweeper.handler;
  scheduled = () => sweeper.handler({ 'detail-type': 'Scheduled Event' } as never);
  faults = Faults.install(dynamo);
  let accepted = 0;
  accept = async (count, at = new Date()) => {
    const entries = Array.from({ length: count }, () => {
      const n = accepted++;
      return newEntry(transferEntry(`transfer-${n}`, variedBody(n), at.toISOString() as Instant));
    });
    await insertMissing(await Promise.all(entries.map(sealedItem)));
    return entries;
  };
});
beforeEach(async () => {
  tables = await createTables();
  Object.assign(process.env, tables.env);
  // Back-off goes by chance and time: here by chance alone.
  const chance = Math.random;
  vi.spyOn(Math, 'random').mockImplementation(() => chance() / 50);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  faults.revive();
  tables.client.destroy();
});

const ledger = () => readLedger(tables.client, tables.ledger);
const lately = () => ({ since: new Date(Date.now() - 3_600_000).toISOString() as Instant });
async function settled() {
  await sweep(lately());
  const all = await ledger();
  checkWholeLog(all);
  checkHistories(all);
  return all;
}

/** Whether it was killed; whatever else goes wrong is a reason for the stream to ring again. */
const outcome = async (run: Promise<unknown>): Promise<'done' | 'killed' | 'failed'> =>
  run.then(
    () => 'done' as const,
    (error: unknown) => (error instanceof Killed ? 'killed' : 'failed'),
  );

describe('a doorbell', () => {
  it('puts its entries into the log, in the order of their acceptance', async () => {
    const later = await accept(2, new Date(Date.now() + 60_000));
    const earlier = await accept(2);
    await ring([...later, ...earlier]);
    const { indexes } = await settled();
    const places = (entries: StoredEntry[]) => entries.map(({ entry }) => indexes.get(entry.entryId)).sort();
    expect([places(earlier), places(later)]).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('that rings twice, late, with others in between, and out of order, changes nothing', async () => {
    const [one, two] = [await accept(3), await accept(3)];
    await ring([...one, ...one]);
    await ring([...two].reverse());
    const { batches } = await settled();
    await ring([...two, ...one]);
    await ring([]);
    expect((await settled()).batches).toHaveLength(batches.length);
  });

  it('brings more than one request of INDEX items into one batch', async () => {
    await ring(await accept(60));
    expect((await settled()).batches).toHaveLength(1);
  });
});

describe('an entry whose doorbell was lost', () => {
  it('is found by the sweep', async () => {
    const entries = await accept(5);
    expect(await sweep(lately())).toEqual({ sequenced: 5 });
    const { indexes } = await settled();
    for (const { entry } of entries) expect(indexes.has(entry.entryId)).toBe(true);
    expect(await sweep(lately())).toEqual({ sequenced: 0 });
  });

  it('is left to its doorbell for half a minute, then found, for five minutes each minute and for a day each hour', async () => {
    const now = new Date('2026-03-10T10:17:20.000Z');
    vi.useFakeTimers({ toFake: ['Date'], now });
    const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
    await accept(1, ago(29));
    expect(await scheduled()).toEqual({ sequenced: 0 });
    await accept(1, ago(31));
    await accept(1, ago(4 * 60));
    await accept(1, ago(6 * 60));
    expect(await scheduled()).toEqual({ sequenced: 2 });
    // The first is now old enough. The full hour looks back across midnight, and further than a stream remembers.
    await accept(1, ago(25 * 3_600));
    await accept(1, ago(40 * 3_600));
    vi.setSystemTime(new Date('2026-03-10T11:00:10.000Z'));
    expect(await scheduled()).toEqual({ sequenced: 3 });
    vi.setSystemTime(new Date('2026-03-11T12:00:10.000Z'));
    expect(await scheduled()).toEqual({ sequenced: 0 });
    expect(await sweep({ since: '2026-03-08T00:00:00.000Z' as Instant })).toEqual({ sequenced: 1 });
    checkWholeLog(await ledger());
  });
});

describe('a sequencer that is killed', () => {
  it.each<[string, (entries: StoredEntry[]) => Promise<unknown>]>([
    ['the same doorbell again', (entries) => ring(entries)],
    ['the doorbell of another entry', async () => ring(await accept(2))],
    ['a sweep', () => sweep(lately())],
  ])('at any of its calls leaves a log that %s goes on with', async (_, recover) => {
    for (let call = 0; ; call++) {
      const entries = await accept(3);
      faults.killAt(call);
      const end = await outcome(ring(entries));
      faults.revive();
      checkLog(await ledger());
      await recover(entries);
      checkLog(await ledger());
      await settled();
      if (end === 'done') {
        expect(call).toBeGreaterThanOrEqual(6);
        break;
      }
      expect(end).toBe('killed');
    }
  });

  it('at any of its calls, and then its successor at any of its own, leaves a log to go on with', async () => {
    for (const [first, second] of [
      [4, 3],
      [4, 4],
      [5, 2],
      [5, 3],
      [5, 5],
    ] as const) {
      const entries = await accept(3);
      faults.killAt(first);
      await outcome(ring(entries));
      faults.killAt(second);
      await outcome(ring([...(await accept(2)), ...entries]));
      faults.revive();
      checkLog(await ledger());
      await settled();
    }
  });

  it('in the middle of a long batch leaves none of its entries without an index for good', async () => {
    const entries = await accept(70);
    // The INDEX items go out in threes of 25, and then the last.
    for (const call of [4, 5, 6, 7]) {
      faults.killAt(call);
      await outcome(ring(entries));
    }
    faults.revive();
    checkLog(await ledger());
    await ring(await accept(1));
    await settled();
  });
});

describe('a sequencer whose call meets with', () => {
  it.each(FAULTS)(
    '%s, whichever call that is, has its doorbell rung again and doubles nothing',
    async (kind) => {
      await settled();
      for (let call = 0; ; call++) {
        const entries = await accept(3);
        faults.plan((number) => (number === call ? kind : undefined));
        const end = await outcome(ring(entries));
        const calls = faults.calls.length;
        faults.revive();
        checkLog(await ledger());
        if (end === 'failed') await ring(entries);
        const { indexes } = await ledger();
        for (const { entry } of entries) expect(indexes.has(entry.entryId)).toBe(true);
        if (calls <= call) break;
      }
      await settled();
    },
  );

  it('any faults at any calls comes to the same in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.constantFrom<FaultKind>(...FAULTS, 'dead'), { nil: undefined, freq: 3 }), {
          minLength: 4,
          maxLength: 16,
        }),
        fc.integer({ min: 1, max: 28 }),
        async (plan, count) => {
          const entries = await accept(count);
          faults.plan((number) => plan[number]);
          await outcome(ring(entries));
          faults.revive();
          await ring(entries);
          checkWholeLog(await ledger());
        },
      ),
      { numRuns: 12 },
    );
  });
});

describe('a commit that lands late', () => {
  const late = (command: string) => {
    faults.plan((_, call) => (call.command === command ? 'late' : undefined));
  };

  it('after another sequencer went on from the same size does nothing', async () => {
    const [one, two] = [await accept(3), await accept(3)];
    late('ExecuteStatementCommand');
    expect(await outcome(ring(one))).toBe('failed');
    faults.revive();
    await ring(two);
    const before = await ledger();
    await faults.landLate();
    expect((await ledger()).batches).toEqual(before.batches);
    await settled();
  });

  it('before anybody went on counts, and is made good', async () => {
    const [one, two] = [await accept(3), await accept(3)];
    late('ExecuteStatementCommand');
    expect(await outcome(ring(one))).toBe('failed');
    faults.revive();
    await faults.landLate();
    checkLog(await ledger());
    await ring(two);
    checkWholeLog(await ledger());
  });

  it('just when the successor is about to commit the same entries does not put them in twice', async () => {
    const one = await accept(3);
    late('ExecuteStatementCommand');
    expect(await outcome(ring(one))).toBe('failed');
    let landed: Promise<void> | undefined;
    faults.plan((_, call) => {
      // The call that is slow waits until the late one is through.
      if (call.command !== 'ExecuteStatementCommand' || landed !== undefined) return undefined;
      landed = faults.landLate();
      return 'slow';
    });
    await ring([...one, ...(await accept(2))]);
    await landed;
    faults.revive();
    checkWholeLog(await ledger());
  });

  it('does not matter for INDEX items', async () => {
    const one = await accept(4);
    late('BatchExecuteStatementCommand');
    expect(await outcome(ring(one))).toBe('failed');
    faults.revive();
    await ring(await accept(2));
    await faults.landLate();
    await settled();
  });
});

describe('sequencers that race', () => {
  it.each([2, 4])('%i at once put every entry in once', async (racers) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.subarray([...Array(12).keys()], { minLength: 1 }), {
          minLength: racers,
          maxLength: racers,
        }),
        async (shares) => {
          const entries = await accept(12);
          faults.plan(() => 'slow');
          const ends = await Promise.all(
            shares.map((share) => outcome(ring(share.flatMap((n) => entries[n] ?? [])))),
          );
          faults.revive();
          const all = await ledger();
          const inLog = new Set(checkLog(all));
          // Who came to an end has seen to all it was rung for.
          for (const [n, share] of shares.entries())
            if (ends[n] === 'done')
              for (const each of share) {
                const { entryId } = entries[each]?.entry ?? expect.fail();
                expect(inLog.has(entryId)).toBe(true);
              }
          expect(ends).not.toContain('killed');
          await sweep(lately());
          checkWholeLog(await ledger());
        },
      ),
      { numRuns: 6 },
    );
  });

  it('and some of them are killed', async () => {
    for (let round = 0; round < 4; round++) {
      const entries = await accept(8);
      let calls = 0;
      faults.plan(() => (++calls === 6 + round * 3 ? 'dead' : 'slow'));
      await Promise.all([0, 1, 2].map((n) => outcome(ring(entries.slice(n * 2, n * 2 + 4)))));
      faults.revive();
      checkLog(await ledger());
      await settled();
    }
  });

  it('with the sweep put every entry in once', async () => {
    const entries = await accept(20);
    faults.plan(() => 'slow');
    await Promise.all([
      outcome(sweep(lately())),
      outcome(ring(entries.slice(0, 10))),
      outcome(ring(entries.slice(5))),
    ]);
    faults.revive();
    await settled();
  });
});
