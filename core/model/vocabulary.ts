import * as z from 'zod';

/**
 * Controlled words of the records. A deployment that needs another field or area adds it here: entries already
 * recorded keep their words, so a word is never taken away.
 */
export const CANONICAL_FIELDS = [
  'msisdn',
  'cnic',
  'imsi',
  'imei',
  'iccid',
  'name',
  'father-name',
  'mother-name',
  'address',
  'birth-date',
  'gender',
  'email',
  'family-tree',
  'photo',
  'fingerprint-biometric',
  'passport-number',
  'ntn',
  'bank-account',
  'income',
  'household',
  'activation-date',
  'sim-status',
  'operator',
  'tariff',
  'cell-location',
  'call-detail',
  'travel-history',
  'vehicle-registration',
  'property',
  'employment',
  'health-record',
  'other',
] as const;
export const CanonicalField = z
  .enum(CANONICAL_FIELDS)
  .meta({ id: 'CanonicalField', description: 'What a column holds, whatever its own name' });
export type CanonicalField = z.infer<typeof CanonicalField>;

/** ISO 3166-2 codes of Pakistan, and whole countries for data from elsewhere. */
export const Area = z
  .string()
  .regex(/^(?:PK-(?:PB|SD|KP|BA|IS|GB|JK)|[A-Z]{2})$/, 'must be an ISO 3166-2 area (PK-PB) or a country (PK)')
  .meta({
    id: 'Area',
    description: 'An ISO 3166-2 area of Pakistan, or a whole country (ISO 3166-1)',
    examples: ['PK-PB'],
  });
export type Area = z.infer<typeof Area>;

/** Whether two areas share ground: a country holds its provinces. */
export const areasOverlap = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b}-`) || b.startsWith(`${a}-`);

/** Whether area `outer` holds all of `inner`. */
export const areaHolds = (outer: string, inner: string): boolean =>
  outer === inner || inner.startsWith(`${outer}-`);

const DPV = 'https://w3id.org/dpv#';
const PUBLIC_SERVICES = 'https://w3id.org/dpv/sector/publicservices#';
const LAW = 'https://w3id.org/dpv/sector/law#';

const dpvIri = (pattern: RegExp, message: string) => z.string().max(200).regex(pattern, message);

/** A purpose of the W3C Data Privacy Vocabulary 2.3, as a full IRI. */
export const Purpose = dpvIri(
  /^https:\/\/w3id\.org\/dpv(?:\/sector\/(?:publicservices|law))?#[A-Z][A-Za-z0-9]{1,80}$/,
  'must be a DPV purpose IRI',
).meta({
  id: 'Purpose',
  description: 'A purpose of the W3C Data Privacy Vocabulary 2.3',
  examples: [`${PUBLIC_SERVICES}SocialWelfareEligibilityAssessment`],
});
export type Purpose = z.infer<typeof Purpose>;

/** A legal basis of DPV 2.3, as a full IRI. */
export const LegalBasis = dpvIri(
  /^https:\/\/w3id\.org\/dpv#[A-Z][A-Za-z0-9]{1,80}$/,
  'must be a DPV legal basis IRI',
).meta({
  id: 'LegalBasis',
  description: 'A legal basis of the W3C Data Privacy Vocabulary 2.3',
  examples: [`${DPV}OfficialAuthorityOfController`],
});
export type LegalBasis = z.infer<typeof LegalBasis>;

/** A category of personal data of DPV's `pd` extension, or one of our own for what DPV has no term for. */
export const DataCategory = dpvIri(
  /^https:\/\/(?:w3id\.org\/dpv(?:\/pd)?|amanat\.dev\/pd)#[A-Z][A-Za-z0-9]{1,80}$/,
  'must be a DPV personal-data IRI, or one of https://amanat.dev/pd#',
).meta({
  id: 'DataCategory',
  description: 'A category of personal data: of DPV, or of this ledger where DPV has no term',
  examples: ['https://w3id.org/dpv/pd#OfficialID'],
});
export type DataCategory = z.infer<typeof DataCategory>;

export const purposes = {
  welfareEligibility: `${PUBLIC_SERVICES}SocialWelfareEligibilityAssessment`,
  welfareDistribution: `${PUBLIC_SERVICES}SocialWelfareDistributionManagement`,
  fraudPrevention: `${PUBLIC_SERVICES}PublicServiceFraudPreventionDetection`,
  crimeInvestigation: `${LAW}CrimeInvestigation`,
  identityVerification: `${DPV}IdentityVerification`,
  officialStatistics: `${DPV}ProvideOfficialStatistics`,
  policyMaking: `${DPV}PublicPolicyMaking`,
  legalCompliance: `${DPV}LegalCompliance`,
} as const;

export const legalBases = {
  officialAuthority: `${DPV}OfficialAuthorityOfController`,
  legalObligation: `${DPV}LegalObligation`,
  publicInterest: `${DPV}PublicInterest`,
  consent: `${DPV}Consent`,
  contract: `${DPV}G2GContract`,
} as const;
