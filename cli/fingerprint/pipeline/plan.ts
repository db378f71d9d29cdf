import type { BuiltShard } from '../../../core/fingerprint/filter/shard.ts';
import type { RejectReason } from '../../../core/fingerprint/normalise/reasons.ts';
import type { FieldSet, FingerprintField } from '../../../core/fingerprint/sets.ts';
import type { CsvForm, RowFault } from '../../dataset/csv.ts';
import type { IdStyle } from './styles.ts';

/** A field, and where a row has it. */
export interface FieldPlan {
  readonly field: FingerprintField;
  /** Index of the column in CSV, its name elsewhere. */
  readonly column: number | string;
  /** Whether the column is known to hold numbers, which lose their leading zeros. */
  readonly numeric: boolean;
}

/** How rows are read. */
export type SourcePlan =
  | { readonly kind: 'csv'; readonly form: CsvForm; readonly width: number }
  | { readonly kind: 'ndjson' }
  | { readonly kind: 'parquet'; readonly path: string };

/** All that a thread must know. */
export interface ThreadPlan {
  readonly source: SourcePlan;
  readonly fields: readonly FieldPlan[];
  readonly sets: readonly { readonly set: FieldSet; readonly key: Uint8Array }[];
  /** A file of this thread's own, open for reading and writing; all threads read it in the end. */
  readonly spillFd: number;
}

/** Why a whole row was not taken. */
export type RowReject = RowFault | 'not-json';

/** Counts by reason. */
export type Rejects = Partial<Record<RejectReason | RowReject, number>>;

/** What was seen of rows. */
export interface Seen {
  rows: number;
  readonly rejected: Partial<Record<FingerprintField | 'row', Rejects>>;
  /** How the ids of a sample of rows were spelled. */
  readonly styles: { [field in 'msisdn' | 'cnic']?: Partial<Record<IdStyle, number>> };
}

/**
 * Keys of one set, written to the spill file in the order of their first bits.
 * `ends[p]` is where, counted in keys, those of partition `p` end.
 */
export interface Run {
  readonly set: number;
  readonly spillFd: number;
  readonly position: number;
  readonly ends: Uint32Array;
}

/** What a thread is asked for. */
export type Task =
  | { readonly kind: 'rows'; readonly bytes: Uint8Array<ArrayBuffer>; readonly last: boolean }
  | { readonly kind: 'row-group'; readonly from: number; readonly to: number }
  | { readonly kind: 'flush' }
  | {
      readonly kind: 'build';
      readonly slices: readonly Slice[];
      readonly shardBits: number;
      readonly sketchBits: number;
    };

/** Part of a spill file, in bytes. */
export interface Slice {
  readonly spillFd: number;
  readonly position: number;
  readonly bytes: number;
}

/** What it answers: one for each task. */
export type Answer =
  | { readonly kind: 'read'; readonly rows: number }
  | { readonly kind: 'flushed'; readonly seen: Seen; readonly runs: readonly Run[] }
  | { readonly kind: 'built'; readonly shard: BuiltShard }
  | { readonly kind: 'refused'; readonly message: string };
