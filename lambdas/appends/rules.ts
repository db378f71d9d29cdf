import type { AppendKindName } from '../../core/api/appends.ts';
import {
  demandAbout,
  may,
  partiesOf,
  partiesOfRequest,
  rolesThatMay,
  type Whose,
} from '../../core/api/permissions.ts';
import { decideDataRequest, decideDataRequestEvent } from '../../core/lifecycle/data-request.ts';
import { decideTransfer } from '../../core/lifecycle/record-transfer.ts';
import { type AgreementState, decideAgreementEvent } from '../../core/lifecycle/registry.ts';
import { decideSigningEvent, isSigningEvent } from '../../core/lifecycle/signing.ts';
import {
  decideTransferEvent,
  type Party,
  TRANSFER_EVENTS,
  type TransferEventKind,
} from '../../core/lifecycle/transfer-events.ts';
import { NOTHING_UPSTREAM } from '../../core/lifecycle/upstream.ts';
import { isOnThisMachine, isWebhookEvent } from '../../core/lifecycle/webhook.ts';
import type { DataRequest, DataRequestEventKind } from '../../core/model/data-request.ts';
import {
  entryIdWithin,
  type Flag,
  frameIdOf,
  incidentIdOf,
  requestIdOf,
  type StreamName,
  transferIdOf,
} from '../../core/model/entry.ts';
import type { FrameRecord } from '../../core/model/frame.ts';
import type { IncidentRecord } from '../../core/model/incident.ts';
import { hasRole, type Principal } from '../../core/model/principal.ts';
import type { AgreementRecord, CoverageDeclaration } from '../../core/model/registry.ts';
import {
  AgencyId,
  AgreementId,
  type Day,
  type EntryId,
  IncidentId,
  RequestId,
  TransferId,
} from '../../core/model/scalars.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import { type Fault, Problem } from '../../core/problem.ts';
import { environment } from '../environment.ts';
import { readHistory } from '../store/entries.ts';
import {
  readAgencies,
  readAgreement,
  readDataRequest,
  readIncident,
  readTransfer,
  upstreamNow,
} from '../store/registry.ts';

/** An append that fits its schema, and who asks for it. */
export interface Candidate {
  readonly kind: AppendKindName;
  readonly entryId: EntryId;
  readonly principal: Principal;
  /** The id in the path or line, for what goes on with a history. */
  readonly subject: string | undefined;
  readonly body: unknown;
  readonly today: Day;
  /** Whether the principal's agency signed it, with a key that is valid. */
  readonly signed: boolean;
}

/** Where an allowed append goes, and what the ledger remarks on it. */
export interface Ruling {
  readonly subject: string;
  readonly version: number;
  readonly flags: readonly Flag[];
}

/**
 * Judges an append by what the ledger holds.
 * @param fresh whether seconds-old knowledge of agencies and agreements is not good enough
 * @throws Problem `forbidden`, `not-found`, `conflict` or `invalid-record`
 */
type Rule = (candidate: Candidate, fresh: boolean) => Promise<Ruling>;

const invalid = (pointer: string, detail: string): never => {
  const fault: Fault = { pointer, detail };
  throw new Problem('invalid-record', undefined, [fault]);
};

const subjectOf = <Id>(
  schema: { safeParse(value: unknown): { data?: Id | undefined } },
  subject: unknown,
): Id => {
  const { data } = schema.safeParse(subject);
  if (data === undefined) throw new Problem('not-found');
  return data;
};

const recordTransfer: Rule = async ({ principal, body, entryId, today }, fresh) => {
  const record = body as TransferRecord;
  const { provider, recipient, assertion, agreement, originTransferIds = [] } = record;
  const roles = rolesThatMay('transfer-recorded', principal, {
    provider: provider.agencyId,
    recipient: recipient.agencyId,
    assertion,
  });
  if (roles.length === 0)
    throw new Problem(
      'forbidden',
      hasRole(principal, 'steward')
        ? 'a steward records on behalf of an agency only after the fact'
        : 'an agency records what it provides, or as recipient-declared what it received; nothing for others',
    );
  if (record.suppression && !may('publication-suppressed', principal, partiesOf(record)))
    throw new Problem(
      'forbidden',
      'only the provider or a steward keeps a hand-over out of the public register',
    );
  const onBehalf = !roles.includes('agency');

  const [agencies, terms, request, origins] = await Promise.all([
    readAgencies([provider.agencyId, recipient.agencyId], fresh),
    agreement ? readAgreement(agreement.id, fresh) : undefined,
    record.requestId ? readDataRequest(record.requestId) : undefined,
    Promise.all(originTransferIds.map(readTransfer)),
  ]);
  const flags = decideTransfer(record, {
    today,
    agencies,
    ...{ agreement: terms, request },
    origins: new Map(origins.flatMap((origin) => (origin ? [[origin.transferId, origin] as const] : []))),
  });
  return {
    subject: transferIdOf(entryId),
    version: 0,
    flags: onBehalf ? [...flags, { code: 'recorded-by-steward' }] : flags,
  };
};

