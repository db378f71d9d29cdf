import type { TransferFacts } from '../index/facts.ts';
import type { Held } from './compare.ts';

/** A transfer that the description of a leak does not exclude. */
export interface Candidate {
  readonly facts: TransferFacts;
  readonly held: Held;
  /** The sum of its record evidence. */
  readonly points: number;
}

/** Most points first; among equals, the order of the ledger. */
export const byRank = (a: Candidate, b: Candidate): number =>
  b.points - a.points || a.facts.index - b.facts.index;
