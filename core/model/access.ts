import * as z from 'zod';
import { personalDataIn } from './pii.ts';
import { Principal } from './principal.ts';
import { IncidentId, Instant } from './scalars.ts';

/** So many leading characters of a moment name its hour: `2026-01-16T08`. */
const HOUR_LENGTH = 13;

/** One read of the ledger by somebody with a token: who asked what, when, under which case, and what came of it. */
export const Access = z
  .strictObject({
    accessId: z.string().regex(/^ac-[0-9a-f]{32}$/, 'must be ac- and 32 lower-case hex digits'),
    at: Instant,
    principal: Principal,
    // Operations come and go, and what was recorded of them stays: so any name, and not those of today.
    operation: z.string().regex(/^[A-Za-z]{1,60}$/),
    status: z.int().min(200).max(499).describe('The HTTP status with which it was answered'),
    incidentId: IncidentId.optional().describe('The incident under which it was asked'),
    params: z.record(z.string(), z.string()).optional().describe('What the path named'),
    query: z
      .record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
      .optional()
      .describe('What was asked for, as it was understood'),
    continued: z.literal(true).optional().describe('It was a further page of a list'),
    withheld: z
      .array(z.string())
      .optional()
      .describe('What was sent and is not kept, by its name, since it seems to hold personal data'),
    correlationId: z.string().max(64).describe('Of the request, as its answer told it'),
  })
  .meta({ id: 'Access', description: 'One read of the ledger' });
export type Access = z.infer<typeof Access>;

/** What the ledger records of reads: those of one hour, as many as an entry holds, each once. */
export const AccessRecordedBody = z.strictObject({ reads: z.array(Access).min(1).max(1_000) });
export type AccessRecordedBody = z.infer<typeof AccessRecordedBody>;

/** The hour of a moment: what the reads recorded in it, and the entries that hold them, are filed under. */
export const hourOf = (at: Instant): string => at.slice(0, HOUR_LENGTH);
export const startOf = (hour: string): Instant => `${hour}:00:00.000Z` as Instant;

/** A read as it was parsed. */
export interface Asked
  extends Pick<Access, 'accessId' | 'at' | 'principal' | 'operation' | 'status' | 'correlationId'> {
  readonly incidentId?: IncidentId | undefined;
  readonly params?: object | undefined;
  readonly query?: object | undefined;
}

/**
 * What is kept of a read. Whoever asks chooses some of it himself, so what looks like somebody's number is left out: the
 * ledger holds no personal data, however it comes.
 */
export function accessOf({ params = {}, query = {}, incidentId, ...asked }: Asked): Access {
  const withheld: string[] = [];
  const keptOf = (values: object) =>
    Object.fromEntries(
      Object.entries(values).filter(([name, value]) => {
        if (value === undefined || name === 'cursor') return false;
        const isPlain = [value].flat().every((one) => personalDataIn(String(one)).length === 0);
        if (!isPlain) withheld.push(name);
        return isPlain;
      }),
    );
  const [path, filters] = [keptOf(params), keptOf(query)];
  return Access.parse({
    ...asked,
    ...(incidentId && { incidentId }),
    ...(Object.keys(path).length > 0 && { params: path }),
    ...(Object.keys(filters).length > 0 && { query: filters }),
    ...('cursor' in query && query.cursor !== undefined && { continued: true }),
    ...(withheld.length > 0 && { withheld }),
  });
}
