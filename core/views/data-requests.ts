import type { Obligation } from '../api/answers.ts';
import type { RecordedRequest } from '../api/data-requests.ts';
import { evolveDataRequest, owedUpon } from '../lifecycle/data-request.ts';
import { fold } from '../lifecycle/fold.ts';
import { why } from '../lifecycle/obligations.ts';
import type { Entry } from '../model/entry.ts';
import { type Day, daysBetween } from '../model/scalars.ts';

/** A request as it is now; `undefined` for an empty history. */
export function dataRequestOf(history: readonly { readonly entry: Entry }[]): RecordedRequest | undefined {
  const state = fold(history, evolveDataRequest);
  if (!state) return undefined;
  const { nextVersion: _next, flags, granted, ...request } = state;
  return {
    ...request,
    flags: [...flags],
    ...(granted && { granted: { ...granted, fields: [...granted.fields], areas: [...granted.areas] } }),
  };
}

/** What is owed upon a request, as it stands on a day. */
export const obligationsUpon = (request: RecordedRequest, day: Day): Obligation[] =>
  owedUpon(request).map(({ obliged, dueOn, since, because, cause }) => ({
    requestId: request.requestId,
    kind: 'answer-request',
    obliged,
    dueOn,
    daysOverdue: Math.max(0, daysBetween(dueOn, day)),
    since,
    why: why(because),
    cause,
    request,
  }));
