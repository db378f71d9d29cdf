import { describe, expect, it } from 'vitest';
import { statusOf } from '../../../../core/index/block.ts';
import { NOTHING_UPSTREAM } from '../../../../core/lifecycle/upstream.ts';
import { aTransfer, aTransferId } from '../../../support/transfers.ts';
import { event, given, opened, stateAfter, toldOf } from '../specs.ts';

const suppress = event('publication-suppressed');
const { basis, authority, until } = suppress.body;
const suppressed = (step = suppress, version = 1) => ({
  ...toldOf(step, version),
  ...{ basis: step.body['basis'], authority: step.body['authority'], until: step.body['until'] },
});

describe('what keeps a transfer out of the public register', () => {
  it('is said with its basis and its end', () => {
    given([]).when(suppress).thenChanges({ suppressed: suppressed() });
  });

  it('is said anew, until another day or on another basis', () => {
    const again = event('publication-suppressed', {
      occurredOn: '2025-04-30',
      basis: 'legal-proceedings',
      until: '2027-04-30',
    });
    given([suppress])
      .when(again)
      .thenChanges({ suppressed: suppressed(again, 2) });
  });

  it('ends within two years of the day on which it is said, and not before that', () => {
    const on = (end: string) => given([]).when(event('publication-suppressed', { until: end }));
    on('2026-05-02').thenChanges({
      suppressed: suppressed(event('publication-suppressed', { until: '2026-05-02' })),
    });
    on('2026-05-03').thenRefused('invalid-record', '/until');
    on('2024-05-02').thenRefused('invalid-record', '/until');
  });

  it('is no more when that is said, and not before it was', () => {
    given([suppress]).when(event('publication-restored')).thenChanges({ suppressed: undefined });
    given([]).when(event('publication-restored')).thenRefused('conflict');
    given([suppress])
      .when(event('publication-restored', { occurredOn: '2024-05-01' }))
      .thenRefused('invalid-record', '/occurredOn');
  });

  it('may stand in the record itself, so that it was never shown', () => {
    const record = aTransfer({ suppression: { basis, authority, until } as never });
    const { recorded, ...state } = opened(record);
    expect(state.suppressed).toEqual({ ...recorded, basis, authority, until });
  });

  it('stands in the index without the authority', () => {
    expect(statusOf(stateAfter([suppress]), NOTHING_UPSTREAM).suppressed).toEqual({ basis, until });
    const restored = stateAfter([suppress, event('publication-restored')]);
    expect(statusOf(restored, NOTHING_UPSTREAM)).not.toHaveProperty('suppressed');
  });

  it('is not got rid of by a new record, while it lasts', () => {
    const other = (steps: (typeof suppress)[]) => ({
      ...stateAfter(steps),
      transferId: aTransferId('other'),
    });
    const shorter = event('publication-suppressed', { until: '2025-01-01' });
    const supersede = (occurredOn: string) => event('record-superseded', { occurredOn });
    const when = (steps: (typeof suppress)[], occurredOn = '2024-06-01') =>
      given([suppress], aTransfer(), { replacement: other(steps) }).when(supersede(occurredOn));
    when([]).thenRefused('conflict');
    when([shorter]).thenRefused('conflict');
    when([suppress]).thenChanges({ supersededBy: aTransferId('other') });
    when([], '2025-05-02').thenChanges({ supersededBy: aTransferId('other') });
  });
});
