import type { Fault } from '../../core/problem.ts';

/** Why the ledger, or the import on its account, did not take a row. */
export interface Refusal {
  readonly line: number;
  /** The problem type of the API; none where the import did not even send the row. */
  readonly problem?: string;
  readonly faults: readonly Fault[];
}

export interface RefusedAgency {
  readonly agencyId: string;
  readonly why: string;
}

/** What became of the rows and agencies that were sent. A row is settled once; rows go by their lines. */
export class Tally {
  readonly recorded: number[] = [];
  readonly alreadyThere: number[] = [];
  readonly refused: Refusal[] = [];
  readonly agencies = {
    registered: [] as string[],
    alreadyThere: [] as string[],
    refused: [] as RefusedAgency[],
  };
  /** Why the import ended before its last row. */
  stopped?: string;
  readonly #settled = new Set<number>();

  get settled(): number {
    return this.#settled.size;
  }

  isSettled(line: number): boolean {
    return this.#settled.has(line);
  }

  settle(line: number, as: 'recorded' | 'alreadyThere'): void {
    this.#settled.add(line);
    this[as].push(line);
  }

  refuse(refusal: Refusal): void {
    this.#settled.add(refusal.line);
    this.refused.push(refusal);
  }
}
