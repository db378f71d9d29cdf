import { createHash } from 'node:crypto';
import type * as z from 'zod';
import { DataRequest } from '../../core/model/data-request.ts';
import { IncidentRecord, LeakDescription } from '../../core/model/incident.ts';
import { AgencyRecord, AgreementRecord, CoverageDeclaration } from '../../core/model/registry.ts';
import type { AgencyId, AgreementId, TransferId } from '../../core/model/scalars.ts';
import { LACKABLE, TransferRecord } from '../../core/model/transfer.ts';
import { legalBases, purposes } from '../../core/model/vocabulary.ts';

/**
 * Valid examples of what clients send, for tests to vary. All agencies, systems and references are invented.
 *
 * `…Body` gives the JSON that a client would send, unchecked, so that a test can also spoil it; `a…` gives the
 * record as the schema reads it, and throws when the overrides broke a rule. An override replaces its whole
 * top-level property, and `undefined` takes the property away.
 */
type Body = Record<string, unknown>;

const withOverrides = (body: Body, overrides: Body): Body =>
  Object.fromEntries(Object.entries({ ...body, ...overrides }).filter(([, value]) => value !== undefined));

/** The provider, recipient and a third party of the examples, and the agreement that {@link aTransfer} names. */
export const PROVIDER = 'numbering-authority' as AgencyId;
export const RECIPIENT = 'hill-it-board' as AgencyId;
export const THIRD_PARTY = 'harbour-income-support' as AgencyId;
export const AGREEMENT = 'agr-2024-03' as AgreementId;

/** A digest of something that nobody has. */
export const aSha256 = (of = 'example'): string => createHash('sha256').update(of).digest('hex');
export const aTransferId = (of = 'example'): TransferId => `tr-${aSha256(of).slice(0, 32)}` as TransferId;

/** A contemporaneous hand-over of subscribers of Punjab, within {@link anAgreement}. */
export const transferBody = (overrides: Body = {}): Body =>
  withOverrides(
    {
      provider: { agencyId: PROVIDER, unit: 'Register of subscribers' },
      recipient: { agencyId: RECIPIENT },
      custodians: [{ role: 'receiver', staffRef: 'staff-0042' }],
      agreement: { id: AGREEMENT, version: 1 },
      purposes: [purposes.welfareEligibility],
      legalBases: [legalBases.officialAuthority],
      dataset: { id: 'subscriber-register', title: 'Register of subscribers' },
      fields: [
        { name: 'MSISDN', canonical: 'msisdn', sensitivity: 'personal', transform: 'identity' },
        { name: 'CNIC', canonical: 'cnic', sensitivity: 'personal', transform: 'identity' },
        { name: 'ADDR', canonical: 'address', sensitivity: 'personal', transform: 'identity' },
      ],
      coverage: { areas: ['PK-PB'], subjects: 'prepaid subscribers' },
      snapshot: { from: '2024-02-01', to: '2024-02-29' },
      volume: { rows: 120_000, exact: true },
      manifest: [
        { file: 'subscribers.csv', rows: 120_000, bytes: 9_000_000, sha256: aSha256('subscribers') },
      ],
      format: { headers: ['MSISDN', 'CNIC', 'ADDR'], delimiter: ',', encoding: 'utf-8' },
      handedOver: { earliest: '2024-03-10', latest: '2024-03-10' },
      method: 'sftp',
      encryption: 'transport-and-at-rest',
      access: 'bulk',
      retention: { until: '2025-03-31' },
      disposal: 'erase',
      onward: { allowed: false },
      assertion: 'contemporaneous',
    },
    overrides,
  );

/** A hand-over recorded long after it took place, of which little is known: each gap left is stated. */
export const retrospectiveBody = (overrides: Body = {}): Body => {
  const gaps = LACKABLE.filter((part) => overrides[part] === undefined);
  return withOverrides(
    {
      provider: { agencyId: PROVIDER },
      recipient: { agencyId: RECIPIENT },
      dataset: { id: 'subscriber-register', title: 'Register of subscribers' },
      handedOver: { earliest: '2022-02-01', latest: '2022-04-30' },
      assertion: 'retrospective',
      confidence: 'moderate',
      evidence: [{ kind: 'letter', description: 'Forwarding letter found in the file' }],
      lacking: gaps.length > 0 ? gaps.map((part) => ({ part, reason: 'not in the file' })) : undefined,
    },
    overrides,
  );
};

/** A request for the data of {@link aTransfer}, made a month before. */
export const dataRequestBody = (overrides: Body = {}): Body =>
  withOverrides(
    {
      provider: PROVIDER,
      recipient: RECIPIENT,
      requestedOn: '2024-02-05',
      reference: 'letter 24/031',
      title: 'Subscribers of the province',
      agreement: { id: AGREEMENT, version: 1 },
      purposes: [purposes.welfareEligibility],
      legalBases: [legalBases.officialAuthority],
      fields: ['msisdn', 'cnic', 'address'],
      areas: ['PK-PB'],
    },
    overrides,
  );

export const agencyBody = (overrides: Body = {}): Body =>
  withOverrides({ agencyId: PROVIDER, name: 'Numbering Authority', kind: 'regulator' }, overrides);

/** Covers {@link aTransfer} in parties, fields, purpose, area and date. */
export const agreementBody = (overrides: Body = {}): Body =>
  withOverrides(
    {
      agreementId: AGREEMENT,
      title: 'Subscribers for welfare eligibility',
      provider: PROVIDER,
      recipient: RECIPIENT,
      purposes: [purposes.welfareEligibility],
      fields: ['msisdn', 'cnic', 'address'],
      areas: ['PK-PB'],
      validFrom: '2024-01-01',
      validUntil: '2025-12-31',
    },
    overrides,
  );

export const coverageBody = (overrides: Body = {}): Body =>
  withOverrides(
    {
      provider: PROVIDER,
      from: '2024-01-01',
      to: '2024-12-31',
      basis: 'Compared with the despatch register',
    },
    overrides,
  );

export const incidentBody = (overrides: Body = {}): Body =>
  withOverrides(
    {
      caseReference: 'case-2026-17',
      title: 'Records of subscribers offered online',
      authority: 'Office of the Data Inspector',
      discoveredOn: '2026-01-15',
    },
    overrides,
  );

export const leakBody = (overrides: Body = {}): Body =>
  withOverrides(
    {
      fields: ['msisdn', 'cnic', 'address'],
      areas: ['PK-PB'],
      vintage: { to: '2024-06-30' },
      seenOn: '2026-01-15',
    },
    overrides,
  );

const reads =
  <S extends z.ZodType>(schema: S, body: (overrides?: Body) => Body) =>
  (overrides: Partial<z.input<S>> = {}): z.output<S> =>
    schema.parse(body(overrides as Body));

export const aTransfer = reads(TransferRecord, transferBody);
export const aRetrospectiveTransfer = reads(TransferRecord, retrospectiveBody);
export const aDataRequest = reads(DataRequest, dataRequestBody);
export const anAgency = reads(AgencyRecord, agencyBody);
export const anAgreement = reads(AgreementRecord, agreementBody);
export const aCoverageDeclaration = reads(CoverageDeclaration, coverageBody);
export const anIncident = reads(IncidentRecord, incidentBody);
export const aLeak = reads(LeakDescription, leakBody);
