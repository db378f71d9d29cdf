import type { Known } from './known.ts';
import type { Cut } from './sizes.ts';

/** Components of fewer rows, or estimated from fewer, are not looked at: chance alone would make them fit. */
const LEAST_ROWS = 30;
const LEAST_SAMPLED = 30;

/**
 * What rows may have been drawn from: a recorded transfer, or a copy that nobody recorded, either whole or cut down.
 * An unrecorded copy of a day lies between the two nearest sets that show its rows: it holds all that both hold, and
 * of what came up or went in between a part.
 */
export interface Component {
  readonly kind: 'recorded' | 'unrecorded';
  /** Of a recorded transfer both are its own place. */
  readonly left: number;
  readonly right: number;
  /** How far the day lies from the left to the right, 0 to 1. */
  readonly along: number;
  /** The day of the copy, in days since 1970-01-01. */
  readonly day: number;
  /** Transfers to whose extents it is cut down, ascending. */
  readonly within: readonly number[];
  /** The stratum to which it is cut down. */
  readonly stratum?: number | undefined;
  /** How many days its day stands for. */
  readonly span: number;
  /** Rows were taken by how long they have been known: each cohort has a share of its own. */
  readonly tilted: boolean;
}

export const recorded = (
  set: number,
  day: number,
  cut: { within?: readonly number[]; stratum?: number | undefined; tilted?: boolean } = {},
): Component => ({
  kind: 'recorded',
  left: set,
  right: set,
  along: 0,
  day,
  span: 1,
  within: cut.within ?? [],
  stratum: cut.stratum,
  tilted: cut.tilted ?? false,
});

/** Whose copy it is: components of one source are parts of the same copy. */
export const sourceOf = ({ kind, left, day }: Component): string =>
  kind === 'recorded' ? `t${left}` : `u${day}`;

export const formOf = ({ within, stratum, tilted }: Component): string =>
  `${within.join()}/${stratum ?? ''}${tilted ? '/tilted' : ''}`;

/** One string for one component. Of an unrecorded copy the day tells where it lies. */
export const keyOf = (component: Component): string => `${sourceOf(component)}:${formOf(component)}`;

/** What explanations have in common that differ only in the days of their unrecorded copies. */
export function structureOf(components: readonly Component[]): string {
  const days = [...new Set(components.flatMap(({ kind, day }) => (kind === 'unrecorded' ? [day] : [])))].sort(
    (a, b) => a - b,
  );
  return components
    .map(
      (each) =>
        `${each.kind === 'recorded' ? `t${each.left}` : `u${days.indexOf(each.day)}`}:${formOf(each)}`,
    )
    .sort()
    .join(' ');
}

/** The cuts of sets that a component lies between, with the weight of each. */
export function cutsOf({ left, right, along, within, stratum }: Component): { cut: Cut; weight: number }[] {
  const at = (node: number, weight: number) => ({ cut: { node, within, stratum }, weight });
  if (left === right || along === 0) return [at(left, 1)];
  return along === 1 ? [at(right, 1)] : [at(left, 1 - along), at(right, along)];
}

/** Whether it is known well enough how many rows a component has. */
export const isSized = ({ sizes }: Known, component: Component): boolean =>
  cutsOf(component).every(({ cut }) => {
    const { rows, sampled, exact } = sizes.sizeOf(cut);
    return rows >= LEAST_ROWS && (exact || sampled >= LEAST_SAMPLED);
  });
