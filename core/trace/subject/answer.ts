import * as z from 'zod';
import { AgencyId, DatasetId, Day, EntryId, Sha256, TransferId } from '../../model/scalars.ts';
import { SUBJECT_SETS } from '../../model/subject.ts';
import { NOT_COMPARED, type NotCompared } from '../sample/answer.ts';

const Nat = z.int().min(0);
const Probability = z.number().min(0).max(1);

const AskedTransfer = z
  .strictObject({
    transferId: TransferId,
    provider: AgencyId,
    recipient: AgencyId,
    dataset: z.strictObject({ id: DatasetId, title: z.string() }),
    handedOver: z.strictObject({ earliest: Day, latest: Day }),
    fileSha256: Sha256,
    stateOf: Day.describe('The day whose state the file shows'),
    answer: z
      .enum(['possible', 'no'])
      .describe('`possible`: at least one of the values is in the file, or is a false positive'),
    held: z.array(z.enum(SUBJECT_SETS)).describe('The values that are; both as one row is the strongest'),
    tested: z.array(z.enum(SUBJECT_SETS)).min(1),
    falsePositives: Probability.describe(
      'How probable `possible` is for somebody of whom nothing is in the file',
    ),
    unread: Nat.describe(
      'Cells of these fields that could not be read when the file was made: a "no" is not about them',
    ),
  })
  .meta({ id: 'AskedTransfer', description: 'Whether a transfer held a person' });

/** Which transfers held a person. The ledger records the SHA-256 of its canonical JSON. */
export const SubjectAnswer = z
  .strictObject({
    entryId: EntryId.describe('The entry by which this was recorded'),
    caseReference: z.string(),
    reflects: z
      .strictObject({ size: Nat })
      .describe('The answer is about the first `size` entries of the log'),
    method: z.strictObject({
      name: z.literal('subject-request'),
      version: z.int().min(1),
      normalisation: z.string(),
      prf: z.string(),
      filter: z.string(),
      rules: z.array(z.string()),
    }),
    transfers: z
      .array(AskedTransfer)
      .describe('Those that may have held the person first, then by hand-over'),
    unknown: z
      .array(
        z.strictObject({
          transferId: TransferId,
          code: z.enum(Object.keys(NOT_COMPARED) as [NotCompared]),
          detail: z.string(),
        }),
      )
      .describe('Transfers of which it cannot be said'),
    summary: z.array(z.string()),
  })
  .meta({ id: 'SubjectAnswer', description: 'Which hand-overs held a person, as far as fingerprints tell' });
export type SubjectAnswer = z.infer<typeof SubjectAnswer>;