const recordTransferEvent: Rule = async ({ kind, principal, subject, body }) => {
  const transferId = subjectOf(TransferId, subject);
  const state = await readTransfer(transferId);
  if (!state) throw new Problem('not-found');
  const parties = partiesOf(state.record);
  demandAbout(parties, kind, principal);
  const party = partyOf(parties, principal);
  const event = TRANSFER_EVENTS[kind as TransferEventKind];
  const [upstream, replacement] = await Promise.all([
    event.looksUpstream ? upstreamNow(state) : NOTHING_UPSTREAM,
    kind === 'record-superseded' ? readTransfer((body as { by: TransferId }).by) : undefined,
  ]);
  const flags = decideTransferEvent(kind as TransferEventKind, state, body as object, {
    party,
    upstream,
    ...(replacement && { replacement }),
  });
  return { subject: transferId, version: state.nextVersion, flags };
};

function partyOf({ provider, recipient }: Whose, { agency }: Principal): Party | undefined {
  if (agency === undefined) return undefined;
  return agency === provider ? 'provider' : agency === recipient ? 'recipient' : undefined;
}

const recordDataRequest: Rule = async ({ principal, body, entryId, today }, fresh) => {
  const request = body as DataRequest;
  const { provider, recipient, agreement } = request;
  const roles = rolesThatMay('data-requested', principal, partiesOfRequest(request));
  if (roles.length === 0)
    throw new Problem('forbidden', 'an agency records what it asks for, or is asked for; nothing for others');
  const [agencies, terms] = await Promise.all([
    readAgencies([provider, recipient], fresh),
    agreement ? readAgreement(agreement.id, fresh) : undefined,
  ]);
  const flags = decideDataRequest(request, { today, agencies, agreement: terms });
  const onBehalf = !roles.includes('agency');
  return {
    subject: requestIdOf(entryId),
    version: 0,
    flags: onBehalf ? [...flags, { code: 'recorded-by-steward' }] : flags,
  };
};

const recordDataRequestEvent: Rule = async ({ kind, principal, subject, body }) => {
  const requestId = subjectOf(RequestId, subject);
  const state = await readDataRequest(requestId);
  if (!state) throw new Problem('not-found');
  demandAbout(partiesOfRequest(state.request), kind, principal, 'getDataRequest');
  decideDataRequestEvent(state, kind as DataRequestEventKind, body);
  return { subject: requestId, version: state.nextVersion, flags: [] };
};

const registerAgency: Rule = async ({ body }) => {
  const { agencyId } = body as { agencyId: AgencyId };
  if ((await readAgencies([agencyId], true)).has(agencyId))
    throw new Problem('conflict', 'an agency with this id is already registered');
  return { subject: agencyId, version: 0, flags: [] };
};

const recordAgencyEvent: Rule = async ({ kind, subject, principal, body, signed }) => {
  const agencyId = subjectOf(AgencyId, subject);
  const roles = rolesThatMay(kind, principal, { itself: agencyId });
  if (roles.length === 0) throw new Problem('forbidden', 'an agency records this of itself only');
  const state = (await readAgencies([agencyId], true)).get(agencyId);
  if (!state) throw new Problem('not-found');
  if (isSigningEvent(kind))
    decideSigningEvent(agencyId, state.signing, kind, body, {
      steward: roles.includes('steward'),
      signed,
    });
  if (isWebhookEvent(kind)) refuseUnreachable(body as { url?: string });
  return { subject: agencyId, version: state.nextVersion, flags: [] };
};

/** A URL of this machine is of use only where all of the system runs on one. */
function refuseUnreachable({ url }: { url?: string }): void {
  if (url !== undefined && isOnThisMachine(url) && environment('WEBHOOK_NETWORK') !== 'loopback')
    invalid('/url', 'must be reached by the public network');
}

