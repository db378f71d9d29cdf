import type { TraceEvidence } from './answer.ts';
import { type EvidenceCode, meaningOf } from './codes.ts';

/** A finding in words, and what it rests on. */
export interface Said {
  readonly detail: string;
  readonly restsOn: TraceEvidence['restsOn'];
}

/** A finding as an answer states it; `times` is how often its points count. */
export function evidence(code: EvidenceCode, said: Said, times = 1): TraceEvidence {
  const { bearing, points } = meaningOf(code);
  return { code, bearing, points: points * times, ...said };
}

export const pointsOf = (findings: readonly TraceEvidence[]): number =>
  findings.reduce((sum, { points }) => sum + points, 0);

/** "a", "a and b", "a, b and c". */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const MOST_NAMES = 8;
/** How many pointers of a kind a finding rests on at most: it is to be followed up, not to be a list. */
export const MOST_ENTRIES = 5;

/** The first few of many names, and how many more there are. */
export const firstOf = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? listed(names)
    : `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;

export const days = ({ from, to }: { from: string; to: string }): string =>
  from === to ? from : `${from} to ${to}`;

export const plural = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;
