import { createHash, hash } from 'node:crypto';
import { canonicalBytes, canonicalJson } from '../canonical.ts';
import type { Sha256 } from '../model/scalars.ts';
import { beginningsOf } from './beginnings.ts';
import { FORMAT_VERSION, MAGIC, PREFIX_BYTES } from './encode.ts';
import { FingerprintError } from './error.ts';
import { byShard, highestPlace } from './filter/by-shard.ts';
import { bytesUpTo, type Fuse, MOST_FIRST_PLACES, queryFuse } from './filter/fuse.ts';
import { KEY_MASK, keysOf, NO_STRATUM, wordsOf } from './filter/order.ts';
import { FingerprintHeader, type SetPart, type Shard, type Span, type Strata } from './header.ts';
import { NORMALISATION } from './normalise/row.ts';
import type { FieldSet } from './sets.ts';
import type { FingerprintSet, FingerprintSource, Keys, Sketch } from './types.ts';

/** No header is larger: 40 sets of 1,024 shards each. */
const MOST_HEADER_BYTES = 16 * 2 ** 20;
/** Of files up to this size, what was read once is kept. */
const KEPT_BYTES = 64 * 2 ** 20;
const PIECE_BYTES = 4 * 2 ** 20;

/**
 * Opens a fingerprint file. Only its header is read at once; each part is read when it is asked for, and refused when
 * it does not have the digest that the header gives.
 *
 * @param sha256 of the whole file, as the transfer's record has it; then all of it is read, and compared, first
 * @throws FingerprintError
 */
export async function openFingerprints(source: FingerprintSource, sha256?: string): Promise<FingerprintSet> {
  if (sha256 !== undefined && (await digestOf(source)) !== sha256)
    throw new FingerprintError('altered', 'the file is not the one that the record commits to');
  const { header, bodyAt } = await readHeader(source);
  // Elsewhere a part is read once more, and might be another by then.
  const verified = sha256 !== undefined && source.inMemory === true;
  return new OpenFile(source, header, bodyAt, verified, []);
}

/**
 * Opens a file again whose header is known from when all of it was verified: nothing is read but the parts that are
 * asked for, each of which must have the digest that the header gives. Where a beginning is enough, no more is read.
 * @param beginnings as the file gave them then
 * @param sourceOf of so many bytes
 */
export function reopenFingerprints(
  header: FingerprintHeader,
  beginnings: readonly Span[],
  sourceOf: (size: number) => FingerprintSource,
): FingerprintSet {
  const bodyAt = PREFIX_BYTES + canonicalBytes(header).length;
  const bodyBytes = header.sets.reduce((end, { sketch }) => Math.max(end, sketch.offset + sketch.bytes), 0);
  return new OpenFile(sourceOf(bodyAt + bodyBytes), header, bodyAt, false, beginnings);
}

/** A source of bytes that are all there. */
export const inMemory = (bytes: Uint8Array): FingerprintSource => ({
  size: bytes.length,
  inMemory: true,
  read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
});

async function digestOf(source: FingerprintSource): Promise<string> {
  const digest = createHash('sha256');
  for (let at = 0; at < source.size; at += PIECE_BYTES)
    digest.update(await source.read(at, Math.min(PIECE_BYTES, source.size - at)));
  return digest.digest('hex');
}

async function readHeader(source: FingerprintSource) {
  const bytes = await readHeaderBytes(source, MAGIC);
  const header = parseHeader(bytes);
  const bodyAt = PREFIX_BYTES + bytes.length;
  checkSpans(header, source.size - bodyAt);
  return { header, bodyAt };
}

