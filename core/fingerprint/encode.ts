import { hash } from 'node:crypto';
import { canonicalBytes } from '../canonical.ts';
import type { Sha256 } from '../model/scalars.ts';
import { FingerprintError } from './error.ts';
import { type KeyWords, NO_STRATUM } from './filter/order.ts';
import { type BuiltShard, buildShard, shardBitsFor, sketchBitsFor } from './filter/shard.ts';
import {
  FingerprintHeader,
  type SetPart,
  type Shard,
  STRATA,
  type Strata,
  SUPPRESSED_BELOW,
} from './header.ts';
import { NORMALISATION } from './normalise/row.ts';
import type { FieldSet } from './sets.ts';

/** `amanatfp`, format version, length of the header, SHA-256 of the header. */
export const PREFIX_BYTES = 48;
export const MAGIC = 'amanatfp';
export const FORMAT_VERSION = 1;

/** What a file says of itself but for what follows from its keys. */
export type Description = Pick<
  FingerprintHeader,
  | 'kind'
  | 'provider'
  | 'recipient'
  | 'transferId'
  | 'extractedAt'
  | 'epoch'
  | 'keyId'
  | 'keyCheck'
  | 'rows'
  | 'rejected'
  | 'marking'
  | 'canaries'
>;

/**
 * The body of a file as it grows: it hands the bytes on, and remembers what the header will say of them. A field set is
 * its shards, in the order of their numbers, and an end.
 */
export class Body {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #sets: SetPart[] = [];
  #bytes = 0;
  #shards: Shard[] = [];
  #strata = new Uint32Array(NO_STRATUM + 1);
  #sketch: Uint8Array[] = [];

  /** @param write takes the bytes of the body, in order */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  shard({ keys, strata, sketch, fuse: { seed, segmentLength, segments, slots } }: BuiltShard): void {
    const bytes = new Uint8Array(slots.buffer);
    this.#shards.push({ ...this.#span(bytes), keys, seed, segmentLength, segments });
    this.#strata = this.#strata.map((sum, stratum) => sum + (strata[stratum] ?? 0));
    this.#sketch.push(bytesOf(sketch));
  }

  /** Ends the set of the shards that were given since the last. */
  end(set: FieldSet, sketchBits: number): void {
    const sketch = Buffer.concat(this.#sketch);
    this.#sets.push({
      set,
      distinct: this.#shards.reduce((sum, { keys }) => sum + keys, 0),
      strata: told(this.#strata),
      shards: this.#shards,
      sketch: { ...this.#span(sketch), keys: sketch.length / 8, bits: sketchBits },
    });
    this.#shards = [];
    this.#strata = new Uint32Array(NO_STRATUM + 1);
    this.#sketch = [];
  }

  /** What goes ahead of the body. */
  head(description: Description): Uint8Array {
    const header = FingerprintHeader.safeParse({
      amanatFingerprint: 1,
      normalisation: NORMALISATION,
      prf: 'aes-256-cmac/60',
      filter: 'fuse-16/1',
      strataBy: 'cnic-first-digit',
      suppressedBelow: SUPPRESSED_BELOW,
      ...description,
      sets: this.#sets,
    });
    if (!header.success)
      throw new FingerprintError('bad-header', header.error.issues.map(({ message }) => message).join('; '));
    return withPrefix(MAGIC, canonicalBytes(header.data));
  }

  #span(bytes: Uint8Array): { offset: number; bytes: number; sha256: Sha256 } {
    const offset = this.#bytes;
    this.#write(bytes);
    this.#bytes += bytes.length;
    return { offset, bytes: bytes.length, sha256: hash('sha256', bytes) as Sha256 };
  }
}

/**
 * A whole file in memory, for sets that fit there.
 * @param sets for each, its keys in any order, with repetitions, strata in their lowest bits
 */
export function encodeFingerprints(
  description: Description,
  sets: ReadonlyMap<FieldSet, KeyWords>,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const body = new Body((bytes) => parts.push(bytes));
  for (const [set, words] of sets) {
    const shardBits = shardBitsFor(words.length / 2);
    const sketchBits = sketchBitsFor(words.length / 2);
    for (const part of split(words, shardBits)) body.shard(buildShard(part, shardBits, sketchBits));
    body.end(set, sketchBits);
  }
  return Buffer.concat([body.head(description), ...parts]);
}

function split(words: KeyWords, shardBits: number): KeyWords[] {
  if (shardBits === 0) return [words];
  const shards = Array.from({ length: 2 ** shardBits }, (): number[] => []);
  for (let at = 0; at < words.length; at += 2)
    shards[(words[at + 1] as number) >>> (32 - shardBits)]?.push(words[at] ?? 0, words[at + 1] ?? 0);
  return shards.map((shard) => Uint32Array.from(shard));
}

/** The header of a file with what goes ahead of it. */
export function withPrefix(magic: string, header: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(magic, 'latin1');
  prefix.writeUInt32LE(FORMAT_VERSION, 8);
  prefix.writeUInt32LE(header.length, 12);
  prefix.set(hash('sha256', header, 'buffer'), 16);
  return Buffer.concat([prefix, header]);
}

const bytesOf = (words: KeyWords) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** The counts that are large enough to be told. */
const told = (counts: Uint32Array): Strata =>
  Object.fromEntries(
    STRATA.flatMap((name) => {
      const count = counts[name === 'none' ? NO_STRATUM : Number(name)] ?? 0;
      return count < SUPPRESSED_BELOW ? [] : [[name, count]];
    }),
  );
