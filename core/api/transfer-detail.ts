import * as z from 'zod';
import { LIFECYCLE, MARKS, REMAINDERS } from '../lifecycle/transfer.ts';
import { Flag } from '../model/entry.ts';
import { Principal } from '../model/principal.ts';
import { suppression } from '../model/publication.ts';
import { AgencyId, Day, EntryId, Instant, TransferId } from '../model/scalars.ts';
import { TransferRecord } from '../model/transfer.ts';
import { CanonicalField } from '../model/vocabulary.ts';

const ToldAnswer = z.strictObject({ occurredOn: Day, recordedAt: Instant, entryId: EntryId }).meta({
  id: 'Told',
  description: 'When something took place, when the ledger learnt of it, and the entry that says so',
});
const toldAnd = <Shape extends z.ZodRawShape>(more: Shape) => ToldAnswer.extend(more);

const CorrectionAnswer = z
  .strictObject({
    correctionId: z.string(),
    fields: z.array(CanonicalField),
    issued: ToldAnswer,
    confirmed: ToldAnswer.optional(),
  })
  .meta({ id: 'Correction', description: 'A correction of data, and whether the recipient carried it out' });

/** A transfer with its state folded as of `validAt`, from what was known at `knownAt`. */
export const TransferDetail = z
  .strictObject({
    transferId: TransferId,
    entryId: EntryId,
    recordedAt: Instant,
    principal: Principal,
    record: TransferRecord,
    flags: z.array(Flag).describe('What was remarked on its record'),
    eventFlags: z
      .array(
        Flag.extend({ kind: z.string() }).meta({ id: 'EventFlag', description: 'A finding on an event' }),
      )
      .describe('What was remarked on its later events: of each kind, on the last'),
    validAt: Day,
    knownAt: Instant,
    state: z.enum(LIFECYCLE),
    marks: z.array(z.enum(MARKS)),
    retentionEnd: Day.optional(),
    acknowledged: toldAnd({ agrees: z.boolean() }).optional(),
    disputed: toldAnd({
      reason: z.string(),
      answered: toldAnd({ answer: z.string() }).optional(),
    }).optional(),
    attested: toldAnd({ held: z.boolean() }).optional(),
    retentionChanged: ToldAnswer.optional().describe('What last moved the end of the retention'),
    reviewed: toldAnd({ triggeredOn: Day }).optional(),
    holds: z.array(toldAnd({ reference: z.string(), by: AgencyId.optional(), downstream: z.boolean() })),
    recalled: toldAnd({ dueBy: Day, answered: toldAnd({ answer: z.string() }).optional() }).optional(),
    certified: toldAnd({
      scope: z.string(),
      remains: z.array(z.enum(REMAINDERS)),
      backupsExpireOn: Day.optional(),
    }).optional(),
    verified: ToldAnswer.optional(),
    rejected: toldAnd({ reason: z.string() }).optional(),
    corrections: z.array(CorrectionAnswer),
    confirmed: z
      .array(toldAnd({ issuedBy: EntryId }))
      .describe('Corrections issued upstream that the recipient carried out, by the entry that issued them'),
    supersededBy: TransferId.optional(),
    withdrawn: ToldAnswer.optional(),
    suppressed: toldAnd(suppression)
      .optional()
      .describe('Why the public register does not show it, and until when'),
    upstream: z
      .strictObject({
        holds: z.array(ToldAnswer).describe('Holds that concern the copies handed on, too'),
        recall: toldAnd({ dueBy: Day }).optional().describe('The recall that falls due soonest'),
        corrections: z.array(CorrectionAnswer.omit({ confirmed: true })),
      })
      .optional()
      .describe('What reaches it from the transfers that its data came from'),
    downstream: z
      .strictObject({
        open: z.array(TransferId),
        more: z.boolean().describe('Whether there are more than these, or such as the reader may not see'),
      })
      .optional()
      .describe('What is still open of what came of it; told where its own destruction is certified'),
  })
  .meta({
    id: 'TransferDetail',
    description: 'A transfer with its state on the day `validAt`, by what was known at `knownAt`',
  });
export type TransferDetail = z.infer<typeof TransferDetail>;
