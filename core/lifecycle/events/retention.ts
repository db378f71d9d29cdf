import * as z from 'zod';
import type { Flag } from '../../model/entry.ts';
import { addDuration, Day, text } from '../../model/scalars.ts';
import { outlasts, told } from '../transfer.ts';
import type { Upstream } from '../upstream.ts';
import {
  conflict,
  event,
  invalid,
  noFlags,
  notBefore,
  occurredOn,
  originApproval,
  reason,
} from './definition.ts';
import { notGone } from './receipt.ts';

/** What moves the day by which the data must be gone, and what forbids that it goes. */
export const RETENTION_EVENTS = {
  'retention-extended': event({
    summary: 'The data may be kept longer',
    shape: { occurredOn, from: Day, until: Day, approver: text(120), originApproval, reason },
    looksUpstream: true,
    spreads: true,
    decide: (state, body, { upstream }) => {
      notGone(state);
      if (state.certified) conflict('the destruction of this holding is already certified');
      if (state.retentionEnd === undefined)
        conflict('the record of this transfer states no retention to extend');
      if (body.from !== state.retentionEnd)
        invalid('/from', `the retention in force ends on ${state.retentionEnd}`);
      if (body.until <= body.from) invalid('/until', 'must be after from');
      const late: Flag[] =
        body.occurredOn > body.from ? [{ code: 'extended-after-end', pointer: '/occurredOn' }] : [];
      return [...late, ...beyondOrigin('/until', body.until, body.originApproval, upstream)];
    },
    evolve: (state, body, entry) => ({ ...state, retentionEnd: body.until, retentionChanged: told(entry) }),
  }),

  'retention-reviewed': event({
    summary: 'What the retention counts from has taken place, so the day of its end is known',
    shape: { occurredOn, triggeredOn: Day, originApproval, note: text(500).optional() },
    looksUpstream: true,
    spreads: true,
    decide: (state, body, { upstream }) => {
      notGone(state);
      const { retention } = state.record;
      if (!retention || 'until' in retention)
        return conflict('the retention of this transfer does not count from an event');
      if (state.reviewed) conflict('the retention of this transfer is already reviewed');
      if (state.certified) conflict('the destruction of this holding is already certified');
      if (body.triggeredOn > body.occurredOn) invalid('/triggeredOn', 'must not be after occurredOn');
      const end = addDuration(body.triggeredOn, retention.period);
      return beyondOrigin('/triggeredOn', end, body.originApproval, upstream);
    },
    evolve: (state, body, entry) => {
      const { retention } = state.record;
      if (!retention || 'until' in retention) return state;
      return {
        ...state,
        retentionEnd: addDuration(body.triggeredOn, retention.period),
        retentionChanged: told(entry),
        reviewed: { ...told(entry), triggeredOn: body.triggeredOn },
      };
    },
  }),

  'legal-hold-set': event({
    summary: 'The data must not be disposed of until the hold is lifted',
    shape: {
      occurredOn,
      reference: text(120),
      downstream: z
        .boolean()
        .optional()
        .describe('Whether the copies that the recipient handed on must not be disposed of either'),
      reason,
    },
    spreads: true,
    decide: (state, body) => {
      notGone(state);
      if (state.holds.some((hold) => hold.reference === body.reference))
        conflict('a hold with this reference is already on');
      return noFlags;
    },
    evolve: (state, body, entry) => {
      const by = entry.principal.agency;
      const hold = { ...told(entry), reference: body.reference, downstream: body.downstream ?? false };
      return { ...state, holds: [...state.holds, { ...hold, ...(by && { by }) }] };
    },
  }),

  'legal-hold-lifted': event({
    summary: 'A legal hold has ended; whoever set it lifts it',
    shape: { occurredOn, reference: text(120), reason },
    spreads: true,
    decide: (state, body, { party }) => {
      const hold = state.holds.find(({ reference }) => reference === body.reference);
      if (!hold) return conflict('no hold with this reference is on');
      if (hold.by && hold.by !== (party && state.record[party].agencyId))
        conflict('only who set a hold lifts it');
      notBefore(hold, body, 'the hold was set');
      return noFlags;
    },
    evolve: (state, body) => ({
      ...state,
      holds: state.holds.filter((hold) => hold.reference !== body.reference),
    }),
  }),

  'recall-issued': event({
    summary:
      'The provider wants the data destroyed or returned before its time, wherever the recipient handed it on to',
    shape: { occurredOn, dueBy: Day, reason },
    spreads: true,
    decide: (state, body) => {
      notGone(state);
      if (body.dueBy < body.occurredOn) invalid('/dueBy', 'must not be before occurredOn');
      return noFlags;
    },
    evolve: (state, body, entry) => ({ ...state, recalled: { ...told(entry), dueBy: body.dueBy } }),
  }),

  'recall-answered': event({
    summary: 'The recipient has the recall, and says what it does about it',
    shape: {
      occurredOn,
      answer: z.enum(['complying', 'contested', 'impossible']),
      passedOn: z
        .boolean()
        .optional()
        .describe('Whether the recipient told those of it to whom it handed the data on'),
      text: text(500).optional(),
    },
    decide: ({ recalled }, body) => {
      if (!recalled) return conflict('this transfer is not recalled');
      if (recalled.answered) conflict('this recall is already answered');
      notBefore(recalled, body, 'the recall');
      return noFlags;
    },
    evolve: (state, body, entry) =>
      state.recalled
        ? { ...state, recalled: { ...state.recalled, answered: { ...told(entry), answer: body.answer } } }
        : state,
  }),
} as const;

/** A copy may be kept longer than what it was made from only where that side allowed it too; it stays visible. */
function beyondOrigin(
  pointer: string,
  end: Day,
  approval: z.infer<typeof originApproval>,
  upstream: Upstream,
): readonly Flag[] {
  if (!outlasts(end, upstream.retentionEnd)) return noFlags;
  if (!approval)
    invalid(pointer, 'outlasts the retention of the origin: this needs originApproval with an approver');
  return [{ code: 'retention-beyond-origin', pointer }];
}
