import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Notice,
  noticeOn,
  noticesOfChange,
  REMIND_DAYS,
  SOON_DAYS,
} from '../../../core/lifecycle/notices.ts';
import { type Obliged, obligationsOf } from '../../../core/lifecycle/obligations.ts';
import { NOTHING_UPSTREAM } from '../../../core/lifecycle/upstream.ts';
import { addDays, type Day, type EntryId } from '../../../core/model/scalars.ts';
import { aSha256, PROVIDER, RECIPIENT } from '../../support/transfers.ts';
import { event, opened, type Step, stateAfter } from './specs.ts';

const ID = opened().transferId;
const by = aSha256('by').slice(0, 32) as EntryId;
const owedAfter = (...steps: Step[]) => obligationsOf(stateAfter(steps), NOTHING_UPSTREAM);
const told = (before: readonly Obliged[], owed: readonly Obliged[]) =>
  noticesOfChange(ID, before, { by, owed }).map(({ stage, kind, obliged, dueOn }) => [
    stage,
    kind,
    obliged,
    dueOn,
  ]);

describe('what an entry changes', () => {
  const acknowledge = event('transfer-acknowledged');
  const hold = event('legal-hold-set');

  it('is told to whoever owes it, when it arises and when it ends', () => {
    expect(told([], owedAfter())).toEqual([
      ['arisen', 'acknowledge', RECIPIENT, '2024-04-10'],
      ['arisen', 'destroy', RECIPIENT, '2025-03-31'],
    ]);
    expect(told(owedAfter(), owedAfter(acknowledge))).toEqual([
      ['ended', 'acknowledge', RECIPIENT, '2024-04-10'],
    ]);
    expect(told(owedAfter(acknowledge), owedAfter(acknowledge, event('destruction-certified')))).toEqual([
      ['ended', 'destroy', RECIPIENT, '2025-03-31'],
      ['arisen', 'verify-destruction', PROVIDER, '2025-04-19'],
    ]);
  });

  it('is told of another day as the end of the one and the beginning of the other', () => {
    expect(told(owedAfter(acknowledge), owedAfter(acknowledge, event('retention-extended')))).toEqual([
      ['ended', 'destroy', RECIPIENT, '2025-03-31'],
      ['arisen', 'destroy', RECIPIENT, '2026-03-31'],
    ]);
  });

  it('is nothing where nothing changes', () => {
    expect(told(owedAfter(acknowledge), owedAfter(acknowledge))).toEqual([]);
    expect(told(owedAfter(hold), owedAfter(hold))).toEqual([]);
  });

  it('has another id each time: what a hold ends, and its lifting brings back, is told twice', () => {
    const lifted = owedAfter(acknowledge, hold, event('legal-hold-lifted'));
    const ids = ['one', 'two'].map((entry) =>
      noticesOfChange(ID, [], { by: aSha256(entry).slice(0, 32) as EntryId, owed: lifted }),
    );
    expect(lifted).toEqual(owedAfter(acknowledge));
    expect(new Set(ids.flat().map(({ noticeId }) => noticeId)).size).toBe(2);
  });

  it('is told in the same words, under the same id, by whoever finds it', () => {
    const once = noticesOfChange(ID, [], { by, owed: owedAfter() });
    expect(noticesOfChange(ID, [], { by, owed: owedAfter() })).toEqual(once);
    for (const notice of once) expect(Notice.parse(JSON.parse(JSON.stringify(notice)))).toEqual(notice);
    expect(once[0]).toEqual({
      noticeId: expect.stringMatching(/^nt-[0-9a-f]{32}$/),
      stage: 'arisen',
      transferId: ID,
      kind: 'acknowledge',
      obliged: RECIPIENT,
      since: '2024-03-11',
      dueOn: '2024-04-10',
      why: 'The recipient has not acknowledged what it received.',
      cause: ID.slice(3),
      by,
    });
  });
});

describe('what a day brings', () => {
  const DUE = '2025-03-31' as Day;
  const destroy = owedAfter().find(({ kind }) => kind === 'destroy') as Obliged;
  const on = (days: number) => noticeOn(addDays(DUE, days), ID, destroy);

  it.each([
    [-SOON_DAYS - 1, undefined],
    [-SOON_DAYS, ['soon', '2025-03-24']],
    [-1, ['soon', '2025-03-24']],
    [0, ['due', '2025-03-31']],
    [1, ['overdue', '2025-04-01']],
    [REMIND_DAYS, ['overdue', '2025-04-01']],
    [REMIND_DAYS + 1, ['overdue', '2025-05-01']],
    [2 * REMIND_DAYS, ['overdue', '2025-05-01']],
    [2 * REMIND_DAYS + 1, ['overdue', '2025-05-31']],
  ])('%i days after it is due', (days, expected) => {
    const notice = on(days);
    expect(notice && [notice.stage, 'on' in notice && notice.on]).toEqual(expected);
  });

  it('is one notice for each stage, however often one looks, and the stages follow each other', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 400 }), { maxLength: 60 }), (days) => {
        const notices = days.toSorted((a, b) => a - b).flatMap((day) => on(day) ?? []);
        const byId = Map.groupBy(notices, ({ noticeId }) => noticeId);
        const stages = [...byId.values()].map(([first, ...others]) => {
          for (const other of others) expect(other).toEqual(first);
          return first && 'on' in first ? first.on : '';
        });
        expect(stages).toEqual([...new Set(stages)].toSorted());
      }),
    );
  });

  it('is told of each obligation by itself', () => {
    const others: Partial<Obliged>[] = [
      { kind: 'attest' },
      { dueOn: addDays(DUE, 1) },
      { cause: by },
      { obliged: PROVIDER as Obliged['obliged'] },
    ];
    const overdue = [destroy, ...others.map((other) => ({ ...destroy, ...other }))].map(
      (owed) => noticeOn(addDays(DUE, 9), ID, owed)?.noticeId,
    );
    expect(new Set(overdue).size).toBe(overdue.length);
  });
});
