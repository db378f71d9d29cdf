import { type Component, sourceOf } from './component.ts';
import { type Cells, type Fit, type FitOptions, maximize, type Stream, type Tilt } from './likelihood.ts';
import type { Profile, Rows } from './rows.ts';
import { COHORTS } from './sizes.ts';

/** An explanation fitted to the rows: what they would be drawn from, with the shares that explain them best. */
export interface Explained {
  readonly components: readonly Component[];
  readonly fit: Fit;
  /** By component its share of what comes from sources; the sum is 1. */
  readonly shares: Float64Array;
  /** The cell of each pattern. */
  readonly cellOf: Uint16Array;
  readonly cells: Cells;
  /** The component of each stream. */
  readonly owners: readonly number[];
}

export function explain(rows: Rows, components: readonly Component[], options: FitOptions = {}): Explained {
  const profiles = components.map((component) => rows.profile(component));
  const { cells, cellOf, owners } = cellsOf(rows, profiles);
  const fitted = maximize(cells, options);
  const shares = new Float64Array(components.length);
  for (const [stream, owner] of owners.entries())
    shares[owner] = (shares[owner] as number) + (fitted.shares[stream] as number);
  return { components, fit: fitted, shares, cellOf, cells, owners };
}

/** Patterns that differ in nothing that the profiles know become one cell. A tilted profile has a stream a cohort. */
function cellsOf(rows: Rows, profiles: readonly Profile[]) {
  const tilted = profiles.some(({ tilt }) => tilt !== undefined);
  const layers = [rows.base.codes, ...(tilted ? [rows.cohort] : []), ...profiles.map(({ codes }) => codes)];
  const { cellOf, firsts } = merge(layers, rows.patterns.size);
  const counts = new Float64Array(firsts.length);
  for (let i = 0; i < cellOf.length; i++) {
    const cell = cellOf[i] as number;
    counts[cell] = (counts[cell] as number) + (rows.patterns.counts[i] as number);
  }
  const base = firsts.map(
    (i) => rows.base.values[rows.base.codes[i] as number] as (typeof rows.base.values)[number],
  );
  const streams: Stream[] = [];
  const owners: number[] = [];
  const parts: (Tilt['parts'][number] & { source: string })[] = [];
  for (const [owner, profile] of profiles.entries()) {
    const { codes, whole, first, second, tilt } = profile;
    const of = (values: readonly number[]) =>
      Float64Array.from(firsts, (i) => values[codes[i] as number] as number);
    const plain = { whole: of(whole), first: of(first), second: of(second) };
    if (!tilt) {
      streams.push(plain);
      owners.push(owner);
      continue;
    }
    parts.push({
      at: streams.length,
      cohorts: tilt.map((factor) => 1 / factor),
      source: sourceOf(profile.component),
    });
    for (let cohort = 0; cohort < COHORTS; cohort++) {
      const factor = tilt[cohort] as number;
      streams.push({
        ...plain,
        whole: plain.whole.map((each, cell) =>
          rows.cohort[firsts[cell] as number] === cohort ? each * factor : 0,
        ),
      });
      owners.push(owner);
    }
  }
  const cells: Cells = {
    size: firsts.length,
    counts,
    shape: Uint8Array.from(base, ({ shape }) => shape),
    elsewhere: Float64Array.from(base, ({ elsewhere }) => elsewhere),
    outsideFirst: Float64Array.from(base, ({ first }) => first),
    outsideSecond: Float64Array.from(base, ({ second }) => second),
    known: Uint8Array.from(base, ({ known }) => known),
    stray: Float64Array.from(base, ({ stray }) => stray),
    streams,
    tilts: [...Map.groupBy(parts, ({ source }) => source).values()].map((of) => ({ parts: of })),
  };
  return { cells, cellOf, owners };
}

function merge(
  layers: readonly ArrayLike<number>[],
  size: number,
): { cellOf: Uint16Array; firsts: number[] } {
  const cellOf = new Uint16Array(size);
  let count = 1;
  let firsts: number[] = [0];
  for (const layer of layers) {
    const cells = new Map<number, number>();
    firsts = [];
    for (let i = 0; i < size; i++) {
      const key = (layer[i] as number) * count + (cellOf[i] as number);
      let cell = cells.get(key);
      if (cell === undefined) {
        cell = firsts.length;
        cells.set(key, cell);
        firsts.push(i);
      }
      cellOf[i] = cell;
    }
    count = firsts.length;
  }
  return { cellOf, firsts };
}
