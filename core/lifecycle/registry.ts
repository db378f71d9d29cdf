import * as z from 'zod';
import type { Entry } from '../model/entry.ts';
import { AgencyRecord, AgreementAmendment, type AgreementRecord } from '../model/registry.ts';
import { type AgencyId, type AgreementId, Day, text } from '../model/scalars.ts';
import { Problem } from '../problem.ts';
import { evolveSigning, isSigningEvent, type Signing } from './signing.ts';
import { isWebhookEvent, webhookOf } from './webhook.ts';

/** The terms of one version of an agreement. */
export type AgreementTerms = Omit<AgreementRecord, 'agreementId'> & { readonly version: number };

export interface AgreementState {
  readonly agreementId: AgreementId;
  /** Oldest first; version 1 is the first. */
  readonly versions: readonly AgreementTerms[];
  readonly retired?: { readonly on: Day; readonly reason: string };
  readonly nextVersion: number;
}

export type AgencyState = AgencyRecord & {
  /** Absent while it has recorded nothing of its keys. */
  readonly signing?: Signing;
  /** Where it wants to be told what it owes. */
  readonly webhook?: string;
  readonly nextVersion: number;
};

const { agencyId: _id, ...changeable } = AgencyRecord.shape;

/** The bodies of the events that follow a registration, by kind. */
export const AGENCY_EVENTS = {
  'agency-changed': z
    .strictObject({ occurredOn: Day, ...changeable, reason: text(500) })
    .describe('The agency as it is from now on, wholly'),
} as const;
export const AGREEMENT_EVENTS = {
  'agreement-amended': AgreementAmendment,
  'agreement-retired': z
    .strictObject({ occurredOn: Day, reason: text(500) })
    .describe('The agreement ended early; a later hand-over that names it needs an exception'),
} as const;

export function evolveAgency(state: AgencyState | undefined, entry: Entry): AgencyState {
  const nextVersion = entry.version + 1;
  if (state === undefined) return { ...(entry.body as unknown as AgencyRecord), nextVersion };
  if (isSigningEvent(entry.kind))
    return { ...state, signing: evolveSigning(state.signing, entry), nextVersion };
  const { agencyId, signing, webhook } = state;
  if (isWebhookEvent(entry.kind)) {
    const { webhook: _before, ...others } = state;
    return { ...others, ...webhookOf(entry), nextVersion };
  }
  const { occurredOn: _on, reason: _why, ...changed } = entry.body as Record<string, unknown>;
  return {
    ...(changed as unknown as AgencyRecord),
    agencyId,
    ...(signing && { signing }),
    ...(webhook !== undefined && { webhook }),
    nextVersion,
  };
}

export function evolveAgreement(state: AgreementState | undefined, entry: Entry): AgreementState {
  const nextVersion = entry.version + 1;
  if (state === undefined) {
    const { agreementId, ...terms } = entry.body as unknown as AgreementRecord;
    return { agreementId, versions: [{ ...terms, version: 1 }], nextVersion };
  }
  if (entry.kind === 'agreement-retired') {
    const { occurredOn, reason } = entry.body as { occurredOn: Day; reason: string };
    return { ...state, retired: { on: occurredOn, reason }, nextVersion };
  }
  const { reason: _why, ...terms } = entry.body as unknown as z.infer<typeof AgreementAmendment>;
  return {
    ...state,
    versions: [...state.versions, { ...terms, version: state.versions.length + 1 }],
    nextVersion,
  };
}

/** @throws Problem `conflict` once an agreement is retired */
export function decideAgreementEvent(state: AgreementState): void {
  if (state.retired) throw new Problem('conflict', 'this agreement is retired');
}

export const agreementVersion = (state: AgreementState, version: number): AgreementTerms | undefined =>
  state.versions.find((terms) => terms.version === version);

export type Registry = {
  readonly agencies: ReadonlyMap<AgencyId, AgencyState>;
  readonly agreement?: AgreementState;
};
