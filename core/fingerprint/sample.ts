import { hash } from 'node:crypto';
import * as z from 'zod';
import { canonicalBytes, canonicalJson } from '../canonical.ts';
import { AgencyId, Count, Sha256, text } from '../model/scalars.ts';
import { PREFIX_BYTES, withPrefix } from './encode.ts';
import { FingerprintError } from './error.ts';
import { KEY_MASK, type KeyWords, NO_STRATUM } from './filter/order.ts';
import { FieldSetName, type Span } from './header.ts';
import { NORMALISATION } from './normalise/row.ts';
import { inMemory, readHeaderBytes } from './open.ts';
import type { FieldSet } from './sets.ts';

/**
 * The rows of a leak as whoever holds the keys gives them to whoever holds the filters: of each row the fingerprints
 * under the keys of each provider and epoch that it is to be compared with, and nothing else of it. Neither side alone
 * can tell anything of a person by it.
 *
 * `amanatsm`, version, length and SHA-256 of the header as ahead of a fingerprint file; the header, canonical JSON; the
 * stratum of each row, a byte each; then of each keyring and field set eight bytes a row: the fingerprint with a one in
 * its lowest bits, or zero where the row lacks one of the fields.
 */
const MAGIC = 'amanatsm';
const PRESENT = 1;

/** No leak is compared by more rows than this; a larger one by as many of them, drawn at random. */
export const MOST_SAMPLE_ROWS = 1_000_000;
export const MOST_SAMPLE_BYTES = 192 * 2 ** 20;

const SpanShape = { offset: Count, bytes: Count, sha256: Sha256 };

const Keyring = z.strictObject({
  provider: AgencyId,
  epoch: text(20),
  keyCheck: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits'),
  sets: z
    .array(z.strictObject({ set: FieldSetName, ...SpanShape }))
    .min(1)
    .max(40),
});

const SampleHeader = z.strictObject({
  amanatSample: z.literal(1),
  normalisation: z.literal(NORMALISATION),
  prf: z.literal('aes-256-cmac/60'),
  rows: z.int().min(1).max(MOST_SAMPLE_ROWS),
  strata: z.strictObject(SpanShape),
  keyrings: z.array(Keyring).min(1).max(200),
});
type SampleHeader = z.infer<typeof SampleHeader>;

/** The fingerprints of rows for one set: what `present` says is 0 of a row that lacks one of its fields. */
export interface RowKeys {
  readonly words: KeyWords;
  readonly present: Uint8Array;
}

/** The rows under the keys of one provider and epoch. */
export interface SampleKeyring {
  readonly provider: AgencyId;
  readonly epoch: string;
  readonly keyCheck: string;
  readonly sets: ReadonlyMap<FieldSet, RowKeys>;
}

export interface LeakSample {
  readonly rows: number;
  /** Of each row the first digit of its national id, `NO_STRATUM` without one. */
  readonly strata: Uint8Array;
  readonly keyrings: readonly SampleKeyring[];
}

export function encodeSample({ rows, strata, keyrings }: LeakSample): Uint8Array {
  const parts: Uint8Array[] = [];
  let end = 0;
  const span = (bytes: Uint8Array): Span => {
    const offset = end;
    parts.push(bytes);
    end += bytes.length;
    return { offset, bytes: bytes.length, sha256: hash('sha256', bytes) as Sha256 };
  };
  const header = SampleHeader.parse({
    amanatSample: 1,
    normalisation: NORMALISATION,
    prf: 'aes-256-cmac/60',
    rows,
    strata: span(strata),
    keyrings: keyrings.map(({ provider, epoch, keyCheck, sets }) => ({
      provider,
      epoch,
      keyCheck,
      sets: [...sets].map(([set, keys]) => ({ set, ...span(packed(keys)) })),
    })),
  });
  return Buffer.concat([withPrefix(MAGIC, canonicalBytes(header)), ...parts]);
}

function packed({ words, present }: RowKeys): Uint8Array {
  const own = new Uint32Array(present.length * 2);
  for (let row = 0; row < present.length; row++) {
    if (present[row] === 0) continue;
    own[row * 2] = ((words[row * 2] as number) & KEY_MASK) | PRESENT;
    own[row * 2 + 1] = words[row * 2 + 1] as number;
  }
  return new Uint8Array(own.buffer);
}

/** @throws FingerprintError for whatever is no such file, whole and unaltered */
export async function openSample(bytes: Uint8Array): Promise<LeakSample> {
  const headerBytes = await readHeaderBytes(inMemory(bytes), MAGIC);
  const header = parseHeader(headerBytes);
  const body = bytes.subarray(PREFIX_BYTES + headerBytes.length);
  let end = 0;
  const part = ({ offset, bytes: length, sha256 }: Span): Uint8Array<ArrayBuffer> => {
    const found = Uint8Array.from(body.subarray(offset, offset + length));
    if (offset !== end || found.length !== length)
      throw new FingerprintError('truncated', 'a part of the sample is missing');
    if (hash('sha256', found) !== sha256)
      throw new FingerprintError('altered', 'a part of the sample does not have its digest');
    end += length;
    return found;
  };
  const strata = part(header.strata);
  if (strata.length !== header.rows || strata.some((stratum) => stratum > 9 && stratum !== NO_STRATUM))
    throw new FingerprintError('bad-header', 'the strata of the sample do not hold up');
  const keyrings = header.keyrings.map(({ provider, epoch, keyCheck, sets }) => ({
    provider,
    epoch,
    keyCheck,
    sets: new Map(sets.map((each) => [each.set, unpacked(part(each), header.rows)])),
  }));
  if (end !== body.length) throw new FingerprintError('truncated', 'more follows the sample than it says');
  return { rows: header.rows, strata, keyrings };
}

function parseHeader(bytes: Uint8Array): SampleHeader {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const header = SampleHeader.parse(JSON.parse(text));
    if (canonicalJson(header) === text) return header;
  } catch {
    // Said below, and without what a parser would repeat of it.
  }
  throw new FingerprintError('bad-header', 'the header of the sample does not hold up');
}

function unpacked(bytes: Uint8Array<ArrayBuffer>, rows: number): RowKeys {
  if (bytes.length !== rows * 8) throw new FingerprintError('bad-header', 'a part has not the sample’s rows');
  const words = new Uint32Array(bytes.buffer);
  const present = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const low = words[row * 2] as number;
    present[row] = low & PRESENT;
    words[row * 2] = low & KEY_MASK;
  }
  return { words, present };
}
