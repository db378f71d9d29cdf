import { type DataRequestState, evolveDataRequest } from '../../core/lifecycle/data-request.ts';
import { fold } from '../../core/lifecycle/fold.ts';
import { evolveIncident, type IncidentState } from '../../core/lifecycle/incident.ts';
import {
  type AgencyState,
  type AgreementState,
  evolveAgency,
  evolveAgreement,
} from '../../core/lifecycle/registry.ts';
import type { TransferState } from '../../core/lifecycle/transfer.ts';
import { evolveTransfer } from '../../core/lifecycle/transfer-events.ts';
import { type Upstream, upstreamOf } from '../../core/lifecycle/upstream.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { AgencyId, AgreementId, IncidentId, RequestId, TransferId } from '../../core/model/scalars.ts';
import { SIGNING_POLICY } from '../../core/signing/policy.ts';
import { readHistory, readTransferHistories, type StoredEntry } from './entries.ts';
import { readUpstream } from './line.ts';

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

const incidents = new Kept<IncidentId, IncidentState>(async (id) =>
  fold(await readHistory('incident', id, entryIdWithin(id)), evolveIncident),
);

const policies = new Kept<typeof SIGNING_POLICY, readonly StoredEntry[]>((id) => readHistory('policy', id));

/** What the ledger says of what agencies sign, oldest first. It may be some seconds old. */
export const readSigningPolicies = async (): Promise<readonly StoredEntry[]> =>
  (await policies.get(SIGNING_POLICY, false)) ?? [];

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

/** An incident. What is not `fresh` may be some seconds old. */
export const readIncident = (id: IncidentId, fresh: boolean): Promise<IncidentState | undefined> =>
  incidents.get(id, fresh);

/** A request for data as of its last entry, strongly consistent. */
export async function readDataRequest(id: RequestId): Promise<DataRequestState | undefined> {
  return fold(await readHistory('request', id, entryIdWithin(id)), evolveDataRequest);
}

/** The state of a transfer as of its last entry, strongly consistent. */
export async function readTransfer(id: TransferId): Promise<TransferState | undefined> {
  return fold(await readHistory('transfer', id, entryIdWithin(id)), evolveTransfer);
}

/** What reaches a transfer from those that its data came from, as of their last entries. @throws as {@link readUpstream} */
export async function upstreamNow(state: TransferState): Promise<Upstream> {
  const origins = state.record.originTransferIds ?? [];
  const histories = new Map(await readTransferHistories(origins));
  await readUpstream(histories);
  return upstreamOf(state, (id) => fold(histories.get(id) ?? [], evolveTransfer));
}
