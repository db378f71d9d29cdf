import type { OwedUnder } from '../../core/lifecycle/notices.ts';
import type { Obliged } from '../../core/lifecycle/obligations.ts';
import type { Entry } from '../../core/model/entry.ts';
import type { Day, EntryId } from '../../core/model/scalars.ts';
import { type Key, viewKeys } from '../store/keys.ts';
import { packed, writeViews } from '../store/views.ts';

/** What was owed under a transfer or upon a request as the log grew, the last being what is owed. */
export interface Owing {
  readonly id: OwedUnder;
  /** The place in the log of the entry that opened it. */
  readonly index: number;
  readonly overTime: readonly {
    readonly entry: Entry;
    /** The place in the log with which the entry, and all before it in its history, were there. */
    readonly from: number;
    readonly owed: readonly Obliged[];
  }[];
}

/** An obligation as it stands in the views, under its date. */
export interface OwedView {
  /** Where that which it is owed under stands in the log. */
  readonly index: number;
  readonly kind: Obliged['kind'];
  readonly dueOn: Day;
  readonly cause: EntryId;
}

/**
 * Writes what is owed now, and takes away what was owed at any time before, whether or not the views show that: an
 * earlier run may have been killed after it wrote obligations that in the meantime are none.
 */
export async function writeObligations(owing: readonly Owing[]): Promise<void> {
  const puts = new Map<string, ReturnType<typeof packed>>();
  const deletes = new Map<string, Key>();
  for (const { id, index, overTime } of owing) {
    const onceOwed = overTime.flatMap(({ owed }) => owed);
    for (const key of onceOwed.flatMap((owed) => obligationKeys(owed, id)))
      deletes.set(`${key.pk} ${key.sk}`, key);
    for (const owed of overTime.at(-1)?.owed ?? [])
      for (const key of obligationKeys(owed, id)) {
        const view: OwedView = { index, kind: owed.kind, dueOn: owed.dueOn, cause: owed.cause };
        puts.set(`${key.pk} ${key.sk}`, packed(key, view));
        deletes.delete(`${key.pk} ${key.sk}`);
      }
  }
  await writeViews([...puts.values()], [...deletes.values()]);
}

/** Each obligation stands twice: among all, and among those of who is obliged. */
const obligationKeys = (owed: Obliged, id: OwedUnder): Key[] => [
  viewKeys.obligation(undefined, owed, id),
  viewKeys.obligation(owed.obliged, owed, id),
];