/** The bytes of a header behind their prefix. */
export async function readHeaderBytes(source: FingerprintSource, magic: string): Promise<Uint8Array> {
  const prefix = Buffer.from(await source.read(0, PREFIX_BYTES));
  if (prefix.toString('latin1', 0, magic.length) !== magic)
    throw new FingerprintError('not-a-fingerprint-file', 'the file does not begin as one of fingerprints');
  if (prefix.length < PREFIX_BYTES) throw new FingerprintError('truncated', 'the file ends in its prefix');
  if (prefix.readUInt32LE(8) !== FORMAT_VERSION)
    throw new FingerprintError('unknown-version', `version ${prefix.readUInt32LE(8)} of the format`);
  const length = prefix.readUInt32LE(12);
  if (length > MOST_HEADER_BYTES) throw new FingerprintError('bad-header', `a header of ${length} bytes`);
  const bytes = await source.read(PREFIX_BYTES, length);
  if (bytes.length < length) throw new FingerprintError('truncated', 'the file ends in its header');
  if (!hash('sha256', bytes, 'buffer').equals(prefix.subarray(16)))
    throw new FingerprintError('altered', 'the header does not have its digest');
  return bytes;
}

/** The versions are looked at first, so that a file of another is not merely said to be wrong. */
function parseHeader(bytes: Uint8Array): FingerprintHeader {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new FingerprintError('bad-header', 'the header is no JSON');
  }
  const { amanatFingerprint, prf, filter } = FingerprintHeader.shape;
  const known: [string, string | number][] = [
    ['amanatFingerprint', amanatFingerprint.value],
    ['prf', prf.value],
    ['filter', filter.value],
  ];
  const said = new Map(Object.entries(value ?? {}));
  const other = known.find(([name, version]) => said.get(name) !== version);
  if (other) throw new FingerprintError('unknown-version', `its ${other[0]} is not ${other[1]}`);
  if (said.get('normalisation') !== NORMALISATION)
    throw new FingerprintError(
      'other-normalisation',
      `its rows are not spelled by the rules of ${NORMALISATION}`,
    );
  const header = FingerprintHeader.safeParse(value);
  if (!header.success || canonicalJson(header.data) !== Buffer.from(bytes).toString())
    throw new FingerprintError('bad-header', 'the header does not hold up');
  return header.data;
}

/** The parts lie one after the other, and nothing else is in the file. */
function checkSpans({ sets }: FingerprintHeader, bodyBytes: number): void {
  let end = 0;
  for (const part of sets) {
    if (!holdsUp(part)) throw new FingerprintError('bad-header', `its part ${part.set} does not hold up`);
    for (const span of [...part.shards, part.sketch]) {
      if (span.offset !== end) throw new FingerprintError('bad-header', 'its parts leave gaps');
      end += span.bytes;
    }
  }
  if (new Set(sets.map(({ set }) => set)).size !== sets.length)
    throw new FingerprintError('bad-header', 'a field set stands twice');
  if (end !== bodyBytes)
    throw new FingerprintError('truncated', `${bodyBytes} bytes follow the header, not ${end}`);
}

function holdsUp({ distinct, shards, sketch }: SetPart): boolean {
  return (
    Number.isInteger(Math.log2(shards.length)) &&
    shards.reduce((sum, { keys }) => sum + keys, 0) === distinct &&
    sketch.bytes === sketch.keys * 8 &&
    sketch.keys <= distinct &&
    shards.every(
      ({ bytes, segmentLength, segments }) =>
        Number.isInteger(Math.log2(segmentLength)) &&
        segments * segmentLength <= MOST_FIRST_PLACES &&
        bytes === (segments + 2) * segmentLength * 2,
    )
  );
}

class OpenFile implements FingerprintSet {
  readonly header: FingerprintHeader;
  readonly fieldSets: readonly FieldSet[];
  readonly #source: FingerprintSource;
  readonly #bodyAt: number;
  readonly #parts: ReadonlyMap<FieldSet, SetPart>;
  /** Whether the digest of the whole file speaks for each of its parts. */
  readonly #verified: boolean;
  readonly #beginnings: ReadonlyMap<number, Span>;
  readonly #kept = new Map<Span, Promise<Uint8Array>>();

