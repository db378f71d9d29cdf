import { createCipheriv, createHmac } from 'node:crypto';
import { type Description, encodeFingerprints } from '../../../core/fingerprint/encode.ts';
import type { KeyWords } from '../../../core/fingerprint/filter/order.ts';
import { type EpochKeys, epochKeys, type KeyHolder } from '../../../core/fingerprint/keys.ts';
import { RowBatch } from '../../../core/fingerprint/messages.ts';
import type { FieldSet } from '../../../core/fingerprint/sets.ts';
import type { AgencyId, Instant } from '../../../core/model/scalars.ts';

/** A holder of a secret that everybody knows. */
export const holder = (secret: string): KeyHolder => ({
  keyId: `test:${secret}`,
  mac: (message) => Promise.resolve(createHmac('sha256', secret).update(message).digest()),
});

export const PROVIDER = 'telecom-authority' as AgencyId;

export const testKeys = (secret = 'a', epoch = '2026', provider = PROVIDER): Promise<EpochKeys> =>
  epochKeys(holder(secret), epoch, provider);

export const described = (keys: EpochKeys, rows: number): Description => ({
  kind: 'transfer',
  provider: keys.provider,
  extractedAt: '2026-03-31T00:00:00.000Z' as Instant,
  epoch: keys.epoch,
  keyId: keys.keyId,
  keyCheck: keys.keyCheck,
  rows,
  rejected: {},
});

/** A row by its normalised number and id; undefined where it has none. */
export type Row = readonly [number: number | undefined, id: number | undefined];

/** The fingerprints of rows that have all fields of the set, strata in their lowest bits. */
export function fingerprinted(rows: readonly Row[], set: FieldSet, keys: EpochKeys): KeyWords {
  const batch = new RowBatch(rows.length, []);
  rows.forEach(([number = -1, id = -1], row) => {
    batch.numbers[row] = number;
    batch.ids[row] = id;
  });
  batch.count = rows.length;
  const { words, present } = batch.fingerprints(set, keys.prf(set));
  return Uint32Array.from(
    rows.flatMap((_, row) =>
      present[row] ? [(words[row * 2] ?? 0) | batch.stratum(row), words[row * 2 + 1] ?? 0] : [],
    ),
  );
}

const SETS: readonly FieldSet[] = ['msisdn', 'cnic', 'msisdn+cnic'];

/** The bytes of a fingerprint file of these rows. */
export const fileOf = (rows: readonly Row[], keys: EpochKeys): Uint8Array =>
  encodeFingerprints(
    described(keys, rows.length),
    new Map(SETS.map((set) => [set, fingerprinted(rows, set, keys)])),
  );

/** Rows of different people, from the `from`th to before the `to`th, of the provinces in turn. */
export const people = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, at) => {
    const person = from + at;
    return [923_000_000_000 + person, ((person % 7) + 1) * 1e12 + person];
  });

/** Keys like those of a PRF, the same ones for the same seed. */
export function keyStream(count: number, seed = 0): KeyWords {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16, seed >>> 8));
  const words = new Uint32Array(Uint8Array.from(cipher.update(new Uint8Array(count * 8))).buffer);
  for (let at = 0; at < words.length; at += 2) words[at] = (words[at] ?? 0) & ~15;
  return words;
}
