import { fold } from '../../core/lifecycle/fold.ts';
import {
  type AgencyState,
  type AgreementState,
  evolveAgency,
  evolveAgreement,
} from '../../core/lifecycle/registry.ts';
import type { TransferState } from '../../core/lifecycle/transfer.ts';
import { evolveTransfer } from '../../core/lifecycle/transfer-events.ts';
import { above, type Upstream, upstreamOf } from '../../core/lifecycle/upstream.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { AgencyId, AgreementId, TransferId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { readHistory, readTransferHistories } from './entries.ts';

const KEPT_MS = 5_000;

/**
 * What was read within the last seconds. Absence is never kept: a thing just registered is found at once. Nor is what
 * was read afresh: that is read to change it, and the state before the change must not outlive it here.
 */
class Kept<Id extends string, State> {
  readonly #read: (id: Id) => Promise<State | undefined>;
  readonly #kept = new Map<Id, { state: State; until: number }>();

  constructor(read: (id: Id) => Promise<State | undefined>) {
    this.#read = read;
  }

  async get(id: Id, fresh: boolean): Promise<State | undefined> {
    const kept = this.#kept.get(id);
    if (!fresh && kept && kept.until > Date.now()) return kept.state;
    const state = await this.#read(id);
    if (this.#kept.size > 5_000) this.#kept.clear();
    if (fresh) this.#kept.delete(id);
    else if (state !== undefined) this.#kept.set(id, { state, until: Date.now() + KEPT_MS });
    return state;
  }
}

const agencies = new Kept<AgencyId, AgencyState>(async (id) =>
  fold(await readHistory('agency', id), evolveAgency),
);
const agreements = new Kept<AgreementId, AgreementState>(async (id) =>
  fold(await readHistory('agreement', id), evolveAgreement),
);

/** The agencies that are registered among `ids`. What is not `fresh` may be some seconds old. */
export async function readAgencies(
  ids: readonly AgencyId[],
  fresh: boolean,
): Promise<ReadonlyMap<AgencyId, AgencyState>> {
  const states = await Promise.all(ids.map((id) => agencies.get(id, fresh)));
  return new Map(states.flatMap((state) => (state ? [[state.agencyId, state] as const] : [])));
}

export const readAgreement = (id: AgreementId, fresh: boolean): Promise<AgreementState | undefined> =>
  agreements.get(id, fresh);

/** The state of a transfer as of its last entry, strongly consistent. */
export async function readTransfer(id: TransferId): Promise<TransferState | undefined> {
  return fold(await readHistory('transfer', id, entryIdWithin(id)), evolveTransfer);
}

/** More transfers upstream than any real chain of hand-overs has: no event can make the ledger read without end. */
const MOST_UPSTREAM = 2_000;

/**
 * What reaches a transfer from those that its data came from, as of their last entries, strongly consistent.
 * @throws Problem `conflict` where there are too many of them to be read
 */
export async function readUpstream(state: TransferState): Promise<Upstream> {
  const states = new Map<TransferId, TransferState>();
  let level = state.record.originTransferIds ?? [];
  while (level.length > 0) {
    if (states.size + level.length > MOST_UPSTREAM)
      throw new Problem('conflict', 'this transfer has too many others upstream to be judged by');
    const histories = await readTransferHistories(level);
    const read = [...histories.values()].flatMap((history) => fold(history, evolveTransfer) ?? []);
    for (const each of read) states.set(each.transferId, each);
    level = [...new Set(read.flatMap(above))].filter((id) => !states.has(id) && id !== state.transferId);
  }
  return upstreamOf(state, (id) => states.get(id));
}
