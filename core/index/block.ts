import { type Obliged, obligationsOf, type TransferObligation } from '../lifecycle/obligations.ts';
import { type Standing, standingOf, type TransferState } from '../lifecycle/transfer.ts';
import type { Upstream } from '../lifecycle/upstream.ts';
import type { FlagCode } from '../model/entry.ts';
import type { Suppression } from '../model/publication.ts';
import type { Day, TransferId } from '../model/scalars.ts';
import type { TransferFacts } from './facts.ts';

/**
 * The index is cut into blocks along the log: block `k` is about the transfers among entries `256k … 256k+255`, as
 * tile `k` of the log is about their hashes. What never changes of them stands apart from what does.
 */
export const BLOCK_WIDTH = 256;
export const blockOf = (index: number): number => Math.floor(index / BLOCK_WIDTH);
export const blockCount = (size: number): number => Math.ceil(size / BLOCK_WIDTH);

/** What of a transfer changes with its events, as far as lists and searches need it. */
export interface Status extends Standing {
  readonly owed: readonly Obliged<TransferObligation>[];
  readonly attested?: { readonly on: Day; readonly held: boolean };
  /** The retention in force, extensions included. */
  readonly retentionEnd?: Day;
  /** What was remarked on the events that stand, by code. */
  readonly flags?: readonly FlagCode[];
  readonly supersededBy?: TransferId;
  /** On what basis the public register does not show it, and until when. */
  readonly suppressed?: Pick<Suppression, 'basis' | 'until'>;
}

export function statusOf(state: TransferState, upstream: Upstream): Status {
  const { suppressed } = state;
  const flags = [...new Set(state.eventFlags.map(({ code }) => code))];
  return {
    ...standingOf(state, upstream),
    owed: obligationsOf(state, upstream),
    ...(state.attested && { attested: { on: state.attested.occurredOn, held: state.attested.held } }),
    ...(state.retentionEnd && { retentionEnd: state.retentionEnd }),
    ...(flags.length > 0 && { flags }),
    ...(state.supersededBy && { supersededBy: state.supersededBy }),
    ...(suppressed && { suppressed: { basis: suppressed.basis, until: suppressed.until } }),
  };
}

/** A transfer as a list shows it. */
export interface Row {
  readonly facts: TransferFacts;
  readonly status: Status;
}

/** One block, by the place of each transfer's entry in the log. */
export type Block = ReadonlyMap<number, Row>;
