import type { Party } from '../lifecycle/events/definition.ts';
import type { DataRequest } from '../model/data-request.ts';
import { hasRole, type Principal, type Role } from '../model/principal.ts';
import type { AgencyId } from '../model/scalars.ts';
import type { TransferRecord } from '../model/transfer.ts';
import { Problem } from '../problem.ts';

/** What is known of a thing that somebody reads or records, as far as a condition asks for it. */
export interface Whose {
  readonly provider?: AgencyId | undefined;
  readonly recipient?: AgencyId | undefined;
  /** The agency whose client appended it. */
  readonly appender?: AgencyId | undefined;
  /** The agency that it is about. */
  readonly itself?: AgencyId | undefined;
  /** The agency that owes something. */
  readonly obliged?: AgencyId | undefined;
  readonly assertion?: TransferRecord['assertion'] | undefined;
}

export const partiesOf = ({
  provider,
  recipient,
}: Pick<TransferRecord, 'provider' | 'recipient'>): Whose => ({
  provider: provider.agencyId,
  recipient: recipient.agencyId,
});
export const partiesOfRequest = ({
  provider,
  recipient,
}: Pick<DataRequest, 'provider' | 'recipient'>): Whose => ({
  provider,
  recipient,
});

/** On what conditions a role may; those that speak of an agency hold for a principal that speaks for one. */
const CONDITIONS = {
  always: () => true,
  'as provider': (agency, { provider }) => agency === provider,
  'as recipient': (agency, { recipient }) => agency === recipient,
  'as recipient, by its own declaration': (agency, { recipient, assertion }) =>
    agency === recipient && assertion === 'recipient-declared',
  'of itself': (agency, { itself }) => agency === itself,
  'as who appended it': (agency, { appender }) => agency === appender,
  'as who is obliged': (agency, { obliged }) => agency === obliged,
  'after the fact': (_agency, { assertion }) => assertion !== undefined && assertion !== 'contemporaneous',
} as const satisfies Record<string, (agency: AgencyId | undefined, whose: Whose) => boolean>;
export type Condition = keyof typeof CONDITIONS;

/** Which roles, each on any one of its conditions. */
export type Permission = 'anyone' | { readonly [R in Role]?: readonly Condition[] };

const ALWAYS = ['always'] as const;
const PROVIDER = { agency: ['as provider'] } as const;
const RECIPIENT = { agency: ['as recipient'] } as const;
const PARTY = { agency: ['as provider', 'as recipient'] } as const;
const STEWARD = { steward: ALWAYS } as const;
const ITSELF_OR_STEWARD = { agency: ['of itself'], ...STEWARD } as const;
const AUDITOR = { auditor: ALWAYS } as const;
const CUSTODIAN = { custodian: ALWAYS } as const;
const PARTY_OR_AUDITOR = { ...PARTY, ...AUDITOR } as const;
const STEWARD_OR_AUDITOR = { ...STEWARD, ...AUDITOR } as const;
const EVERY_ROLE = {
  agency: ALWAYS,
  auditor: ALWAYS,
  steward: ALWAYS,
  operator: ALWAYS,
  custodian: ALWAYS,
} as const;

/**
 * Who may do what: the only place where that is said, and what all of the code decides by. A line for each kind of
 * entry that is appended, whichever way it comes, and one for each operation that appends no such kind.
 *
 * A role that is not named is refused with 403, before anything is looked up. Where no condition holds the answer is
 * 403 too, but 404 to whom may not read the transfer that it is about: who is no party to it learns nothing, not even
 * that it exists; so with requests for data. Lists are no refusal: they show what their reader may read.
 */
