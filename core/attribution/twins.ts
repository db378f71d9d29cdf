import { type Component, isSized, recorded } from './component.ts';
import { unrecordedOn } from './copies.ts';
import type { Known } from './known.ts';
import { dayAt } from './timeline.ts';

/** A recorded transfer is tried in place of a copy when their days are so near. */
const NEAR_DAYS = 45;
/** Days before and after a recorded transfer on which a copy is tried in its place. */
const SHIFTS = [0, -2, 2, -10, 10, -40, 40];

/**
 * What could stand in for one source of an explanation and look alike: for a recorded transfer, copies of its extent
 * that nobody recorded, made at about its day or along with another of the sources; for a copy, recorded transfers of
 * about its day.
 */
export function twinsOf(
  known: Known,
  own: readonly Component[],
  others: readonly Component[],
): Component[][] {
  const [first] = own;
  if (!first) return [];
  const twins =
    first.kind === 'recorded' ? copiesLike(known, first, own, others) : transfersLike(known, first, own);
  return twins.filter((twin) => twin.length === own.length && twin.every((each) => isSized(known, each)));
}

function copiesLike(
  known: Known,
  { left, day }: Component,
  own: readonly Component[],
  others: readonly Component[],
): Component[][] {
  const days = new Set(SHIFTS.map((shift) => day + shift));
  for (const other of others) if (other.kind === 'unrecorded') days.add(other.day);
  const extent = known.timeline.holdsAll(left) ? [] : [left];
  return [...days].map((each) =>
    own.flatMap(({ within, stratum, tilted }) => {
      const both = [...new Set([...extent, ...within])].sort((a, b) => a - b);
      return unrecordedOn(known, each, { within: both, stratum, tilted }) ?? [];
    }),
  );
}

function transfersLike(known: Known, { day }: Component, own: readonly Component[]): Component[][] {
  const { sets } = known.ledger;
  return known
    .transfers()
    .filter((set) => Math.abs(dayAt(sets, set) - day) <= NEAR_DAYS)
    .map((set) =>
      own.map(({ within, stratum, tilted }) =>
        recorded(set, dayAt(sets, set), {
          within: within.filter((extent) => extent !== set),
          stratum,
          tilted,
        }),
      ),
    );
}
