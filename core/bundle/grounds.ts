import type { Entry } from '../model/entry.ts';
import type { TraceId } from '../model/scalars.ts';

/** An entry of a log, its place there, and the exact bytes that were hashed. */
export interface LoggedEntry {
  readonly index: number;
  readonly entry: Entry;
  readonly bytes: Uint8Array;
}

/** {@link LoggedEntry}, with its inclusion proof in the tree of the bundle's checkpoint, the leaf's sibling first. */
export interface ProvedEntry extends LoggedEntry {
  readonly proof: readonly Uint8Array[];
}

/** Verifier keys as text. */
export interface BundleKeys {
  readonly log: string;
  /** Those of whom the checkpoint has cosignatures, in the order of the cosignatures. */
  readonly witnesses: readonly string[];
}

/**
 * What a bundle rests on: bytes that a signed checkpoint commits to, by themselves or by the entry of a trace. All else
 * in a bundle follows from them, so there is nothing in it to be believed.
 */
export interface Grounds {
  /** The signed note: the log's signature, then the cosignatures of the witnesses in `keys`, and no others. */
  readonly checkpoint: string;
  readonly keys: BundleKeys;
  /** In the order of the log. */
  readonly entries: readonly ProvedEntry[];
  /** What each trace of the incident answered: the exact bytes, of which its entry has the digest. */
  readonly answers: ReadonlyMap<TraceId, Uint8Array>;
}
