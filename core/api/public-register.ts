import * as z from 'zod';
import { SUPPRESSION_BASES } from '../model/publication.ts';
import { AgencyId, AgreementId, Day, TransferId, text } from '../model/scalars.ts';
import { Area, CanonicalField, Purpose } from '../model/vocabulary.ts';
import { asOf, page } from './queries.ts';

/** How a hand-over stands, as far as the public is told. */
export const PUBLIC_STATES = [
  'kept',
  'due',
  'overdue',
  'kept-under-hold',
  'destroyed-in-part',
  'destroyed',
  'destruction-verified',
] as const;
export type PublicState = (typeof PUBLIC_STATES)[number];

const Month = z
  .string()
  .regex(/^\d{4}-\d{2}$/)
  .meta({ id: 'Month', description: 'A month: the public is not told the day', examples: ['2024-03'] });
const About = z
  .int()
  .min(10)
  .meta({ id: 'RoundedCount', description: 'About so many: two digits are right, and 10 may be fewer' });
const NamedAgency = z
  .strictObject({ agencyId: AgencyId, name: z.string() })
  .meta({ id: 'NamedAgency', description: 'An agency, with its name as it is now' });
const Term = z
  .strictObject({ iri: z.string(), label: z.string() })
  .meta({ id: 'Term', description: 'A term of the W3C Data Privacy Vocabulary' });

export const PublicTransfer = z
  .strictObject({
    transferId: TransferId,
    provider: NamedAgency,
    recipient: NamedAgency,
    title: z.string().describe('Of the dataset'),
    about: z.string().optional().describe('Whom the data is about, as a class'),
    fields: z.array(CanonicalField).optional(),
    people: About.optional(),
    records: About.optional(),
    areas: z.array(Area).optional(),
    purposes: z.array(Term).optional(),
    legalBases: z.array(Term).optional(),
    agreement: AgreementId.optional(),
    handedOver: z.strictObject({ from: Month, to: Month }),
    keptUntil: Day.optional().describe('The day by which it must be gone, extensions included'),
    state: z.enum(PUBLIC_STATES),
  })
  .meta({
    id: 'PublicTransfer',
    description: 'What the public may know of a hand-over; a part that its record lacks is left out',
  });
export type PublicTransfer = z.infer<typeof PublicTransfer>;

const SuppressedCount = z
  .strictObject({ provider: NamedAgency, basis: z.enum(SUPPRESSION_BASES), count: z.int().min(1) })
  .meta({
    id: 'SuppressedCount',
    description: 'How many hand-overs of a provider are not shown, on a basis',
  });

export const PublicRegister = z
  .strictObject({
    items: z.array(PublicTransfer),
    nextCursor: z.string().optional().describe('Where the next page begins; none on the last'),
    suppressed: z
      .array(SuppressedCount)
      .describe('What is not shown at all today, whatever was asked for: by provider and basis'),
    reflects: z.strictObject({ size: z.int().min(0) }).describe('The entries of the log that it reflects'),
  })
  .meta({ id: 'PublicRegister', description: 'A page of the public register' });
export type PublicRegister = z.infer<typeof PublicRegister>;

const FORM_PARTS = ['recipient', 'provider', 'field', 'year', 'q', 'validAt', 'cursor'] as const;
export const PublicQuery = z.strictObject({
  recipient: AgencyId.optional().describe('Who got the data'),
  provider: AgencyId.optional().describe('Who gave it'),
  field: z
    .array(CanonicalField)
    .min(1)
    .max(20)
    .optional()
    .describe('What the data held, all of it; may be repeated, or given once with commas'),
  purpose: Purpose.optional().describe('One of the purposes of the hand-over'),
  area: Area.optional().describe(
    'Hand-overs that cover any of this area; a country stands for its provinces',
  ),
  year: z.coerce
    .number<number>()
    .int()
    .min(1990)
    .max(2100)
    .optional()
    .describe('Handed over in this year, or perhaps'),
  q: text(100)
    .refine((words) => /[\p{L}\p{N}]/u.test(words), 'must hold a word')
    .optional()
    .describe('Words that must all occur in the title of the dataset'),
  ...asOf,
  ...page,
});

/** What the CSV is asked by: all that is found is in one file, and not page by page. */
export const PublicCsvQuery = PublicQuery.omit({ limit: true });

/** What the form of the page sends, as people type it; blank where it was left so. */
export const PublicForm = z.strictObject(
  Object.fromEntries(
    FORM_PARTS.map((name) => [name, z.string().max(2_000).optional().describe(`As \`${name}\` of the data`)]),
  ) as Record<(typeof FORM_PARTS)[number], z.ZodOptional<z.ZodString>>,
);

export type PublicQuery = z.infer<typeof PublicQuery>;
export type PublicCsvQuery = z.infer<typeof PublicCsvQuery>;
