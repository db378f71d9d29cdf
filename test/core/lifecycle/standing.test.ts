import { describe, expect, it } from 'vitest';
import { obligationsOf } from '../../../core/lifecycle/obligations.ts';
import {
  DUE_DAYS,
  isInState,
  LIFECYCLE,
  lifecycleOn,
  STATES,
  type Standing,
  standingOf,
} from '../../../core/lifecycle/transfer.ts';
import { addDays, type Day, daysBetween } from '../../../core/model/scalars.ts';
import { aRetrospectiveTransfer, PROVIDER, RECIPIENT } from '../../support/transfers.ts';
import { event, type Step, stateAfter } from './specs.ts';

const END = '2025-03-31' as Day;
const standing = (steps: readonly Step[]) => standingOf(stateAfter(steps));
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
    expect(lifecycleOn(standingOf(open), '2100-01-01' as Day)).toBe('recorded');
  });

  it('bears its marks', () => {
    expect(standing([]).marks).toEqual([]);
    expect(standing([event('transfer-disputed'), hold, recall, event('record-superseded')]).marks).toEqual([
      'disputed',
      'held',
      'recalled',
      'superseded',
    ]);
    expect(standing([event('transfer-disputed'), acknowledge, hold, lift]).marks).toEqual([]);
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
        const states = STATES.filter((state) => isInState(each, state, day));
        expect(states.filter((state) => (LIFECYCLE as readonly string[]).includes(state))).toEqual([
          lifecycleOn(each, day),
        ]);
        expect(states.filter((state) => !(LIFECYCLE as readonly string[]).includes(state))).toEqual(
          each.marks,
        );
      }
  });
});

describe('what is owed', () => {
  const owed = (steps: readonly Step[]) =>
    obligationsOf(stateAfter(steps)).map(({ kind, obliged, since, dueOn }) => [kind, obliged, since, dueOn]);
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
    expect(owed([dispute, acknowledge])).toEqual([destroy]);
  });

  it('under a hold no destruction', () => {
    expect(owed([acknowledge, hold])).toEqual([]);
    expect(owed([acknowledge, hold, lift])).toEqual([destroy]);
  });

  it('under a recall the destruction sooner', () => {
    expect(owed([acknowledge, recall])).toEqual([['destroy', RECIPIENT, '2024-03-10', '2024-08-01']]);
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
    expect(obligationsOf(open).map(({ kind }) => kind)).toEqual(['acknowledge']);
  });
});
