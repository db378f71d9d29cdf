import type { AgencyId, TransferId } from '../model/scalars.ts';
import { isOpen, MARKS, type Standing, standingOf, type TransferState } from './transfer.ts';
import { NOTHING_UPSTREAM } from './upstream.ts';

/** A transfer that came of others, as far as it matters to whether their destruction is complete. */
export interface Node {
  readonly id: TransferId;
  readonly origins: readonly TransferId[];
  readonly supersededBy: TransferId | undefined;
  readonly open: boolean;
  readonly parties: readonly AgencyId[];
}

/** A transfer as a node; none where nothing was handed over. */
export const nodeOf = (state: TransferState): Node | undefined =>
  state.withdrawn
    ? undefined
    : {
        id: state.transferId,
        origins: state.record.originTransferIds ?? [],
        supersededBy: state.supersededBy,
        // What reaches it from upstream makes nothing open or shut.
        open: isOpen(standingOf(state, NOTHING_UPSTREAM)),
        parties: [state.record.provider.agencyId, state.record.recipient.agencyId],
      };

/** Transfers downstream of one that are still open, as far as the reader may see them. */
export interface Beneath {
  readonly open: readonly TransferId[];
  /** Whether there are more than these. */
  readonly more: boolean;
}

/** Of the open transfers downstream of one, no more are told by id. */
export const MOST_OPEN = 100;
/** Of more transfers downstream than these, it is not looked at whether all of them are destroyed. */
const MOST_BENEATH = 5_000;

/**
 * Finds what of that which came of a transfer is still open: whoever reads the ledger is told level by level what to
 * read, and no more of it than the answer takes. What was handed on from a record that was superseded came of the one
 * that took its place.
 */
export class Descent {
  /** Whose children are to be looked at next; none once the answer is there. */
  level: readonly TransferId[];
  readonly #most: number;
  readonly #agency: AgencyId | undefined;
  readonly #seen: Set<TransferId>;
  readonly #open: TransferId[] = [];
  #hidden = false;

  /**
   * @param most how many are told by id
   * @param agency whose transfers alone are told by id; that there are others is told, too
   */
  constructor(id: TransferId, { most, agency }: { most: number; agency?: AgencyId | undefined }) {
    this.level = [id];
    this.#most = most;
    this.#agency = agency;
    this.#seen = new Set([id]);
  }

  /** @param children what is known of those directly beneath each of the level; they may include others */
  take(children: ReadonlyMap<TransferId, readonly Node[]>): void {
    const following: TransferId[] = [];
    for (const [parent, nodes] of children)
      for (const node of nodes) {
        if (this.#seen.has(node.id) || !isBeneath(node, parent)) continue;
        this.#seen.add(node.id);
        following.push(node.id);
        if (node.open) this.#tell(node);
      }
    this.level = this.#enough ? [] : following;
  }

  get answer(): Beneath {
    return { open: this.#open.toSorted().slice(0, this.#most), more: this.#hidden || this.#enough };
  }

  #tell({ id, parties }: Node): void {
    if (this.#agency === undefined || parties.includes(this.#agency)) this.#open.push(id);
    else this.#hidden = true;
  }

  get #enough(): boolean {
    const told = this.#open.length > this.#most || (this.#hidden && this.#most === 0);
    return told || this.#seen.size > MOST_BENEATH;
  }
}

/** A superseded record leads on only from what took its place. */
const isBeneath = ({ origins, supersededBy }: Node, parent: TransferId): boolean =>
  supersededBy === undefined ? origins.includes(parent) : supersededBy === parent;

/** A destruction is incomplete while anything downstream is open. */
export function withBeneath<S extends Standing>(standing: S, beneath: Beneath | undefined): S {
  const open = beneath !== undefined && (beneath.more || beneath.open.length > 0);
  if (!open || standing.marks.includes('incomplete')) return standing;
  return {
    ...standing,
    marks: MARKS.filter((mark) => mark === 'incomplete' || standing.marks.includes(mark)),
  };
}
