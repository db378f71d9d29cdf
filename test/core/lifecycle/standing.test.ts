import { describe, expect, it } from 'vitest';
import {
  DUE_DAYS,
  isInState,
  isOpen,
  LIFECYCLE,
  lifecycleOn,
  STATES,
  type Standing,
  standingOf,
} from '../../../core/lifecycle/transfer.ts';
import { NOTHING_UPSTREAM } from '../../../core/lifecycle/upstream.ts';
import { addDays, type Day } from '../../../core/model/scalars.ts';
import { aRetrospectiveTransfer } from '../../support/transfers.ts';
import { event, type Step, stateAfter } from './specs.ts';

const END = '2025-03-31' as Day;
const standing = (steps: readonly Step[]) => standingOf(stateAfter(steps), NOTHING_UPSTREAM);
const on = (steps: readonly Step[], day: string) => lifecycleOn(standing(steps), day as Day);

const acknowledge = event('transfer-acknowledged');
const certify = event('destruction-certified');
const hold = event('legal-hold-set');
const lift = event('legal-hold-lifted');
const recall = event('recall-issued');

describe('how a transfer stands on a day', () => {
  it.each([
    ['2024-03-10', 'recorded'],
    [addDays(END, -DUE_DAYS - 1), 'recorded'],
    [addDays(END, -DUE_DAYS), 'due'],
    [END, 'due'],
    [addDays(END, 1), 'overdue'],
    ['2100-01-01', 'overdue'],
  ])('on %s: %s', (day, state) => {
    expect(on([], day)).toBe(state);
    expect(on([acknowledge], day)).toBe(state === 'recorded' ? 'acknowledged' : state);
  });

  it('a destruction ends what is due, however late', () => {
    expect(on([certify], '2100-01-01')).toBe('certified');
    expect(on([certify, event('destruction-verified')], '2100-01-01')).toBe('verified');
    expect(on([certify, event('destruction-rejected')], '2100-01-01')).toBe('overdue');
  });

  it('an extension moves it', () => {
    const extend = event('retention-extended');
    expect(on([extend], '2025-04-01')).toBe('recorded');
    expect(on([extend], '2026-04-01')).toBe('overdue');
  });

  it('a recall brings it forward, never back', () => {
    expect(on([recall], '2024-08-01')).toBe('due');
    expect(on([recall], '2024-08-02')).toBe('overdue');
    const late = event('recall-issued', { dueBy: '2030-01-01' });
    expect(on([late], '2025-04-01')).toBe('overdue');
  });

  it('a hold suspends it for as long as it is on', () => {
    expect(on([hold], '2100-01-01')).toBe('recorded');
    expect(on([hold, lift], '2100-01-01')).toBe('overdue');
  });

  it('without a known end it is never due', () => {
    const open = stateAfter([], aRetrospectiveTransfer());
    expect(lifecycleOn(standingOf(open, NOTHING_UPSTREAM), '2100-01-01' as Day)).toBe('recorded');
  });

  it('bears its marks', () => {
    expect(standing([]).marks).toEqual([]);
    const correct = event('correction-issued');
    expect(standing([event('transfer-disputed'), hold, recall, correct]).marks).toEqual([
      'disputed',
      'held',
      'recalled',
      'uncorrected',
    ]);
    expect(standing([correct, event('correction-confirmed')]).marks).toEqual([]);
    expect(standing([correct, certify]).marks).toEqual([]);
    expect(standing([event('transfer-disputed'), acknowledge, hold, lift]).marks).toEqual([]);
  });

  it('is incomplete while its certificate leaves something', () => {
    const partly = event('destruction-certified', { derivatives: 'kept' });
    expect(standing([partly])).toEqual({ reached: 'certified', dueOn: END, marks: ['incomplete'] });
    expect(isOpen(standing([partly, event('destruction-verified')]))).toBe(true);
    expect(standing([partly, certify]).marks).toEqual([]);
    expect(isOpen(standing([partly, certify]))).toBe(false);
  });

  it('that is superseded or withdrawn is due no more, nor open, and shows what it was', () => {
    const notReceived = event('transfer-disputed', { reason: 'not-received' });
    expect(standing([event('record-superseded')])).toEqual({ reached: 'recorded', marks: ['superseded'] });
    const withdrawn = standing([notReceived, event('record-withdrawn')]);
    expect(withdrawn).toEqual({ reached: 'recorded', marks: ['disputed', 'withdrawn'] });
    expect(isInState(withdrawn, 'unacknowledged', END)).toBe(false);
    expect(isOpen(withdrawn)).toBe(false);
    expect(isOpen(standing([]))).toBe(true);
  });

  it('is unacknowledged until the recipient acknowledges or destroys it, due or not', () => {
    const is = (steps: readonly Step[]) => isInState(standing(steps), 'unacknowledged', addDays(END, 1));
    expect(is([])).toBe(true);
    expect(is([hold])).toBe(true);
    expect(is([acknowledge])).toBe(false);
    expect(is([certify])).toBe(false);
  });

  it('is in exactly one state of the lifecycle, and in the states of its marks', () => {
    const situations: Standing[] = [
      standing([]),
      standing([acknowledge, event('transfer-disputed')]),
      standing([certify]),
      standing([hold, recall]),
    ];
    for (const each of situations)
      for (const day of ['2024-03-10', '2025-03-15', '2026-01-01'] as Day[]) {
        const states = STATES.filter((state) => state !== 'unacknowledged' && isInState(each, state, day));
        expect(states.filter((state) => (LIFECYCLE as readonly string[]).includes(state))).toEqual([
          lifecycleOn(each, day),
        ]);
        expect(states.filter((state) => !(LIFECYCLE as readonly string[]).includes(state))).toEqual(
          each.marks,
        );
      }
  });
});
