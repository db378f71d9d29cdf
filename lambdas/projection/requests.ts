import type { Placed } from '../../core/index/over-time.ts';
import { evolveDataRequest, owedUpon } from '../../core/lifecycle/data-request.ts';
import { fold } from '../../core/lifecycle/fold.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { RequestId } from '../../core/model/scalars.ts';
import { dataRequestOf } from '../../core/views/data-requests.ts';
import { type Item, inParallel } from '../store/client.ts';
import { viewKeys } from '../store/keys.ts';
import { packed, writeViews } from '../store/views.ts';
import { historyUpTo, type Step } from './history.ts';
import { tellChanges } from './notices.ts';
import { type Owing, writeObligations } from './owed.ts';

/**
 * Folds entries about requests for data into the views. Each step of it may be repeated, and all of it is until the
 * views say that they reflect it.
 */
export async function projectRequests(step: Step): Promise<void> {
  const ours = step.placed.filter(({ entry }) => entry.stream === 'request');
  const ids = [...new Set(ours.map(({ entry }) => entry.subject as RequestId))];
  const [owing, views]: [Owing[], Item[]] = [[], []];
  await inParallel(ids, 8, async (id) => {
    const history = await historyUpTo('request', id, entryIdWithin(id), step);
    const [opening] = history;
    const request = dataRequestOf(history);
    if (!opening || !request) return;
    owing.push({ id, index: opening.index, overTime: owedOverTime(history) });
    // Among all, and among those of either side.
    for (const agency of [undefined, request.request.provider, request.request.recipient])
      views.push(packed(viewKeys.request(agency, opening.index), request));
  });
  await writeObligations(owing);
  await tellChanges(owing, step);
  await writeViews(views);
}

function owedOverTime(history: readonly Placed[]): Owing['overTime'] {
  let from = 0;
  return history.map(({ entry, index }, n) => {
    from = Math.max(from, index);
    const state = fold(history.slice(0, n + 1), evolveDataRequest);
    return { entry, from, owed: state ? owedUpon(state) : [] };
  });
}
