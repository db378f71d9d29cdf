import * as z from 'zod';
import { AgencyId, Count, Instant, Sha256, TransferId, text } from '../model/scalars.ts';
import { Canaries, Marking } from '../model/transfer.ts';
import { FIELD_SETS, FINGERPRINT_FIELDS } from './sets.ts';

const SpanShape = { offset: Count, bytes: Count, sha256: Sha256 };
/** Part of the bytes that follow the header, counted from their first. */
export const Span = z.strictObject(SpanShape);
export interface Span {
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: Sha256;
}

/** A binary fuse filter over the keys whose first bits are the shard's number: see `fuse.ts`. */
const Shard = z.strictObject({
  ...SpanShape,
  keys: Count,
  seed: z.int().min(0).max(0xffff_ffff),
  segmentLength: z
    .int()
    .min(1)
    .max(2 ** 18),
  segments: z
    .int()
    .min(1)
    .max(2 ** 21),
});
export type Shard = z.infer<typeof Shard>;

/** The keys below `2^(64 - bits)`, in order: a sample of one in `2^bits` that is the same for every file. */
const SketchPart = z.strictObject({ ...SpanShape, keys: Count, bits: z.int().min(0).max(16) });
export type SketchPart = z.infer<typeof SketchPart>;

/** The first digit of the national id (its province), or `none` where a row has no valid one. */
export const STRATA = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'none'] as const;

export const FieldSetName = z
  .enum(FIELD_SETS)
  .meta({ id: 'FieldSetName', description: 'Fields that are fingerprinted together' });

/** Counts by stratum. */
const Strata = z.partialRecord(z.enum(STRATA), Count);
export type Strata = z.infer<typeof Strata>;
export type Stratum = keyof Strata;

const SetPart = z.strictObject({
  set: FieldSetName,
  distinct: Count.describe('How many different keys there are'),
  strata: Strata.describe('Of these, how many occur with an id of that stratum; small counts are left out'),
  sketch: SketchPart,
  shards: z.array(Shard).min(1).max(1024),
});
export type SetPart = z.infer<typeof SetPart>;

/** Strata of fewer are not told, lest they speak of single persons. */
export const SUPPRESSED_BELOW = 10;

/** What a fingerprint file says of itself: canonical JSON, ahead of the filters. `docs/fingerprints.md` explains it. */
export const FingerprintHeader = z.strictObject({
  amanatFingerprint: z.literal(1),
  normalisation: z.literal('fp-norm/1'),
  prf: z.literal('aes-256-cmac/60'),
  filter: z.literal('fuse-16/1'),
  kind: z.enum(['transfer', 'frame']).describe('A hand-over, or the master data of its holder at a time'),
  provider: AgencyId.describe('Whose key it is: who handed over, or holds the master data'),
  recipient: AgencyId.optional(),
  transferId: TransferId.optional(),
  extractedAt: Instant.describe('The state of the source that the rows show'),
  epoch: text(20),
  // An ARN has digits that may look like a number: no free text, so nothing to guard.
  keyId: z.string().min(1).max(200),
  keyCheck: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits'),
  rows: Count.describe('Rows read, whatever became of them'),
  rejected: z
    .partialRecord(z.enum(['row', ...FINGERPRINT_FIELDS]), z.record(z.string().max(40), Count))
    .describe('Cells that could not be normalised, by field and reason; under `row` whole rows'),
  strataBy: z.literal('cnic-first-digit'),
  suppressedBelow: z.literal(SUPPRESSED_BELOW),
  marking: Marking.optional(),
  canaries: Canaries.optional(),
  sets: z.array(SetPart).min(1).max(40),
});
export type FingerprintHeader = z.infer<typeof FingerprintHeader>;
