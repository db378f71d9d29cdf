import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '../../../cli/fingerprint/dataset.ts';
import { type Made, makeFingerprints } from '../../../cli/fingerprint/make.ts';
import { type ReadOptions, readMapping } from '../../../cli/fingerprint/options.ts';
import { rejectLimits } from '../../../cli/fingerprint/rejects.ts';
import { keysOf } from '../../../core/fingerprint/filter/order.ts';
import type { EpochKeys } from '../../../core/fingerprint/keys.ts';
import { inMemory, openFingerprints } from '../../../core/fingerprint/open.ts';
import type { FieldSet } from '../../../core/fingerprint/sets.ts';
import type { FingerprintSet } from '../../../core/fingerprint/types.ts';
import type { Instant } from '../../../core/model/scalars.ts';
import { fingerprinted, type Row, testKeys } from '../../core/fingerprint/files.ts';

export const folder = mkdtempSync(join(tmpdir(), 'amanat-fingerprint-'));

export function fileWith(name: string, content: string | Uint8Array | ArrayBuffer): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : new Uint8Array(content));
  return path;
}

export interface Asked extends Partial<ReadOptions> {
  readonly sets?: readonly FieldSet[];
  readonly maxRejects?: readonly string[];
  readonly threads?: number;
  readonly keys?: EpochKeys;
  readonly signal?: AbortSignal;
  readonly out?: string;
}

export interface Fingerprints extends Made {
  readonly file: FingerprintSet;
  readonly fileBytes: Uint8Array;
}

/** Fingerprints a file as the command does. */
export async function fingerprints(path: string, asked: Asked = {}): Promise<Fingerprints> {
  const column = ['msisdn=Number', 'cnic=CNIC'];
  const { choices, dataset: form } = readMapping({ column, numeric: [], header: true, ...asked });
  const out = asked.out ?? join(folder, 'out.fingerprints');
  const dataset = await openDataset(path, choices, form);
  try {
    const made = await makeFingerprints(dataset, {
      keys: asked.keys ?? (await testKeys()),
      described: { kind: 'transfer', extractedAt: '2026-03-31T00:00:00.000Z' as Instant },
      sets: asked.sets,
      out,
      limits: rejectLimits(asked.maxRejects ?? []),
      threads: asked.threads,
      signal: asked.signal ?? new AbortController().signal,
      progress: () => ({ update: () => undefined, stop: () => undefined }),
    });
    const fileBytes = new Uint8Array(readFileSync(out));
    return { ...made, fileBytes, file: await openFingerprints(inMemory(fileBytes), made.sha256) };
  } finally {
    dataset.close();
  }
}

/** Whether the file has these rows, by number and id together. */
export async function has(file: FingerprintSet, rows: readonly Row[], set: FieldSet = 'msisdn+cnic') {
  const words = fingerprinted(rows, set, await testKeys());
  const keys = keysOf(words.map((word, at) => (at % 2 ? word : (word & ~15) >>> 0)));
  return [...(await file.contains(set, keys))];
}

/** The `n`th person's number and id. */
export const person = (n: number): Row => [923_000_000_000 + n, 3_520_200_000_000 + n];

const pad = (value: number, digits: number) => String(value).padStart(digits, '0');

/** A row of people's data as agencies write it. */
export function written(n: number): { number: string; cnic: string; name: string; address: string } {
  const [number = 0, id = 0] = person(n);
  const digits = pad(id, 13);
  return {
    number: `0${pad(number % 1e10, 10)}`,
    cnic: `${digits.slice(0, 5)}-${digits.slice(5, 12)}-${digits.slice(12)}`,
    name: `Ali ${n}`,
    address: `House ${n}, "Block" ${n % 7}, Lahore`,
  };
}

const cell = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const csvOf = (count: number, from = 0): string =>
  [
    'Number,CNIC,Name,Address',
    ...Array.from({ length: count }, (_, at) =>
      Object.values(written(from + at))
        .map(cell)
        .join(','),
    ),
    '',
  ].join('\n');
