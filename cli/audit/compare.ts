import { isDeepStrictEqual } from 'node:util';
import type { Day } from '../../core/model/scalars.ts';
import { asJson, differingPaths } from './differing.ts';
import type { Histories } from './histories.ts';
import type { Told } from './live.ts';
import type { Thing, View } from './views.ts';

/**
 * One difference between what the API answers and what the log says. It names the place, and repeats no value:
 * - `missing`: the log has it, and the answers do not
 * - `unknown`: the answers have it, and the log does not
 * - `differs`: both have it, and it differs at `paths`
 * - `twice`: the answers have it more than once
 * - `behind`, `ahead`: of a view as a whole: it reflects less of the log than there is to see, or more than there is
 * - of entries, what `EntryFault` has
 */
export interface Difference {
  readonly view: string;
  readonly id: string;
  readonly what: string;
  /** The entry that it began with, and its place in the log. */
  readonly entryId?: string;
  readonly index?: number;
  readonly paths?: readonly string[];
}

export interface Compared {
  readonly view: string;
  /** Things of this kind that the log has, and that were answered. */
  readonly inLog: number;
  readonly answered: number;
  readonly differences: readonly Difference[];
}

/**
 * Compares what was told of a view with what the log says. A view shows at least what it says that it reflects, and
 * may show what came after: it is right if it shows a thing as it was at that size or at any time since.
 * @param reaches has the log read up to a size that was told, and answers whether there is so much of it
 */
export async function compareView(
  view: View,
  told: AsyncIterable<Told>,
  histories: Histories,
  reaches: (size: number) => Promise<boolean>,
): Promise<Compared> {
  const differences: Difference[] = [];
  const seen = new Set<string>();
  let from = Number.POSITIVE_INFINITY;
  let days: readonly Day[] = [];
  let ahead = false;
  for await (const { things, size, days: on } of told) {
    ahead ||= !(await reaches(size));
    from = Math.min(from, size);
    days = on;
    for (const thing of things) {
      const id = view.idOf(thing);
      const difference = seen.has(id)
        ? { view: view.name, id, what: 'twice' }
        : compareThing(view, thing, histories, size, on);
      if (difference) differences.push(difference);
      seen.add(id);
    }
  }
  if (ahead) differences.push({ view: view.name, id: 'reflects', what: 'ahead', paths: ['/reflects/size'] });
  let inLog = 0;
  for (const { id, subject } of lasting(view, histories, from, days)) {
    inLog += 1;
    if (!seen.has(id))
      differences.push({ view: view.name, id, what: 'missing', ...opening(view, histories, subject) });
  }
  return { view: view.name, inLog, answered: seen.size, differences };
}

/** How many things of a view follow from the log, as far as it is read. */
export function countOf(view: View, histories: Histories, day: Day): number {
  let count = 0;
  for (const subject of view.subjects(histories))
    count += view.since(histories, subject, Number.POSITIVE_INFINITY, day).at(-1)?.size ?? 0;
  return count;
}

function compareThing(
  view: View,
  shown: Thing,
  histories: Histories,
  from: number,
  days: readonly Day[],
): Difference | undefined {
  const id = view.idOf(shown);
  const subject = view.subjectOf(shown);
  const expected = days
    .flatMap((day) => view.since(histories, subject, from, day))
    .flatMap((things) => (things.has(id) ? [asJson(things.get(id))] : []));
  if (expected.some((thing) => isDeepStrictEqual(thing, shown))) return undefined;
  const about = { view: view.name, id, ...opening(view, histories, subject) };
  if (expected.length === 0) return { ...about, what: 'unknown' };
  return { ...about, what: 'differs', paths: differingPaths(expected.at(-1), shown) };
}

/** The things that the log had at a size and has had ever since: those must be shown. */
function* lasting(
  view: View,
  histories: Histories,
  from: number,
  days: readonly Day[],
): Generator<{ id: string; subject: string }> {
  for (const subject of view.subjects(histories)) {
    const [before, ...after] = days.flatMap((day) => view.since(histories, subject, from, day));
    for (const id of before?.keys() ?? []) if (after.every((things) => things.has(id))) yield { id, subject };
  }
}

function opening(view: View, histories: Histories, subject: string): Pick<Difference, 'entryId' | 'index'> {
  const first = view.opening(histories, subject);
  return first ? { entryId: first.entry.entryId, index: first.index } : {};
}