  constructor(
    source: FingerprintSource,
    header: FingerprintHeader,
    bodyAt: number,
    verified: boolean,
    beginnings: readonly Span[],
  ) {
    this.header = header;
    this.fieldSets = header.sets.map(({ set }) => set);
    this.#source = source;
    this.#bodyAt = bodyAt;
    this.#verified = verified;
    this.#beginnings = new Map(beginnings.map((span) => [span.offset, span]));
    this.#parts = new Map(header.sets.map((part) => [part.set, part]));
  }

  distinct(set: FieldSet): number {
    return this.#part(set).distinct;
  }

  strata(set: FieldSet): Strata {
    return this.#part(set).strata;
  }

  async contains(set: FieldSet, keys: Keys): Promise<Uint8Array> {
    const { shards } = this.#part(set);
    const shardBits = Math.log2(shards.length);
    const words = wordsOf(keys);
    const found = new Uint8Array(keys.length);
    // One after the other: all shards of a large file at once would not fit the memory.
    for (const [at, indexes] of byShard(words, shardBits)) {
      const shard = shards[at];
      if (!shard || shard.keys === 0) continue;
      const bytes = this.#beginnings.has(shard.offset)
        ? bytesUpTo(shard, highestPlace(words, indexes, shardBits))
        : shard.bytes;
      queryFuse(await this.#fuse(shard, bytes), shardBits, words, indexes, found);
    }
    return found;
  }

  async sketch(set: FieldSet, most = Number.POSITIVE_INFINITY): Promise<Sketch> {
    const { sketch } = this.#part(set);
    const bytes = Math.min(sketch.keys, most) * 8;
    const read = await this.#read(sketch, bytes);
    // A copy, for strata are taken out of it; and words begin where a file may not have them.
    const words = new Uint32Array(new Uint8Array(read.subarray(0, bytes)).buffer);
    const strata = new Uint8Array(words.length / 2);
    for (let i = 0; i < strata.length; i++) {
      const low = words[i * 2] as number;
      strata[i] = low & NO_STRATUM;
      words[i * 2] = low & KEY_MASK;
    }
    return { keys: keysOf(words), strata, bits: sketch.bits };
  }

  async beginnings(sets: readonly FieldSet[]): Promise<Span[]> {
    const beginnings: Span[] = [];
    for (const set of sets) {
      const { sketch, shards } = this.#part(set);
      for (const [part, bytes] of beginningsOf(sketch, shards[0] as Shard)) {
        const first = (await this.#read(part)).subarray(0, bytes);
        beginnings.push({ offset: part.offset, bytes, sha256: hash('sha256', first) as Sha256 });
      }
    }
    return beginnings;
  }

  /** @param bytes how many of its first are needed */
  async #fuse(shard: Shard, bytes: number): Promise<Fuse> {
    const { seed, segmentLength, segments } = shard;
    const { buffer, byteOffset, byteLength } = await this.#read(shard, bytes);
    return { seed, segmentLength, segments, slots: new DataView(buffer, byteOffset, byteLength) };
  }

  /** A part, or no more than its beginning where that has so many bytes. */
  #read(part: Span, bytes = part.bytes): Promise<Uint8Array> {
    const beginning = this.#beginnings.get(part.offset);
    const span = beginning && bytes <= beginning.bytes ? beginning : part;
    if (this.#source.size > KEPT_BYTES) return this.#fetch(span);
    const kept = this.#kept.get(span) ?? this.#fetch(span);
    this.#kept.set(span, kept);
    return kept;
  }

  async #fetch({ offset, bytes, sha256 }: Span): Promise<Uint8Array> {
    const read = await this.#source.read(this.#bodyAt + offset, bytes);
    if (read.length !== bytes) throw new FingerprintError('truncated', 'the file ends in one of its parts');
    if (!this.#verified && hash('sha256', read) !== sha256)
      throw new FingerprintError('altered', 'a part of the file does not have its digest');
    return read;
  }

  #part(set: FieldSet): SetPart {
    const part = this.#parts.get(set);
    if (!part) throw new FingerprintError('unknown-field-set', `the file has no fingerprints of ${set}`);
    return part;
  }
}
