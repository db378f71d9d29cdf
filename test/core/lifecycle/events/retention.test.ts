import { describe, expect, it } from 'vitest';
import type { Told } from '../../../../core/lifecycle/transfer.ts';
import { NOTHING_UPSTREAM } from '../../../../core/lifecycle/upstream.ts';
import type { Day } from '../../../../core/model/scalars.ts';
import { aRetrospectiveTransfer, aTransfer, PROVIDER } from '../../../support/transfers.ts';
import { event, given, type Step, stateAfter, take, toldOf } from '../specs.ts';

describe('an extension of the retention', () => {
  const extend = (from: string, until: string) => event('retention-extended', { from, until });

  it('moves the end', () => {
    const extension = extend('2025-03-31', '2026-03-31');
    given([])
      .when(extension)
      .thenChanges({ retentionEnd: '2026-03-31', retentionChanged: toldOf(extension, 1) });
  });

  it('starts from the end in force, also after another extension', () => {
    const once = [extend('2025-03-31', '2026-03-31')];
    const again = extend('2026-03-31', '2026-04-01');
    given(once)
      .when(again)
      .thenChanges({ retentionEnd: '2026-04-01', retentionChanged: toldOf(again, 2) });
    given(once).when(extend('2025-03-31', '2026-04-01')).thenRefused('invalid-record', '/from');
  });

  it('neither stays nor goes back', () => {
    given([]).when(extend('2025-03-31', '2025-03-31')).thenRefused('invalid-record', '/until');
    given([]).when(extend('2025-03-31', '2025-03-30')).thenRefused('invalid-record', '/until');
  });

  it('needs a retention to extend', () => {
    given([], aRetrospectiveTransfer()).when(extend('2025-03-31', '2026-03-31')).thenRefused('conflict');
  });

  it('is possible again once a certificate was rejected', () => {
    const extension = extend('2025-03-31', '2026-03-31');
    given([event('destruction-certified'), event('destruction-rejected')])
      .when(extension)
      .thenChanges({ retentionEnd: '2026-03-31', retentionChanged: toldOf(extension, 3) });
  });

  it('that comes after the end is remarked on', () => {
    const late = event('retention-extended', { occurredOn: '2025-04-01' });
    given([])
      .when(late)
      .thenChanges({ retentionEnd: '2026-03-31', retentionChanged: toldOf(late, 1) }, [
        { code: 'extended-after-end', pointer: '/occurredOn' },
      ]);
  });

  it('beyond the end of the origin needs the word of that side, and stays visible', () => {
    const upstream = { ...NOTHING_UPSTREAM, retentionEnd: '2025-12-31' as Day };
    given([], aTransfer(), { upstream })
      .when(extend('2025-03-31', '2026-01-01'))
      .thenRefused('invalid-record', '/until');
    expect(take(stateAfter([]), extend('2025-03-31', '2025-12-31'), { upstream }).flags).toEqual([]);
    const approved = event('retention-extended', {
      originApproval: { approver: 'Registrar', reference: 'letter 12' },
    });
    given([], aTransfer(), { upstream })
      .when(approved)
      .thenChanges({ retentionEnd: '2026-03-31', retentionChanged: toldOf(approved, 1) }, [
        { code: 'retention-beyond-origin', pointer: '/until' },
      ]);
  });
});

describe('a review of the retention', () => {
  const season = aTransfer({
    retention: { period: 'P1Y', trigger: 'end of the season', reviewBy: '2026-03-31' },
  });
  const review = (triggeredOn: string, more = {}) =>
    event('retention-reviewed', { occurredOn: '2024-10-01', triggeredOn, ...more });

  it('says from when it counts, and so when it ends', () => {
    const reviewed = review('2024-09-30');
    given([], season)
      .when(reviewed)
      .thenChanges({
        retentionEnd: '2025-09-30',
        retentionChanged: toldOf(reviewed, 1),
        reviewed: { ...toldOf(reviewed, 1), triggeredOn: '2024-09-30' },
      });
    expect(stateAfter([{ ...reviewed, party: 'provider' }], season).retentionEnd).toBe('2025-09-30');
  });

  it('is not of what is still to come', () => {
    given([], season).when(review('2024-10-02')).thenRefused('invalid-record', '/triggeredOn');
  });

  it('has no place where the day is known', () => {
    given([]).when(review('2024-09-30')).thenRefused('conflict');
    given([], aRetrospectiveTransfer()).when(review('2024-09-30')).thenRefused('conflict');
  });

  it('that leads beyond the end of the origin needs the word of that side', () => {
    const upstream = { ...NOTHING_UPSTREAM, retentionEnd: '2025-09-29' as Day };
    given([], season, { upstream }).when(review('2024-09-30')).thenRefused('invalid-record', '/triggeredOn');
    const approved = review('2024-09-30', { originApproval: { approver: 'Registrar' } });
    expect(take(stateAfter([], season), approved, { upstream }).flags).toEqual([
      { code: 'retention-beyond-origin', pointer: '/triggeredOn' },
    ]);
  });
});

