import { type Component, cutsOf, formOf } from './component.ts';
import type { Known } from './known.ts';
import type { Posterior, Weighed } from './posterior.ts';
import type { Rows } from './rows.ts';

/** Explanations are equal when the rows are less than so many times as probable under one as under the other. */
export const EQUAL_RATIO = 3;

/** Two recorded transfers that explain the same part of a leak about as well, the others being the same. */
export interface Equals {
  readonly transfers: readonly [number, number];
  /**
   * - `same-extract`: as far as the samples show they hold the same rows: no sample of the content tells them apart
   * - `same-rows`: the rows of this leak are all held by both or by neither
   * - `cut-down`: one of them, cut down to a part, holds about what the other does
   * - `near`: they differ, and the leak has too few of the rows that tell them apart
   */
  readonly kind: 'same-extract' | 'same-rows' | 'cut-down' | 'near';
  /** How many times as probable the rows are under the first. */
  readonly ratio: number;
  /** Of the rows that either may have given, the share that the other does not hold; absent where no sample tells. */
  readonly differ?: number;
}

/** Pairs that the leak cannot tell apart, among the transfers of the credible set. */
export function equalsOf(rows: Rows, posterior: Posterior): Equals[] {
  const found = new Map<string, Equals>();
  const credible = new Set(posterior.credible);
  for (const [place, one] of posterior.explanations.entries()) {
    if (one.probability < 1e-4 * (posterior.explanations[0]?.probability ?? 1)) break;
    for (const other of posterior.explanations.slice(place + 1)) {
      const pair = exchanged(one, other);
      if (!pair?.every((set) => credible.has(set))) continue;
      const ratio = Math.exp(one.scored.evidence - other.scored.evidence);
      const key = [...pair].sort((a, b) => a - b).join();
      if (found.has(key) || ratio > EQUAL_RATIO || ratio < 1 / EQUAL_RATIO) continue;
      found.set(key, { transfers: pair, ratio, ...comparison(rows, one, other, pair) });
    }
  }
  return [...sameExtracts(rows, posterior), ...found.values()];
}

/** The transfers of one extract: the first with each other. */
function sameExtracts({ known }: Rows, { credible }: Posterior): Equals[] {
  return known
    .transfers()
    .filter((first) => credible.includes(first))
    .flatMap((first) =>
      known
        .alike(first)
        .filter((other) => other !== first)
        .map((other) => ({
          transfers: [first, other] as const,
          kind: 'same-extract' as const,
          ratio: 1,
          differ: 0,
        })),
    );
}

/** The two transfers by which explanations differ that are otherwise the same, but for the days of copies. */
function exchanged(one: Weighed, other: Weighed): [number, number] | undefined {
  const copies = ({ scored }: Weighed) => scored.components.filter(isCopy).map(formOf).sort().join(' ');
  if (one.recorded.length !== other.recorded.length || copies(one) !== copies(other)) return undefined;
  const [a, ...more] = one.recorded.filter((set) => !other.recorded.includes(set));
  const [b] = other.recorded.filter((set) => !one.recorded.includes(set));
  return a === undefined || b === undefined || more.length > 0 ? undefined : [a, b];
}

const isCopy = ({ kind }: Component): boolean => kind === 'unrecorded';

function comparison(
  rows: Rows,
  one: Weighed,
  other: Weighed,
  [a, b]: [number, number],
): Pick<Equals, 'kind' | 'differ'> {
  const { known } = rows;
  const partOf = ({ scored }: Weighed, set: number) =>
    scored.components.find(({ kind, left }) => kind === 'recorded' && left === set) as Component;
  const [partA, partB] = [partOf(one, a), partOf(other, b)];
  const differ = difference(known, partA, partB);
  const cut = [partA, partB].some(({ within, stratum }) => within.length > 0 || stratum !== undefined);
  const same = [...rows.patterns.held.values()].every((held) => {
    const [first, second] = [held[a], held[b]];
    return first?.every((flag, i) => flag === second?.[i]);
  });
  const kind = cut
    ? 'cut-down'
    : !same
      ? 'near'
      : differ === 0 && sameSize(known, a, b)
        ? 'same-extract'
        : 'same-rows';
  return { kind, ...(differ !== undefined && { differ }) };
}

function sameSize({ ledger: { sets } }: Known, a: number, b: number): boolean {
  const [first, second] = [sets[a]?.distinct ?? {}, sets[b]?.distinct ?? {}];
  return Object.entries(first).every(([fields, count]) => second[fields] === count);
}

/** Of the values of both in the sample, weighed by how far they belong to each, the share that is of one alone. */
function difference(known: Known, one: Component, other: Component): number | undefined {
  const [a, b] = [one, other].map((component) => cutsOf(component)[0]?.cut);
  return a && b && known.sizes.difference(a, b);
}
