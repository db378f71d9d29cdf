import { hash, randomFillSync } from 'node:crypto';
import { canonicalBytes } from '../../core/canonical.ts';
import { encodeFingerprints, MAGIC, PREFIX_BYTES, withPrefix } from '../../core/fingerprint/encode.ts';
import { KEY_MASK, type KeyWords } from '../../core/fingerprint/filter/order.ts';
import type { FingerprintHeader } from '../../core/fingerprint/header.ts';
import type { LeakSample } from '../../core/fingerprint/sample.ts';
import type { FieldSet } from '../../core/fingerprint/sets.ts';
import { factsOf, type TransferFacts } from '../../core/index/facts.ts';
import { type AgencyId, dayOf, type FrameId, type Instant, type Sha256 } from '../../core/model/scalars.ts';
import type { FrameView } from '../../core/views/registers.ts';
import type { StoredEntry } from '../../lambdas/store/entries.ts';
import { PROVIDER, transferBody } from '../../test/support/transfers.ts';
import { entryOf } from '../support/transfers.ts';

export const SETS: readonly FieldSet[] = ['msisdn', 'cnic', 'msisdn+cnic'];
const KEYS = { provider: PROVIDER as AgencyId, epoch: '2026', keyCheck: '0'.repeat(32) };
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2024-01-15');
/** How long the ledger has been in use. */
const DAYS = 720;
const FRAMES = 3;

/**
 * Where in the master data the rows of a hand-over begin, in hand-overs of rows: two that the leak is from, some that
 * have rows of these, and some that have none. There are few different ones, each handed over again and again on other
 * days, so that each file is another.
 */
export const SOURCES = [0, 0.5];
const OVERLAPPING = [0.25, 0.75, 1, 1.25];
const STRANGERS = [1.75, 2.25, 2.75, 3];
const STARTS = [...SOURCES, ...OVERLAPPING, ...STRANGERS];
const HOLDINGS = 4;
/** Hand-overs that have rows of the leak without being its sources. */
const OVERLAPS = 20;

/** A file in the ledger, of a hand-over or a reference frame. */
export interface Filed {
  readonly id: string;
  readonly kind: 'transfer' | 'frame';
  readonly sha256: Sha256;
  readonly extractedAt: Instant;
  /** Which of the few different contents it has. */
  readonly content: number;
}

export interface HandOvers {
  readonly transfers: readonly (Filed & { readonly facts: TransferFacts; readonly opening: StoredEntry })[];
  readonly frames: readonly (Filed & { readonly view: FrameView })[];
  /** Bytes of the file of a hand-over. */
  readonly bytes: number;
  /** Rows of the sources, from each the half. */
  sampleOf(rows: number): LeakSample;
}

/** Makes hand-overs of so many rows each, and brings their files to where traces read them. */
export async function makeHandOvers(
  count: number,
  rows: number,
  bring: (sha256: Sha256, bytes: Uint8Array) => Promise<void>,
  step: (of: string, done: number, total: number) => void,
): Promise<HandOvers> {
  // From frame to frame some rows come up and some go.
  const turnover = Math.floor(rows / 50);
  const all = masterData(HOLDINGS * rows + FRAMES * turnover);
  const cut = (start: number, size: number) =>
    new Map([...all].map(([set, words]) => [set, words.subarray(start * 2, (start + size) * 2)]));
  const startOf = (content: number) => FRAMES * turnover + Math.floor((STARTS[content] as number) * rows);

  const frames: HandOvers['frames'][number][] = [];
  for (let at = 0; at < FRAMES; at++) {
    step('frames made', at, FRAMES);
    const size = HOLDINGS * rows;
    const extractedAt = instantOf((DAYS * at) / (FRAMES - 1));
    const bytes = encodeFingerprints(described('frame', size, extractedAt), cut(at * turnover, size));
    frames.push(await frameOf(at, size, bytes, extractedAt, bring));
  }

  const contents: Uint8Array[] = [];
  for (const content of STARTS.keys()) {
    step('contents made', content, STARTS.length);
    const words = cut(startOf(content), rows);
    contents.push(encodeFingerprints(described('transfer', rows, instantOf(0)), words));
  }
  const transfers: HandOvers['transfers'][number][] = [];
  for (let at = 0; at < count; at++) {
    step('files brought', at, count);
    const content = contentOf(at);
    const extractedAt = instantOf((DAYS * ((at * 617) % count)) / count);
    const bytes = onAnotherDay(contents[content] as Uint8Array, extractedAt);
    transfers.push(await transferOf(at, rows, content, bytes, extractedAt, bring));
  }
  const sampleOf = (size: number) =>
    sampleFrom(
      SETS.map((set) => [set, all.get(set) as KeyWords]),
      SOURCES.map((_, at) => startOf(at)),
      rows,
      size,
    );
  return { transfers, frames, bytes: contents[0]?.length ?? 0, sampleOf };
}