describe('legal holds', () => {
  const set = (reference: string) => event('legal-hold-set', { reference });
  const lift = (reference: string) => event('legal-hold-lifted', { reference });

  it('stand side by side and are lifted one by one', () => {
    given([set('a')])
      .when(set('b'))
      .thenChanges({
        holds: [
          { ...toldOf(set('a'), 1), reference: 'a', by: PROVIDER, downstream: false },
          { ...toldOf(set('b'), 2), reference: 'b', by: PROVIDER, downstream: false },
        ],
      });
    given([set('a'), set('b')])
      .when(lift('a'))
      .thenChanges({ holds: [{ ...toldOf(set('b'), 2), reference: 'b', by: PROVIDER, downstream: false }] });
    given([set('a')])
      .when(lift('b'))
      .thenRefused('conflict');
  });

  it('block the disposal until the last is lifted', () => {
    given([set('a'), set('b'), lift('a')])
      .when(event('destruction-certified'))
      .thenRefused('conflict');
    expect(stateAfter([set('a'), lift('a'), event('destruction-certified')]).certified).toBeDefined();
  });

  it('can be set again under the same reference once lifted', () => {
    expect(stateAfter([set('a'), lift('a'), set('a')]).holds).toHaveLength(1);
  });

  it('are not lifted before they were set', () => {
    given([set('a')])
      .when(event('legal-hold-lifted', { reference: 'a', occurredOn: '2024-04-30' }))
      .thenRefused('invalid-record', '/occurredOn');
  });

  it('are lifted by whoever set them', () => {
    const own: Step = { ...set('a'), party: 'recipient' };
    given([own]).when(lift('a')).thenRefused('conflict');
    given([set('a')])
      .when({ ...lift('a'), party: 'recipient' })
      .thenRefused('conflict');
    given([own])
      .when({ ...lift('a'), party: 'recipient' })
      .thenChanges({ holds: [] });
  });

  it('on what the data came from block the disposal too', () => {
    const upstream = { ...NOTHING_UPSTREAM, holds: [toldOf(set('a'), 1) as Told] };
    given([], aTransfer(), { upstream }).when(event('destruction-certified')).thenRefused('conflict');
  });
});

describe('a recall', () => {
  it('is due at its own day', () => {
    const recall = event('recall-issued');
    given([])
      .when(recall)
      .thenChanges({ recalled: { ...toldOf(recall, 1), dueBy: '2024-08-01' } });
  });

  it('may be due on the day it is issued, not before', () => {
    const due = (dueBy: string) => event('recall-issued', { occurredOn: '2024-07-01', dueBy });
    expect(stateAfter([due('2024-07-01')]).recalled?.dueBy).toBe('2024-07-01');
    given([]).when(due('2024-06-30')).thenRefused('invalid-record', '/dueBy');
  });

  it('is answered once, after it came', () => {
    const recall = event('recall-issued');
    const answer = event('recall-answered');
    given([recall])
      .when(answer)
      .thenChanges({
        recalled: {
          ...toldOf(recall, 1),
          dueBy: '2024-08-01',
          answered: { ...toldOf(answer, 2), answer: 'complying' },
        },
      });
    given([recall])
      .when(event('recall-answered', { occurredOn: '2024-06-30' }))
      .thenRefused('invalid-record', '/occurredOn');
    expect(stateAfter([recall, answer, recall]).recalled?.answered).toBeUndefined();
  });
});
