import * as z from 'zod';
import { AgencyId, AgreementId, Day, distinct, Sha256, text } from './scalars.ts';
import { Area, CanonicalField, LegalBasis, Purpose } from './vocabulary.ts';

/** An agency as the ledger knows it: what `POST /v1/agencies` takes. */
export const AgencyRecord = z
  .strictObject({
    agencyId: AgencyId,
    name: text(200),
    kind: z.enum([
      'regulator',
      'government',
      'law-enforcement',
      'social-protection',
      'statistics',
      'research',
      'health',
      'operator',
      'private',
      'other',
    ]),
    area: Area.optional().describe('Where it is responsible, if not everywhere'),
    holdsOwnData: z
      .boolean()
      .default(true)
      .describe(
        'False for an agency that has only what it received: its onward transfers must name their origins',
      ),
    evidence: text(500).optional().describe('What the registration rests on'),
  })
  .meta({ id: 'AgencyRecord', description: 'An agency that gives or takes data' });
export type AgencyRecord = z.infer<typeof AgencyRecord>;

const AgreementTerms = {
  title: text(200),
  provider: AgencyId,
  recipient: AgencyId,
  purposes: distinct(Purpose, 20),
  legalBases: distinct(LegalBasis, 10).optional(),
  fields: distinct(CanonicalField, 60).describe('What may be handed over'),
  areas: distinct(Area, 40),
  validFrom: Day,
  validUntil: Day.describe('The last day on which a hand-over may rest on it'),
  onwardAllowed: z.boolean().default(false).describe('Whether the recipient may hand the data on'),
  document: z
    .strictObject({ reference: text(200), sha256: Sha256.optional() })
    .optional()
    .describe('The signed document'),
};

const datesInOrder = (terms: { validFrom: Day; validUntil: Day }, context: z.RefinementCtx) => {
  if (terms.validUntil < terms.validFrom)
    context.addIssue({ code: 'custom', path: ['validUntil'], message: 'must not be before validFrom' });
};

const partiesDiffer = (terms: { provider: AgencyId; recipient: AgencyId }, context: z.RefinementCtx) => {
  if (terms.provider === terms.recipient)
    context.addIssue({ code: 'custom', path: ['recipient'], message: 'must not be the provider' });
};

/** A data-sharing agreement, version 1: what `POST /v1/agreements` takes. */
export const AgreementRecord = z
  .strictObject({ agreementId: AgreementId, ...AgreementTerms })
  .superRefine(datesInOrder)
  .superRefine(partiesDiffer)
  .meta({ id: 'AgreementRecord', description: 'A data-sharing agreement in its first version' });
export type AgreementRecord = z.infer<typeof AgreementRecord>;

/** The whole new terms of an agreement; its version is the next number. */
export const AgreementAmendment = z
  .strictObject({ ...AgreementTerms, reason: text(500) })
  .superRefine(datesInOrder)
  .superRefine(partiesDiffer)
  .meta({
    id: 'AgreementAmendment',
    description: 'The whole new terms of an agreement; its version is the next number',
  });

/** The ledger is complete for what a provider handed over in a period: silence there means absence. */
export const CoverageDeclaration = z
  .strictObject({
    provider: AgencyId,
    from: Day,
    to: Day,
    scope: text(300).optional().describe('What kinds of hand-over the declaration is limited to'),
    basis: text(500).describe('How completeness was established'),
  })
  .superRefine((declaration, context) => {
    if (declaration.to < declaration.from)
      context.addIssue({ code: 'custom', path: ['to'], message: 'must not be before from' });
  })
  .meta({
    id: 'CoverageDeclaration',
    description:
      'The ledger is complete for what a provider handed over in a period: silence there means absence',
  });
export type CoverageDeclaration = z.infer<typeof CoverageDeclaration>;
