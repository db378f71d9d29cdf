import type { RecordedRequest } from '../../core/api/data-requests.ts';
import type { Row } from '../../core/index/block.ts';
import { owedUpon } from '../../core/lifecycle/data-request.ts';
import type { OwedUnder } from '../../core/lifecycle/notices.ts';
import type { Obliged } from '../../core/lifecycle/obligations.ts';
import type { OwedView } from '../projection/owed.ts';
import { readRowsAt } from '../store/blocks.ts';
import { viewKeys } from '../store/keys.ts';
import { getViews, unpacked } from '../store/views.ts';
import { placeOf } from './data-requests.ts';

/** What the obligations of a list follow from, by its place in the log. */
export interface Sources {
  readonly rows: ReadonlyMap<number, Row>;
  readonly requests: ReadonlyMap<number, RecordedRequest>;
}

/** The list may be ahead of these by a step that was cut off; these are what is so. */
export async function sourcesOf(owed: readonly OwedView[], size: number): Promise<Sources> {
  const upon = (isRequest: boolean) =>
    owed.filter(({ kind }) => (kind === 'answer-request') === isRequest).map(({ index }) => index);
  const keys = [...new Set(upon(true))].map((index) => viewKeys.request(undefined, index));
  const [rows, items] = await Promise.all([readRowsAt(upon(false), size), getViews(keys)]);
  const requests = items.map((item) => [placeOf(item), unpacked<RecordedRequest>(item)] as const);
  return { rows, requests: new Map(requests) };
}

/** The obligation of a list as it is, and what it is owed under; nothing when it is no longer owed, or by another day. */
export function asItIs(
  { rows, requests }: Sources,
  { index, kind, dueOn, cause }: OwedView,
): { readonly id: OwedUnder; readonly owed: Obliged } | undefined {
  const [request, row] = [requests.get(index), rows.get(index)];
  const id = request?.requestId ?? row?.facts.transferId;
  const all: readonly Obliged[] = request ? owedUpon(request) : (row?.status.owed ?? []);
  const owed = all.find((each) => each.kind === kind && each.dueOn === dueOn && each.cause === cause);
  return id && owed && { id, owed };
}
