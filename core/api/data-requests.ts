import * as z from 'zod';
import { REQUEST_STATES } from '../lifecycle/data-request.ts';
import { DataRequest, REFUSAL_GROUNDS } from '../model/data-request.ts';
import { Flag } from '../model/entry.ts';
import { Principal } from '../model/principal.ts';
import { Day, EntryId, Instant, RequestId } from '../model/scalars.ts';
import { Area, CanonicalField } from '../model/vocabulary.ts';

const step = { entryId: EntryId, occurredOn: Day };
export const RecordedRequest = z
  .strictObject({
    requestId: RequestId,
    entryId: EntryId,
    recordedAt: Instant,
    principal: Principal,
    request: DataRequest,
    flags: z.array(Flag),
    state: z.enum(REQUEST_STATES),
    answerBy: Day.describe('By when an answer is owed'),
    granted: z
      .strictObject({
        ...step,
        until: Day,
        fields: z.array(CanonicalField).describe('What may be handed over'),
        areas: z.array(Area),
        approver: z.string(),
        conditions: z.string().optional(),
      })
      .optional(),
    refused: z.strictObject({ ...step, ground: z.enum(REFUSAL_GROUNDS), reason: z.string() }).optional(),
    ended: z
      .strictObject({ ...step, reason: z.string() })
      .optional()
      .describe('That it was withdrawn, or what was granted revoked'),
  })
  .meta({ id: 'RecordedRequest', description: 'A request for data, and what became of it' });
export type RecordedRequest = z.infer<typeof RecordedRequest>;
