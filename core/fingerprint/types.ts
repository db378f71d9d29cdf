import type { FingerprintHeader, Span, Strata } from './header.ts';
import type { FieldSet } from './sets.ts';

/**
 * Fingerprints are 60 bits: the first eight bytes of a CMAC read as a little-endian integer, the lowest four bits
 * cleared: those carry the stratum where a file is built or a sketch kept. Batches of them are `BigUint64Array`s.
 */
export type Keys = BigUint64Array<ArrayBuffer>;

/** The share of keys that a filter has not seen and yet claims to hold. */
export const FALSE_POSITIVE_RATE = 2 ** -16;

/** A sample of a file's keys: those below `2^(64 - bits)`, so one in `2^bits`, in ascending order. */
export interface Sketch {
  readonly keys: Keys;
  /**
   * Of each key the first digit of the national id that it occurred with, the lowest if there were several, and
   * `NO_STRATUM` if none. The attribution of a leak needs it to know how many rows of an area two files share.
   */
  readonly strata: Uint8Array;
  readonly bits: number;
}

/** A fingerprint file that can be asked. All of it may throw `FingerprintError`. */
export interface FingerprintSet {
  readonly header: FingerprintHeader;
  readonly fieldSets: readonly FieldSet[];
  /** How many different keys of these fields there are. */
  distinct(set: FieldSet): number;
  /** {@link distinct} by the first digit of the national id; counts below `header.suppressedBelow` are absent. */
  strata(set: FieldSet): Strata;
  /** For each key 1 if it is in the set (or one of the false positives), otherwise 0. Keys may come in any order. */
  contains(set: FieldSet, keys: Keys): Promise<Uint8Array>;
  /** @param most of the sketch's keys, the lowest; left out, all */
  sketch(set: FieldSet, most?: number): Promise<Sketch>;
  /** The first bytes of the parts of these sets, for whoever opens the file again to look at its lowest keys. */
  beginnings(sets: readonly FieldSet[]): Promise<Span[]>;
}

/** Where the bytes of a fingerprint file lie: a file, an object, a memory. */
export interface FingerprintSource {
  /** Bytes in total. */
  readonly size: number;
  /** Exactly the bytes from `offset` on, or fewer where the source ends before. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Whether all bytes are in this process's memory: what was verified of them once stays so. */
  readonly inMemory?: boolean;
}

/** How many keys two files share, as their sketches tell. */
export interface Overlap {
  readonly keys: number;
  /** One standard deviation of the estimate, in keys. */
  readonly standardError: number;
}
