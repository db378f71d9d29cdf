import { createHash } from 'node:crypto';
import * as z from 'zod';
import { canonicalBytes } from '../canonical.ts';
import { Problem } from '../problem.ts';
import { Principal } from './principal.ts';
import {
  type Day,
  EntryId,
  type FrameId,
  type IncidentId,
  Instant,
  type RequestId,
  type TraceId,
  type TransferId,
  text,
} from './scalars.ts';
import { EntrySignature } from './signing.ts';

/** What a history is about. Entries of one stream and subject form a numbered history; see {@link Entry}. */
export const STREAMS = [
  'transfer',
  'agency',
  'agreement',
  'incident',
  'coverage',
  'frame',
  'question',
  'access',
  'policy',
  'request',
] as const;
export type StreamName = (typeof STREAMS)[number];

/** What the ledger may find worth remarking when it accepts an entry. */
export const FLAG_CODES = [
  'no-agreement',
  'agreement-unknown',
  'outside-agreement-date',
  'outside-agreement-fields',
  'outside-agreement-purpose',
  'outside-agreement-area',
  'agreement-retired',
  'onward-not-allowed',
  'fields-beyond-origin',
  'retention-beyond-origin',
  'origin-handed-over-later',
  'origin-recalled',
  'origin-destroyed',
  'unencrypted',
  'digest-unknown',
  'recorded-by-steward',
  'acknowledgement-digest-differs',
  'acknowledgement-rows-differ',
  'extended-after-end',
  'destruction-partial',
  'request-not-granted',
  'beyond-grant',
] as const;

/** A finding that the ledger makes when it accepts an entry, and that stays with it. */
export const Flag = z
  .strictObject({
    code: z.enum(FLAG_CODES),
    pointer: z.string().max(200).optional().describe('Where in the record (RFC 6901)'),
  })
  .meta({
    id: 'Flag',
    description: 'A finding that the ledger made when it accepted an entry, and that stays with it',
  });
export type Flag = z.infer<typeof Flag>;
export type FlagCode = Flag['code'];

/**
 * One entry of the ledger: the leaf of the log is its canonical JSON. `version` numbers the history of one subject
 * from 0; that key exists once, so two writers never both append to the same state.
 */
export const Entry = z
  .strictObject({
    amanat: z.literal(1),
    entryId: EntryId,
    kind: text(60),
    stream: z.enum(STREAMS),
    // Ids of our own making are hex, and some look like a national id: no free text, so nothing to guard.
    subject: z
      .string()
      .min(1)
      .max(80)
      .describe(
        'What it is about: the id of a transfer, request, agency, agreement, incident or declaration',
      ),
    version: z.int().min(0).describe('Its place in the history of its subject, from 0'),
    recordedAt: Instant,
    principal: Principal,
    // Each column, file, area, purpose and origin of a transfer may deserve one or two.
    flags: z.array(Flag).max(1_000),
    body: z.record(z.string(), z.unknown()),
    signature: EntrySignature.optional(),
  })
  .meta({
    id: 'Entry',
    description: 'One entry of the ledger: its canonical JSON (RFC 8785) is a leaf of the log',
  });
export type Entry = z.infer<typeof Entry>;

/** RFC 6962 leaves of more than 65,535 bytes do not fit an entry bundle (C2SP tlog-tiles); 60 KB leaves room. */
export const MAX_ENTRY_BYTES = 60_000;

/**
 * The id of an entry follows from who submits it and under which key, so inserting it *is* the idempotency check.
 * 128 bits of SHA-256: a submitter could only ever collide with itself.
 */
export function entryIdOf(submitter: string, idempotencyKey: string): EntryId {
  const hash = createHash('sha256').update(`amanat/entry/v1\n${submitter}\n${idempotencyKey}`).digest('hex');
  return hash.slice(0, 32) as EntryId;
}

export const transferIdOf = (entryId: EntryId): TransferId => `tr-${entryId}` as TransferId;
export const incidentIdOf = (entryId: EntryId): IncidentId => `in-${entryId}` as IncidentId;
export const traceIdOf = (entryId: EntryId): TraceId => `tc-${entryId}` as TraceId;
export const requestIdOf = (entryId: EntryId): RequestId => `rq-${entryId}` as RequestId;
export const frameIdOf = (entryId: EntryId): FrameId => `fr-${entryId}` as FrameId;
/**
 * What a person's questions of a day are numbered under: how many they are follows from the last version, and no two of
 * them can both be the last that a limit allows.
 */
export const questionsIdOf = (sub: string, day: Day): string =>
  `qs-${createHash('sha256').update(`amanat/questions/v1\n${sub}\n${day}`).digest('hex').slice(0, 32)}`;
/** The entry that made a transfer, a request, an incident, a trace or a frame. */
export const entryIdWithin = (id: TransferId | RequestId | IncidentId | TraceId | FrameId): EntryId =>
  id.slice(3) as EntryId;

/** The canonical bytes of an entry: what is stored, hashed and proved. @throws Problem `entry-too-large` */
export function entryBytes(entry: Entry): Uint8Array {
  const bytes = canonicalBytes(entry);
  if (bytes.length > MAX_ENTRY_BYTES)
    throw new Problem('entry-too-large', `the entry would be ${bytes.length} bytes`);
  return bytes;
}

/** Reads canonical bytes back. @throws ZodError when they are no entry */
export const parseEntry = (bytes: Uint8Array): Entry =>
  Entry.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
