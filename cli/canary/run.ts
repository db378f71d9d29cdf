import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as letSignalsIn } from 'node:timers/promises';
import { canaryFinder } from '../../core/fingerprint/canaries/find.ts';
import { invent, type Range, sizeOf } from '../../core/fingerprint/canaries/invent.ts';
import {
  type CanaryList,
  commitmentTo,
  newSalt,
  openCanaries,
  sealCanaries,
} from '../../core/fingerprint/canaries/list.ts';
import { encoder } from '../dataset/encoding.ts';
import { errorCode, Interrupted, interruptibly, UsageError } from '../failure.ts';
import { type Dataset, openDataset } from '../fingerprint/dataset.ts';
import { type KeyOptions, openKeys } from '../fingerprint/keys.ts';
import { positive, type ReadOptions, readMapping } from '../fingerprint/options.ts';
import { WholeFile } from '../fingerprint/output.ts';
import { readSample } from '../fingerprint/sample.ts';
import { type Filling, planted } from './plant.ts';
import { IDS, type Id, rangeOf, type Survey, survey } from './survey.ts';

export interface NewOptions extends ReadOptions, KeyOptions {
  readonly count: string;
  readonly msisdnRange: readonly string[];
  readonly cnicRange: readonly string[];
  readonly sample: readonly string[];
  readonly blank: readonly string[];
  readonly out: string;
  readonly list: string;
}

/** `amanat canary new`. @throws UsageError when nothing was written, which says why */
export async function runNew(file: string, options: NewOptions): Promise<void> {
  const { choices, dataset: form } = readMapping(options);
  const count = positive(options.count, '--count');
  const ranges: Record<Id, readonly Range[]> = {
    msisdn: options.msisdnRange.map((text) => rangeOf(text, 'msisdn')),
    cnic: options.cnicRange.map((text) => rangeOf(text, 'cnic')),
  };
  for (const id of IDS) {
    if (!choices.some(({ field }) => field === id)) continue;
    if (sizeOf(ranges[id]) < count)
      throw new UsageError(`--${id}-range must set aside at least as many as there are canaries, ${count}`);
  }
  const keys = await openKeys(options);
  const first = await openDataset(file, choices, form);
  const seen = await closing(first, async (dataset) => survey(dataset, ranges, randomInt));
  if (seen.taken > 0)
    throw new UsageError(`the ranges are not set aside: ids from them stand in ${seen.taken} of the rows`);
  const fields = choices.map(({ field }) => field);
  const records = invent(count, fields, { ...ranges, random: randomInt });
  const list: CanaryList = { amanatCanaries: 1, salt: newSalt(), rows: seen.rows + count, records };
  const sealed = sealCanaries(list, keys);
  await interruptibly(async (signal) => {
    const second = await openDataset(file, choices, form);
    await closing(second, (dataset) => write(dataset, seen, list, options, sealed, signal));
  });
  process.stderr.write(
    `${basename(file)}: ${count} canaries among ${list.rows.toLocaleString('en')} rows of ${options.out}; ` +
      `a leak of 1,500 of them shows one with probability ${chance(count, list.rows, 1_500)}\n`,
  );
  process.stdout.write(`${JSON.stringify({ canaries: commitmentTo(list) }, null, 2)}\n`);
}

/** Both files, or neither: the list has its name first, for a copy without it would be worthless. */
async function write(
  dataset: Dataset,
  seen: Survey,
  list: CanaryList,
  options: NewOptions,
  sealed: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  if (!dataset.text) throw new UsageError('canaries go into CSV: convert the file first');
  const encode = encoder(dataset.text.encoding);
  const fillings = fillingsOf(dataset, options);
  const kept = new WholeFile(options.list, 0o600);
  try {
    kept.write(sealed);
    const copy = new WholeFile(options.out);
    try {
      copy.write(encode(dataset.text.head));
      for (const bytes of batched(planted(dataset, seen, list.records, fillings, randomInt))) {
        copy.write(encode(bytes));
        await letSignalsIn();
        if (signal.aborted) throw new Interrupted();
      }
      kept.keep();
      copy.keep();
    } finally {
      copy.close();
    }
  } finally {
    kept.close();
  }
}

const BATCH_ROWS = 10_000;

function* batched(rows: Iterable<Uint8Array>): Generator<Buffer> {
  let batch: Uint8Array[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield Buffer.concat(batch);
    batch = [];
  }
  yield Buffer.concat(batch);
}

/** What goes into each column. @throws UsageError for a column of which nothing was said */
function fillingsOf({ source, fields, look }: Dataset, { sample, blank }: NewOptions): Filling[] {
  const width = source.kind === 'csv' ? source.width : 0;
  const named = (column: number, names: readonly string[]) =>
    names.includes(`#${column + 1}`) || names.includes(look.headers?.[column] ?? '');
  return Array.from({ length: width }, (_, column) => {
    const field = fields.find((each) => each.column === column);
    if (field) return field.field;
    if (named(column, sample)) return 'sample';
    if (named(column, blank)) return 'blank';
    throw new UsageError(
      `say what canaries have in column ${column + 1}: another row’s (--sample) or nothing (--blank)`,
    );
  });
}

export interface FindOptions extends ReadOptions, KeyOptions {
  readonly list: readonly string[];
}

/** `amanat canary find`. */
export async function runFind(file: string, options: FindOptions): Promise<void> {
  const { choices, dataset: form } = readMapping(options);
  const keys = await openKeys(options);
  const lists = options.list.map((path) => ({ path, list: openCanaries(readList(path), keys) }));
  const { rows, sha256, rejected } = await readSample(file, choices, form);
  if (rows.length === 0) throw new UsageError('the file has no rows that can be read');
  const fields = choices.map(({ field }) => field);
  const found = lists.map(({ path, list }) => {
    const hits = canaryFinder(list, fields)(rows);
    return {
      list: basename(path),
      ...commitmentTo(list),
      found: new Set(hits.map(({ canary }) => canary)).size,
      // What a sample of as many rows, drawn evenly from that copy alone, would hold.
      expected: Number(((rows.length * list.records.length) / list.rows).toFixed(2)),
      hits: hits.map(({ canary, row, fields }) => ({ canary: canary + 1, row: row + 1, fields })),
    };
  });
  const sample = { sha256, rows: rows.length, ...(Object.keys(rejected).length > 0 && { rejected }) };
  process.stdout.write(`${JSON.stringify({ sample, lists: found }, null, 2)}\n`);
}

function readList(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}

/** That `rows` rows of so many hold at least one canary. */
function chance(canaries: number, of: number, rows: number): string {
  const probability = 1 - (1 - canaries / of) ** Math.min(rows, of);
  return probability > 0.995 ? 'over 0.99' : probability.toFixed(2);
}

async function closing<T>(dataset: Dataset, work: (dataset: Dataset) => Promise<T>): Promise<T> {
  try {
    return await work(dataset);
  } finally {
    dataset.close();
  }
}
