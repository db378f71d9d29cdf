import type { TransferId } from '../../core/model/scalars.ts';
import { type Item, inParallel } from './client.ts';
import { viewKeys } from './keys.ts';
import { allViews, getViews, packed, unpacked } from './views.ts';

/** A transfer that came of another: handed on from it, or superseded by it. */
export interface Child {
  readonly id: TransferId;
  /** Its place in the log. */
  readonly index: number;
}

/** Those of transfers that others came of. */
export async function parentsAmong(ids: readonly TransferId[]): Promise<TransferId[]> {
  const found = await getViews(ids.map(viewKeys.parent));
  return found.map((item) => item['pk']?.S?.slice('PARENT#'.length) as TransferId);
}

/** What came of transfers in the first `size` entries of the log, by transfer; few reads where most have none. */
export async function childrenOf(
  ids: readonly TransferId[],
  size = Number.POSITIVE_INFINITY,
): Promise<Map<TransferId, Child[]>> {
  const children = new Map<TransferId, Child[]>();
  await inParallel(await parentsAmong(ids), 16, async (id) => {
    const items = await allViews(viewKeys.children(id));
    const all = items.map(
      (item): Child => ({ ...unpacked<ChildView>(item), id: item['sk']?.S as TransferId }),
    );
    children.set(
      id,
      all.filter(({ index }) => index < size),
    );
  });
  return children;
}

type ChildView = Pick<Child, 'index'>;

/** The item that tells of a child. */
export const childView = (parent: TransferId, { id, index }: Child): Item =>
  packed(viewKeys.child(parent, id), { index } satisfies ChildView);
/** The item that tells that a transfer has children. */
export const parentView = (id: TransferId): Item => packed(viewKeys.parent(id), {});
