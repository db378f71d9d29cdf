import { describe, expect, it } from 'vitest';
import { due, obligationsOf } from '../../../core/lifecycle/obligations.ts';
import type { Recall, Told } from '../../../core/lifecycle/transfer.ts';
import { NOTHING_UPSTREAM, type Upstream } from '../../../core/lifecycle/upstream.ts';
import { type Day, daysBetween } from '../../../core/model/scalars.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import { aRetrospectiveTransfer, aTransfer, PROVIDER, RECIPIENT } from '../../support/transfers.ts';
import { event, type Step, stateAfter, toldOf } from './specs.ts';

const END = '2025-03-31' as Day;
const acknowledge = event('transfer-acknowledged');
const certify = event('destruction-certified');
const hold = event('legal-hold-set');
const lift = event('legal-hold-lifted');
const recall = event('recall-issued');

describe('what is owed', () => {
  const owed = (steps: readonly Step[], record?: TransferRecord, upstream: Upstream = NOTHING_UPSTREAM) =>
    obligationsOf(stateAfter(steps, record), upstream).map(({ kind, obliged, since, dueOn }) => [
      kind,
      obliged,
      since,
      dueOn,
    ]);
  const destroy = ['destroy', RECIPIENT, '2024-03-10', END];

  it('at first an acknowledgement within thirty days of the record, and the destruction in its time', () => {
    expect(owed([])).toEqual([['acknowledge', RECIPIENT, '2024-03-11', '2024-04-10'], destroy]);
    expect(daysBetween('2024-03-11' as Day, '2024-04-10' as Day)).toBe(30);
  });

  it('once acknowledged the destruction only', () => {
    expect(owed([acknowledge])).toEqual([destroy]);
  });

  it('while disputed an answer of the provider, in place of the acknowledgement', () => {
    const dispute = event('transfer-disputed');
    const answer = ['resolve-dispute', PROVIDER, '2024-03-13', '2024-04-12'];
    expect(owed([dispute])).toEqual([answer, destroy]);
    expect(owed([acknowledge, dispute])).toEqual([answer, destroy]);
    const again = ['acknowledge', RECIPIENT, '2024-03-13', '2024-04-12'];
    expect(owed([dispute, event('dispute-answered')])).toEqual([again, destroy]);
    expect(owed([acknowledge, dispute, event('dispute-answered')])).toEqual([again, destroy]);
    expect(owed([dispute, acknowledge])).toEqual([destroy]);
  });

  it('under a hold no destruction', () => {
    expect(owed([acknowledge, hold])).toEqual([]);
    expect(owed([acknowledge, hold, lift])).toEqual([destroy]);
  });

  it('under a recall the destruction sooner', () => {
    const sooner = ['destroy', RECIPIENT, '2024-07-01', '2024-08-01'];
    const answer = ['answer-recall', RECIPIENT, '2024-07-01', '2024-07-31'];
    expect(owed([acknowledge, recall])).toEqual([answer, sooner]);
    expect(owed([acknowledge, recall, event('recall-answered')])).toEqual([sooner]);
    const soon = event('recall-issued', { dueBy: '2024-07-10' });
    expect(owed([acknowledge, soon])[0]).toEqual(['answer-recall', RECIPIENT, '2024-07-01', '2024-07-10']);
    const late = event('recall-issued', { dueBy: '2030-01-01' });
    expect(owed([acknowledge, late])).toEqual([answer, destroy]);
  });

  it('once certified a check by the provider, and after that nothing', () => {
    expect(owed([certify])).toEqual([['verify-destruction', PROVIDER, '2025-03-20', '2025-04-19']]);
    expect(owed([acknowledge, certify, event('destruction-verified')])).toEqual([]);
    expect(owed([acknowledge, certify, event('destruction-rejected')])).toEqual([destroy]);
  });

  it('by nobody under a superseded record', () => {
    expect(owed([event('record-superseded')])).toEqual([]);
  });

  it('no destruction where no end is known', () => {
    const open = stateAfter([], aRetrospectiveTransfer());
    expect(obligationsOf(open, NOTHING_UPSTREAM).map(({ kind }) => kind)).toEqual(['acknowledge']);
  });

  it('a review first, where the retention counts from an event', () => {
    const retention = { period: 'P1Y', trigger: 'end of the season', reviewBy: '2025-03-31' };
    const season = aTransfer({ retention });
    expect(owed([acknowledge], season)).toEqual([['review-retention', RECIPIENT, '2024-03-10', END]]);
    const review = event('retention-reviewed', { triggeredOn: '2024-04-01' });
    expect(owed([acknowledge, review], season)).toEqual([['destroy', RECIPIENT, '2024-03-10', '2025-04-01']]);
    expect(owed([acknowledge, event('retention-extended')], season)).toEqual([
      ['review-retention', RECIPIENT, '2024-03-10', '2026-03-31'],
    ]);
    expect(owed([acknowledge, recall, event('recall-answered')], season)).toEqual([
      ['destroy', RECIPIENT, '2024-07-01', '2024-08-01'],
    ]);
  });

  it('attestations, each so long after the last, while the data is held', () => {
    const attested = aTransfer({ attestEvery: 'P6M' });
    const attest = (held: boolean) => event('holding-attested', { held });
    expect(owed([acknowledge], attested)).toEqual([
      ['attest', RECIPIENT, '2024-03-10', '2024-09-10'],
      destroy,
    ]);
    expect(owed([acknowledge, attest(true)], attested)).toEqual([
      ['attest', RECIPIENT, '2024-06-01', '2024-12-01'],
      destroy,
    ]);
    expect(owed([acknowledge, attest(false)], attested)).toEqual([destroy]);
    expect(owed([acknowledge, certify, event('destruction-verified')], attested)).toEqual([]);
  });

  it('the confirmation of each correction, until nothing is left to correct', () => {
    const issue = (correctionId: string) => event('correction-issued', { correctionId });
    const confirmation = ['confirm-correction', RECIPIENT, '2024-04-01', '2024-05-01'];
    const both = [acknowledge, issue('c-1'), issue('c-2')];
    expect(owed(both)).toEqual([confirmation, confirmation, destroy]);
    expect(owed([...both, event('correction-confirmed')])).toEqual([confirmation, destroy]);
    expect(owed([...both, certify]).map(([kind]) => kind)).toEqual(['verify-destruction']);
  });

  it('the rest of a destruction, by when its backups expire', () => {
    const backups = event('destruction-certified', {
      backups: 'expire-later',
      backupsExpireOn: '2025-06-30',
    });
    const rest = (dueOn: string) => ['destroy-remainder', RECIPIENT, '2025-03-20', dueOn];
    const check = ['verify-destruction', PROVIDER, '2025-03-20', '2025-04-19'];
    expect(owed([backups])).toEqual([rest('2025-06-30'), check]);
    expect(owed([backups, event('destruction-verified')])).toEqual([rest('2025-06-30')]);
    const more = { backups: 'expire-later', backupsExpireOn: '2025-06-30', derivatives: 'kept' };
    expect(owed([event('destruction-certified', more)])).toEqual([rest('2025-04-19'), check]);
    expect(owed([backups, hold])).toEqual([check]);
    expect(owed([backups, certify, event('destruction-verified')])).toEqual([]);
  });

  it('by nobody for what was never handed over', () => {
    const dispute = event('transfer-disputed', { reason: 'not-received' });
    expect(owed([dispute, event('record-withdrawn')])).toEqual([]);
  });

  describe('for what came from others', () => {
    const told = toldOf(recall, 9) as Told;
    const recalled: Upstream = { ...NOTHING_UPSTREAM, recall: { ...told, dueBy: '2024-08-01' } as Recall };

    it('the destruction sooner, when those are recalled', () => {
      const steps = stateAfter([acknowledge]);
      expect(obligationsOf(steps, recalled)).toEqual([
        {
          kind: 'destroy',
          obliged: RECIPIENT,
          dueOn: '2024-08-01',
          since: '2024-07-01',
          because: 'recalled-upstream',
          cause: told.entryId,
        },
      ]);
      expect(owed([acknowledge, certify, event('destruction-verified')], undefined, recalled)).toEqual([]);
    });

    it('no destruction, while those are held', () => {
      expect(owed([acknowledge], undefined, { ...recalled, holds: [told] })).toEqual([]);
    });

    it('the confirmation of their corrections, by the entry that issued them', () => {
      const issued = toldOf(event('correction-issued'), 9) as Told;
      const upstream: Upstream = {
        ...NOTHING_UPSTREAM,
        corrections: [{ correctionId: 'c-1', fields: ['address'], issued }],
      };
      const state = stateAfter([acknowledge]);
      expect(obligationsOf(state, upstream)[0]).toMatchObject({
        kind: 'confirm-correction',
        because: 'corrected-upstream',
        cause: issued.entryId,
      });
      const confirmed = { ...issued, issuedBy: issued.entryId };
      expect(obligationsOf({ ...state, confirmed: [confirmed] }, upstream)).toHaveLength(1);
    });
  });
});

describe('what is due', () => {
  it('is overdue, due today or coming within thirty days, in that order', () => {
    const on = (day: string) => ({ dueOn: day as Day });
    const days = ['2024-05-02', '2024-04-02', '2024-05-03', '2024-04-01', '2023-04-02', '2024-04-02'];
    expect(due(days.map(on), '2024-04-02' as Day)).toEqual([
      { obligation: on('2023-04-02'), standing: 'overdue', days: -366 },
      { obligation: on('2024-04-01'), standing: 'overdue', days: -1 },
      { obligation: on('2024-04-02'), standing: 'today', days: 0 },
      { obligation: on('2024-04-02'), standing: 'today', days: 0 },
      { obligation: on('2024-05-02'), standing: 'coming', days: 30 },
    ]);
  });
});