/** Every content occurs among the first hand-overs: the sources, those that overlap, and strangers; then more of these. */
export function contentOf(at: number): number {
  if (at < STARTS.length) return at;
  const rest = at - STARTS.length;
  return rest < OVERLAPS - OVERLAPPING.length
    ? SOURCES.length + (rest % OVERLAPPING.length)
    : SOURCES.length + OVERLAPPING.length + (rest % STRANGERS.length);
}
export const DIFFERENT = STARTS.length;

const instantOf = (day: number): Instant => new Date(FIRST_DAY + day * DAY_MS).toISOString() as Instant;
export const SEEN_ON = dayOf(instantOf(DAYS + 30));

/** A value has a random fingerprint of each set, with the province in its lowest bits. */
const masterData = (size: number): Map<FieldSet, KeyWords> =>
  new Map(
    SETS.map((set) => {
      const words = randomFillSync(new Uint32Array(size * 2));
      for (let row = 0; row < size; row++)
        words[row * 2] = ((words[row * 2] as number) & KEY_MASK) | stratumOf(row);
      return [set, words];
    }),
  );
const stratumOf = (row: number): number => 1 + (row % 7);

const described = (kind: Filed['kind'], rows: number, extractedAt: Instant) => ({
  kind,
  ...KEYS,
  keyId: 'bench',
  extractedAt,
  rows,
  rejected: {},
});

/** The same filters under a header of another day: another file, and made at once. */
function onAnotherDay(bytes: Uint8Array, extractedAt: Instant): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = PREFIX_BYTES + file.readUInt32LE(12);
  const header = JSON.parse(file.toString('utf8', PREFIX_BYTES, end)) as FingerprintHeader;
  return Buffer.concat([withPrefix(MAGIC, canonicalBytes({ ...header, extractedAt })), file.subarray(end)]);
}

async function frameOf(
  at: number,
  rows: number,
  bytes: Uint8Array,
  extractedAt: Instant,
  bring: (sha256: Sha256, bytes: Uint8Array) => Promise<void>,
): Promise<HandOvers['frames'][number]> {
  const sha256 = hash('sha256', bytes) as Sha256;
  await bring(sha256, bytes);
  const { entryId, recordedAt } = entryOf(transferBody()).entry;
  const frameId = `fr-${String(at).padStart(32, '0')}` as FrameId;
  const view = { holder: KEYS.provider, extractedAt, sha256, rows, fieldSets: [...SETS], epoch: KEYS.epoch };
  return {
    ...{ id: frameId, kind: 'frame', sha256, extractedAt, content: DIFFERENT + at },
    view: { ...view, frameId, entryId, recordedAt },
  };
}

async function transferOf(
  at: number,
  rows: number,
  content: number,
  bytes: Uint8Array,
  extractedAt: Instant,
  bring: (sha256: Sha256, bytes: Uint8Array) => Promise<void>,
): Promise<HandOvers['transfers'][number]> {
  const sha256 = hash('sha256', bytes) as Sha256;
  await bring(sha256, bytes);
  const day = dayOf(extractedAt);
  const opening = entryOf(
    transferBody({
      fingerprint: { sha256, rows, fieldSets: SETS, epoch: KEYS.epoch },
      snapshot: { from: day, to: day },
      handedOver: { earliest: day, latest: day },
      retention: { until: '2030-01-01' },
    }),
  );
  const facts = factsOf(opening.entry, at);
  return { id: facts.transferId, kind: 'transfer', sha256, extractedAt, content, facts, opening };
}

/** Rows evenly spread over each source, one source after the other. */
function sampleFrom(
  all: readonly (readonly [FieldSet, KeyWords])[],
  starts: readonly number[],
  held: number,
  size: number,
): LeakSample {
  const each = Math.ceil(size / starts.length);
  const rows = Uint32Array.from({ length: size }, (_, at) => {
    const from = starts[Math.floor(at / each)] as number;
    return from + Math.floor(((at % each) * held) / each);
  });
  const sets = all.map(([set, words]) => {
    const own = new Uint32Array(size * 2);
    for (const [at, row] of rows.entries()) {
      own[at * 2] = (words[row * 2] as number) & KEY_MASK;
      own[at * 2 + 1] = words[row * 2 + 1] as number;
    }
    return [set, { words: own, present: new Uint8Array(size).fill(1) }] as const;
  });
  return {
    rows: size,
    strata: Uint8Array.from(rows, stratumOf),
    keyrings: [{ ...KEYS, sets: new Map(sets) }],
  };
}
