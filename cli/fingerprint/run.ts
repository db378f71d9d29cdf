import { basename } from 'node:path';
import type * as z from 'zod';
import { AgencyId, TransferId } from '../../core/model/scalars.ts';
import { interruptibly, UsageError } from '../failure.ts';
import { openDataset } from './dataset.ts';
import { type KeyOptions, openKeys } from './keys.ts';
import { type Made, type MakeOptions, makeFingerprints } from './make.ts';
import { fieldSets, instant, positive, type ReadOptions, readMapping } from './options.ts';
import { type Parts, partsOf, readDevices } from './parts.ts';
import { startProgress } from './progress.ts';
import { reasons, rejectLimits } from './rejects.ts';

export interface FingerprintOptions extends ReadOptions, KeyOptions {
  readonly out: string;
  readonly sets?: string;
  readonly maxRejects: readonly string[];
  readonly threads?: string;
}

export interface TransferOptions extends FingerprintOptions {
  readonly extracted: string;
  readonly recipient?: string;
  readonly transfer?: string;
  readonly with: readonly string[];
}

export interface FrameOptions extends FingerprintOptions {
  readonly date: string;
}

/** `amanat fingerprint`. @throws UsageError, Interrupted when nothing was written */
export async function runFingerprint(file: string, options: TransferOptions): Promise<void> {
  const devices = readDevices(options.with);
  const { recipient, transfer } = options;
  const described = {
    kind: 'transfer',
    extractedAt: instant(options.extracted, '--extracted'),
    ...(recipient !== undefined && { recipient: idOf(AgencyId, recipient, '--recipient') }),
    ...(transfer !== undefined && { transferId: idOf(TransferId, transfer, '--transfer') }),
    ...devices,
  } as const;
  return run(file, options, described, (parts) => ({ ...parts, ...devices }));
}

/** `amanat frame`. */
export const runFrame = (file: string, options: FrameOptions): Promise<void> => {
  const extractedAt = instant(options.date, '--date');
  return run(file, options, { kind: 'frame', extractedAt }, ({ fingerprint }) => ({
    frame: { ...fingerprint, holder: options.provider, extractedAt },
  }));
};

async function run(
  file: string,
  options: FingerprintOptions,
  described: MakeOptions['described'],
  shown: (parts: Parts) => object,
): Promise<void> {
  const started = performance.now();
  const { choices, dataset: form } = readMapping(options);
  const sets = options.sets === undefined ? undefined : fieldSets(options.sets);
  const limits = rejectLimits(options.maxRejects);
  const threads = options.threads === undefined ? undefined : positive(options.threads, '--threads');
  const keys = await openKeys(options);
  const dataset = await openDataset(file, choices, form);
  try {
    const made = await interruptibly((signal) =>
      makeFingerprints(dataset, {
        keys,
        described,
        sets,
        out: options.out,
        limits,
        threads,
        signal,
        progress: startProgress,
      }),
    );
    process.stderr.write(summary(file, options.out, made, (performance.now() - started) / 1000));
    process.stdout.write(`${JSON.stringify(shown(partsOf(file, dataset, made, keys)), null, 2)}\n`);
  } finally {
    dataset.close();
  }
}

function idOf<T extends z.ZodType>(schema: T, value: string, option: string): z.infer<T> {
  const id = schema.safeParse(value);
  if (!id.success) throw new UsageError(`${option} takes an id, and that is none`);
  return id.data;
}

/** For whoever ran it: what was read, what was not, and what was written. */
function summary(
  file: string,
  out: string,
  { seen, keys, sets, bytes, sha256 }: Made,
  seconds: number,
): string {
  const count = (value: number) => value.toLocaleString('en');
  const rejected = Object.entries(seen.rejected).map(
    ([field, rejects]) => `  not normalised: ${field.padEnd(12)} ${reasons(rejects)}\n`,
  );
  const all = keys.reduce((sum, each) => sum + each, 0);
  return [
    `${basename(file)}: ${count(seen.rows)} rows in ${seconds.toFixed(1)} s, ${count(Math.round(seen.rows / seconds))} a second\n`,
    ...rejected,
    `${out}: ${sets.join(', ')}; ${count(bytes)} bytes, ${(bytes / Math.max(1, all)).toFixed(2)} a row and set\n`,
    `SHA-256 ${sha256}\n`,
  ].join('');
}
