import * as z from 'zod';
import { AgencyId, Sha256, text } from './scalars.ts';

/** What a person is asked about by: number, id, and both as one row. Others are no question about one person. */
export const SUBJECT_SETS = ['msisdn', 'cnic', 'msisdn+cnic'] as const;
export type SubjectSet = (typeof SUBJECT_SETS)[number];

const Hex = (digits: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `must be ${digits} lower-case hex digits`);

const KEY_OF = { provider: AgencyId, epoch: text(20), keyCheck: Hex(32) };

/** 60 bits of a CMAC; the lowest four are those of a stratum elsewhere, and zero here. */
const KeyedValue = z
  .string()
  .regex(/^[0-9a-f]{15}0$/, 'must be 16 lower-case hex digits, of which the last is 0')
  .meta({ id: 'KeyedValue', description: 'A fingerprint of one person, as files of fingerprints have it' });

/** A question about one person: what `POST /v1/subject-requests` takes. No value in it is the person's own. */
export const SubjectQuestion = z
  .strictObject({
    caseReference: text(120).describe('The reference under which the person asked, and was identified'),
    salt: Hex(64).describe('Drawn at random, so that nobody finds the person by trying who has the digest'),
    keyrings: z
      .array(
        z.strictObject({
          ...KEY_OF,
          values: z
            .strictObject({
              msisdn: KeyedValue.optional(),
              cnic: KeyedValue.optional(),
              'msisdn+cnic': KeyedValue.optional(),
            })
            .refine((values) => Object.keys(values).length > 0, 'must hold at least one'),
        }),
      )
      .min(1)
      .max(200)
      .describe('The same person under the keys of each provider and epoch'),
  })
  .meta({ id: 'SubjectQuestion', description: 'One person, by keyed values alone' });
export type SubjectQuestion = z.infer<typeof SubjectQuestion>;

/** What the ledger keeps of a question: never a value, keyed or not. */
export const SubjectAsked = z.strictObject({
  caseReference: text(120),
  sets: z.array(z.enum(SUBJECT_SETS)).min(1),
  keys: z.array(z.strictObject(KEY_OF)).min(1),
  /** Of the canonical JSON of the question, by which whoever has kept it can show who was asked about. */
  questionSha256: Sha256,
});
export type SubjectAsked = z.infer<typeof SubjectAsked>;

/** What the ledger records of a question: who asked is its principal. */
export const SubjectAskedBody = z.strictObject({
  question: SubjectAsked,
  answerSha256: Sha256,
  /** The answer was found among the first `size` entries of the log. */
  reflects: z.strictObject({ size: z.int().min(0) }),
});
export type SubjectAskedBody = z.infer<typeof SubjectAskedBody>;
