import { describe, expect, it } from 'vitest';
import type { Told, TransferState } from '../../../../core/lifecycle/transfer.ts';
import { NOTHING_UPSTREAM } from '../../../../core/lifecycle/upstream.ts';
import { aTransfer, aTransferId, THIRD_PARTY } from '../../../support/transfers.ts';
import {
  type Around,
  event,
  given,
  opened,
  refusalOf,
  type Step,
  stateAfter,
  take,
  toldOf,
} from '../specs.ts';

describe('a record that is superseded', () => {
  it('names the one that takes its place', () => {
    given([])
      .when(event('record-superseded'))
      .thenChanges({ supersededBy: aTransferId('other') });
  });

  it('is not superseded by itself', () => {
    given([])
      .when(event('record-superseded', { by: opened().transferId }))
      .thenRefused('invalid-record', '/by');
  });

  const other = (steps: readonly Step[] = []) => ({
    ...stateAfter(steps),
    transferId: aTransferId('other'),
  });
  const superseded = event('record-superseded');

  it('gives way only to a record that is there, of the same provider, and that stands', () => {
    const by = (replacement: TransferState | undefined) =>
      given([], aTransfer(), { replacement } as Around)
        .when(superseded)
        .thenRefused('invalid-record', '/by');
    by(undefined);
    by(other([superseded]));
    by(other([event('transfer-disputed', { reason: 'not-received' }), event('record-withdrawn')]));
    const { record } = other();
    by({ ...other(), record: { ...record, provider: { agencyId: THIRD_PARTY } } });
  });

  it.each([
    ['a hold', [event('legal-hold-set')], [event('legal-hold-set', { reference: 'other' })]],
    ['a recall', [event('recall-issued')], [event('recall-issued', { dueBy: '2024-08-02' })]],
    [
      'a correction that is not confirmed',
      [event('correction-issued')],
      [event('correction-issued', { correctionId: 'c-2' })],
    ],
  ])('takes no duty with it: %s must be on the other by then', (_, steps, tooLittle) => {
    given(steps, aTransfer(), { replacement: other() }).when(superseded).thenRefused('conflict');
    given(steps, aTransfer(), { replacement: other(tooLittle) })
      .when(superseded)
      .thenRefused('conflict');
    given(steps, aTransfer(), { replacement: other(steps) })
      .when(superseded)
      .thenChanges({ supersededBy: aTransferId('other') });
  });
});

describe('a record of what never took place', () => {
  const dispute = event('transfer-disputed', { reason: 'not-received' });
  const withdraw = event('record-withdrawn');

  it('is withdrawn by the provider, where the recipient says that nothing came', () => {
    given([dispute])
      .when(withdraw)
      .thenChanges({ withdrawn: toldOf(withdraw, 2) });
    given([event('transfer-disputed')])
      .when(withdraw)
      .thenRefused('conflict');
    given([event('transfer-acknowledged')])
      .when(withdraw)
      .thenRefused('conflict');
  });

  it('is not withdrawn before it was disputed', () => {
    given([dispute])
      .when(event('record-withdrawn', { occurredOn: '2024-03-12' }))
      .thenRefused('invalid-record', '/occurredOn');
  });
});

describe('corrections', () => {
  const issue = (correctionId: string) => event('correction-issued', { correctionId });
  const confirm = (correctionId: string) => event('correction-confirmed', { correctionId });

  it('are confirmed one by one', () => {
    given([issue('c-1'), issue('c-2')])
      .when(confirm('c-2'))
      .thenChanges({
        corrections: [
          { correctionId: 'c-1', fields: ['address'], issued: toldOf(issue('c-1'), 1) },
          {
            correctionId: 'c-2',
            fields: ['address'],
            issued: toldOf(issue('c-2'), 2),
            confirmed: toldOf(confirm('c-2'), 3),
          },
        ],
      });
  });

  it('that nobody issued cannot be confirmed', () => {
    given([issue('c-1')])
      .when(confirm('c-2'))
      .thenRefused('conflict');
  });

  it('are not confirmed before they were issued', () => {
    given([issue('c-1')])
      .when(event('correction-confirmed', { occurredOn: '2024-03-31' }))
      .thenRefused('invalid-record', '/occurredOn');
  });

  it('that were issued further up are confirmed by the entry that issued them', () => {
    const issued = toldOf(issue('c-1'), 7) as Told;
    const upstream = {
      ...NOTHING_UPSTREAM,
      corrections: [{ correctionId: 'c-1', fields: ['address' as const], issued }],
    };
    const fromAbove = (more = {}) => event('correction-confirmed', { issuedBy: issued.entryId, ...more });
    given([], aTransfer(), { upstream })
      .when(fromAbove())
      .thenChanges({ confirmed: [{ ...toldOf(fromAbove(), 1), issuedBy: issued.entryId }] });
    given([], aTransfer(), { upstream }).when(confirm('c-1')).thenRefused('conflict');
    given([], aTransfer(), { upstream })
      .when(fromAbove({ correctionId: 'c-2' }))
      .thenRefused('conflict');
    given([]).when(fromAbove()).thenRefused('conflict');
    given([], aTransfer(), { upstream })
      .when(fromAbove({ occurredOn: '2024-03-31' }))
      .thenRefused('invalid-record', '/occurredOn');
    const once = take(stateAfter([]), fromAbove(), { upstream }).state;
    expect(refusalOf(() => take(once, fromAbove(), { upstream })).slug).toBe('conflict');
  });
});