const registerAgreement: Rule = async ({ body }, fresh) => {
  const { agreementId, ...terms } = body as AgreementRecord;
  await partiesRegistered(terms, fresh);
  if (await readAgreement(agreementId, true))
    throw new Problem('conflict', 'an agreement with this id is already registered');
  return { subject: agreementId, version: 0, flags: [] };
};

const recordAgreementEvent: Rule = async ({ kind, subject, body }, fresh) => {
  const agreementId = subjectOf(AgreementId, subject);
  const state: AgreementState | undefined = await readAgreement(agreementId, true);
  if (!state) throw new Problem('not-found');
  decideAgreementEvent(state);
  if (kind === 'agreement-amended') await partiesRegistered(body as AgreementRecord, fresh);
  return { subject: agreementId, version: state.nextVersion, flags: [] };
};

async function partiesRegistered(terms: { provider: AgencyId; recipient: AgencyId }, fresh: boolean) {
  const known = await readAgencies([terms.provider, terms.recipient], fresh);
  for (const party of ['provider', 'recipient'] as const)
    if (!known.has(terms[party])) invalid(`/${party}`, 'is no registered agency');
}

const declareCoverage: Rule = async ({ principal, body, entryId }, fresh) => {
  const { provider } = body as CoverageDeclaration;
  if (!may('coverage-declared', principal, { provider }))
    throw new Problem('forbidden', 'an agency declares coverage for itself only');
  if (!(await readAgencies([provider], fresh)).has(provider)) invalid('/provider', 'is no registered agency');
  return { subject: `cv-${entryId}`, version: 0, flags: [] };
};

const recordFrame: Rule = async ({ entryId, body, today }, fresh) => {
  const { holder, extractedAt } = body as FrameRecord;
  if (!(await readAgencies([holder], fresh)).has(holder)) invalid('/holder', 'is no registered agency');
  if (extractedAt.slice(0, 10) > today) invalid('/extractedAt', 'must not be in the future');
  return { subject: frameIdOf(entryId), version: 0, flags: [] };
};

const openIncident: Rule = async ({ entryId, body, today }) => {
  const { discoveredOn, follows } = body as IncidentRecord;
  if (discoveredOn > today) invalid('/discoveredOn', 'must not be in the future');
  if (follows && !(await readIncident(follows, true))?.closed) invalid('/follows', 'is no closed incident');
  return { subject: incidentIdOf(entryId), version: 0, flags: [] };
};

/** Also for what the ledger itself appends to an incident. */
export const goOnWithIncident = async (subject: string | undefined): Promise<Ruling> => {
  const incidentId = subjectOf(IncidentId, subject);
  const history = await readHistory('incident', incidentId, entryIdWithin(incidentId));
  const last = history.at(-1)?.entry;
  if (!last) throw new Problem('not-found');
  if (last.kind === 'incident-closed') throw new Problem('conflict', 'this incident is closed');
  return { subject: incidentId, version: last.version + 1, flags: [] };
};

/** No client opens or goes on with such a history. */
const notAppended: Rule = () => Promise.reject(new Problem('not-found'));

const opening: Record<StreamName, Rule> = {
  request: recordDataRequest,
  transfer: recordTransfer,
  agency: registerAgency,
  agreement: registerAgreement,
  coverage: declareCoverage,
  incident: openIncident,
  frame: recordFrame,
  question: notAppended,
  access: notAppended,
  policy: notAppended,
};

const following: Record<StreamName, Rule> = {
  request: recordDataRequestEvent,
  transfer: recordTransferEvent,
  agency: recordAgencyEvent,
  agreement: recordAgreementEvent,
  coverage: notAppended,
  incident: ({ subject }) => goOnWithIncident(subject),
  frame: notAppended,
  question: notAppended,
  access: notAppended,
  policy: notAppended,
};

/** The rule by which an append is judged. */
export function ruleFor(stream: StreamName, opens: boolean): Rule {
  const rule = (opens ? opening : following)[stream];
  return async (candidate, fresh) => {
    const { occurredOn } = candidate.body as { occurredOn?: Day };
    if (occurredOn !== undefined && occurredOn > candidate.today)
      invalid('/occurredOn', 'must not be in the future');
    return rule(candidate, fresh);
  };
}
