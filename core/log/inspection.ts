import * as z from 'zod';
import { Instant } from '../model/scalars.ts';

/** One thing that the system cannot have written, or must have written and is not there. */
export const Finding = z.strictObject({
  /** Where it stands: `pk / sk` of a row of the ledger, or a key of the archive. */
  key: z.string(),
  /**
   * - `changed`: what belongs there does not hold what belongs in it
   * - `missing`: what belongs there is not there
   * - `foreign`: nothing belongs there
   * - `inconsistent`: contradicts something else, which may itself be what is wrong
   */
  what: z.enum(['changed', 'missing', 'foreign', 'inconsistent']),
  /** What is wrong with it, to be read after the key; never what it holds. */
  words: z.string(),
});
export type Finding = z.infer<typeof Finding>;

/** What an inspection counts. */
export const COUNTS = [
  // Rows by their kind.
  'entries',
  'indexes',
  'batches',
  'tiles',
  'checkpoints',
  'cosignatures',
  'versions',
  'answers',
  'accesses',
  'others',
  // Of these, the ones that belong to the entries that the log had when the inspection began.
  'entriesOfLog',
  'indexesOfLog',
  'versionsOfLog',
  'tilesOfLog',
  /** Of these entries, those that have a place in a history of their own. */
  'versionsDue',
  /** Accepted, and on their way into the log. */
  'waiting',
  /** Reads that are on their way into an entry. */
  'accessesWaiting',
  /** Answers that no entry names: a trace that was broken off leaves one. */
  'unclaimed',
  'archivedCheckpoints',
  'archivedCosignatures',
] as const;
export type Count = (typeof COUNTS)[number];
export type Counts = Readonly<Partial<Record<Count, number>>>;

/** The parts of an inspection, in order. The last four name what is missing, where the counts say that something is. */
export const PHASES = [
  'archivedCheckpoints',
  'archivedCosignatures',
  'rows',
  'entries',
  'indexes',
  'versions',
  'tiles',
] as const;
export type Phase = (typeof PHASES)[number];
/** What is kept in the archive too, and never goes from there. */
export type ArchivePhase = Extract<Phase, `archived${string}`>;
/** What is missing where fewer were counted than there must be. */
export type MissingPhase = Exclude<Phase, ArchivePhase | 'rows'>;

/** Where an inspection has come to. It says all there is to know for going on with it. */
export const Cursor = z.strictObject({
  began: Instant,
  /** How many entries the log had when it began: whatever belongs to them must be there. */
  size: z.int().min(0),
  /** Up to which place it was told what is wrong with the batches. */
  told: z.int().min(0),
  phase: z.enum(PHASES),
  /** What of the phase is behind it. */
  after: z.string().optional(),
  counts: z.partialRecord(z.enum(COUNTS), z.int().min(0)),
  findings: z.int().min(0),
});
export type Cursor = z.infer<typeof Cursor>;

/** What a call of the inspecting function came to. */
export const Inspected = z.strictObject({
  cursor: Cursor,
  done: z.boolean(),
  /** Those of this call, up to a bound; `cursor.findings` counts all. */
  findings: z.array(Finding),
});
export type Inspected = z.infer<typeof Inspected>;

export const added = (counts: Counts, more: Counts): Counts => {
  const sum: Partial<Record<Count, number>> = { ...counts };
  for (const name of COUNTS) if (more[name] !== undefined) sum[name] = (sum[name] ?? 0) + more[name];
  return sum;
};