export const PERMISSIONS = {
  'data-requested': { ...PARTY, ...STEWARD },
  'request-granted': PROVIDER,
  'request-refused': PROVIDER,
  'request-withdrawn': RECIPIENT,
  'grant-revoked': PROVIDER,
  'transfer-recorded': {
    agency: ['as provider', 'as recipient, by its own declaration'],
    steward: ['after the fact'],
  },
  'transfer-acknowledged': RECIPIENT,
  'transfer-disputed': RECIPIENT,
  'dispute-answered': PROVIDER,
  'holding-attested': RECIPIENT,
  'retention-extended': PROVIDER,
  'retention-reviewed': { agency: ['as recipient', 'as provider'] },
  'legal-hold-set': PARTY,
  'legal-hold-lifted': PARTY,
  'recall-issued': PROVIDER,
  'recall-answered': RECIPIENT,
  'destruction-certified': RECIPIENT,
  'destruction-verified': PROVIDER,
  'destruction-rejected': PROVIDER,
  'record-superseded': PROVIDER,
  'record-withdrawn': PROVIDER,
  'correction-issued': PROVIDER,
  'correction-confirmed': RECIPIENT,
  'publication-suppressed': { ...PROVIDER, ...STEWARD },
  'publication-restored': { ...PROVIDER, ...STEWARD },
  'agency-registered': STEWARD,
  'agency-changed': STEWARD,
  'agency-key-registered': ITSELF_OR_STEWARD,
  'agency-key-revoked': ITSELF_OR_STEWARD,
  'agency-signing-changed': ITSELF_OR_STEWARD,
  'agency-webhook-changed': ITSELF_OR_STEWARD,
  'agreement-registered': STEWARD,
  'agreement-amended': STEWARD,
  'agreement-retired': STEWARD,
  'coverage-declared': { agency: ['as provider'], steward: ALWAYS },
  'frame-recorded': STEWARD,
  'incident-opened': AUDITOR,
  'finding-recorded': AUDITOR,
  'trace-approved': AUDITOR,
  'incident-closed': AUDITOR,

  requestFingerprintUpload: PROVIDER,
  requestFrameUpload: STEWARD,
  requestSampleUpload: AUDITOR,
  runTrace: AUDITOR,
  getTrace: AUDITOR,
  askSubject: CUSTODIAN,
  listTransfers: PARTY_OR_AUDITOR,
  getTransfer: PARTY_OR_AUDITOR,
  getHistory: PARTY_OR_AUDITOR,
  getLineage: PARTY_OR_AUDITOR,
  listDataRequests: PARTY_OR_AUDITOR,
  getDataRequest: PARTY_OR_AUDITOR,
  getEntry: { agency: ['as provider', 'as recipient', 'as who appended it'], auditor: ALWAYS },
  getReceipt: { agency: ['as provider', 'as recipient', 'as who appended it'], auditor: ALWAYS },
  listEntries: AUDITOR,
  getEntryBundle: AUDITOR,
  listAgencies: EVERY_ROLE,
  getAgency: EVERY_ROLE,
  listAgreements: EVERY_ROLE,
  getAgreement: EVERY_ROLE,
  listFrames: STEWARD_OR_AUDITOR,
  listObligations: { agency: ['as who is obliged'], auditor: ALWAYS },
  getCoverage: STEWARD_OR_AUDITOR,
  listIncidents: AUDITOR,
  getIncident: AUDITOR,
  listAccess: AUDITOR,
  getCheckpoint: 'anyone',
  getCheckpointOfSize: 'anyone',
  getVerifierKey: 'anyone',
  getNoticeKeys: 'anyone',
  getTile: 'anyone',
  listPublicRegister: 'anyone',
  publicRegisterCsv: 'anyone',
  publicRegisterPage: 'anyone',
  openapi: 'anyone',
  docs: 'anyone',
  docsAsset: 'anyone',
  healthz: 'anyone',
} as const satisfies Record<string, Permission>;

export type Permitted = keyof typeof PERMISSIONS;

const rowOf = (what: Permitted): [Role, readonly Condition[]][] => {
  const permission: Permission = PERMISSIONS[what];
  return permission === 'anyone' ? [] : (Object.entries(permission) as [Role, readonly Condition[]][]);
};

/** Which roles may do something at all, be it on a condition. */
export const rolesFor = (what: Permitted): 'anyone' | readonly Role[] =>
  (PERMISSIONS[what] as Permission) === 'anyone' ? 'anyone' : rowOf(what).map(([role]) => role);

/** Whether a principal has a role that may, be it on a condition. */
export const mayAtAll = (what: Permitted, principal: Principal): boolean =>
  rowOf(what).some(([role]) => hasRole(principal, role));

/** Which parties of a transfer or request record an event of it, the usual one first. */
export const partiesFor = (what: Permitted): Party[] =>
  (['recipient', 'provider'] as const)
    .map((party) => [party, conditionsOf(what, 'agency').indexOf(`as ${party}`)] as const)
    .filter(([, place]) => place >= 0)
    .sort(([, a], [, b]) => a - b)
    .map(([party]) => party);

/** Who records an event of a transfer or request, in words. */
export const recordersOf = (what: Permitted): string =>
  [
    ...partiesFor(what).map((party) => `the ${party}`),
    ...rowOf(what).flatMap(([role]) => (role === 'agency' ? [] : [`a ${role}`])),
  ].join(' or ');

const conditionsOf = (what: Permitted, role: Role): readonly Condition[] =>
  rowOf(what).find(([named]) => named === role)?.[1] ?? [];

/** Those roles of a principal in which it may do something with what is whose; none where it may not. */
export const rolesThatMay = (what: Permitted, principal: Principal, whose: Whose = {}): Role[] =>
  rowOf(what)
    .filter(
      ([role, conditions]) =>
        hasRole(principal, role) &&
        conditions.some((condition) => CONDITIONS[condition](principal.agency, whose)),
    )
    .map(([role]) => role);

export const may = (what: Permitted, principal: Principal, whose: Whose = {}): boolean =>
  rolesThatMay(what, principal, whose).length > 0;

/**
 * Lets through whoever may do something about a transfer, or a request for data, of these parties.
 * @param read the operation that tells of it
 * @throws Problem `forbidden`; `not-found` to whom may not read it
 */
export function demandAbout(
  parties: Whose,
  what: Permitted,
  principal: Principal,
  read: 'getTransfer' | 'getDataRequest' = 'getTransfer',
): void {
  if (may(what, principal, parties)) return;
  if (!may(read, principal, parties)) throw new Problem('not-found');
  const thing = read === 'getTransfer' ? 'a transfer' : 'a request';
  throw new Problem('forbidden', `only ${recordersOf(what)} may do this about ${thing}`);
}

/**
 * The agency to whose own a principal is limited in what an operation shows; none where it may see all.
 * @throws Problem `forbidden` to whom may see nothing
 */
export function limitedTo(what: Permitted, principal: Principal): AgencyId | undefined {
  if (rowOf(what).some(([role, conditions]) => hasRole(principal, role) && conditions.includes('always')))
    return undefined;
  if (principal.agency === undefined) throw new Problem('forbidden');
  return principal.agency;
}
