import { hash } from 'node:crypto';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { encodeSample, MOST_SAMPLE_ROWS, type RowKeys } from '../../core/fingerprint/sample.ts';
import { type FieldSet, fieldsOf, usualSets } from '../../core/fingerprint/sets.ts';
import type { Sha256 } from '../../core/model/scalars.ts';
import { UsageError } from '../failure.ts';
import type { Dataset } from '../fingerprint/dataset.ts';
import type { Seen } from '../fingerprint/pipeline/plan.ts';
import { readerOf } from '../fingerprint/pipeline/readers.ts';
import { RowFingerprinter } from '../fingerprint/pipeline/rows.ts';
import { startProgress } from '../fingerprint/progress.ts';

export interface MadeSample {
  readonly bytes: Uint8Array;
  readonly sha256: Sha256;
  readonly sets: readonly FieldSet[];
  readonly seen: Seen;
}

/**
 * Reads the rows of a leak and keeps of each no more than its fingerprints, under the keys of each provider and epoch.
 * The same rows and keys give the same bytes, whoever makes them and whenever.
 * @throws UsageError
 */
export async function makeSample(
  dataset: Dataset,
  rings: readonly EpochKeys[],
  asked: readonly FieldSet[] | undefined,
): Promise<MadeSample> {
  const mapped = dataset.fields.map(({ field }) => field);
  const sets = asked ?? usualSets(mapped);
  const lacking = sets.flatMap(fieldsOf).find((field) => !mapped.includes(field));
  if (sets.length === 0) throw new UsageError('map a column for msisdn or cnic, or for name and address');
  if (lacking) throw new UsageError(`--sets needs a column for ${lacking}`);
  const columns = rings.flatMap((keys) => sets.map((set) => ({ set, keys, column: new GrowingKeys() })));
  const strata: Uint8Array[] = [];
  const rows = new RowFingerprinter(
    dataset.fields,
    columns.map(({ set, keys }) => ({ set, key: keys.key(set) })),
    (at, words, present, strataOf) => {
      columns[at]?.column.add(words, present);
      if (at === 0) strata.push(strataOf.slice(0, present.length));
    },
  );
  await readAll(dataset, rows);
  const seen = rows.finish();
  const all = Buffer.concat(strata);
  const bytes = encodeSample({
    rows: all.length,
    strata: Uint8Array.from(all),
    keyrings: rings.map((keys) => ({
      provider: keys.provider,
      epoch: keys.epoch,
      keyCheck: keys.keyCheck,
      sets: new Map(
        columns.flatMap((each): [FieldSet, RowKeys][] =>
          each.keys === keys ? [[each.set, each.column.whole()]] : [],
        ),
      ),
    })),
  });
  return { bytes, sha256: hash('sha256', bytes) as Sha256, sets, seen };
}

async function readAll(dataset: Dataset, rows: RowFingerprinter): Promise<void> {
  const read = readerOf(dataset.source, dataset.fields, rows);
  const bar = startProgress({ what: 'reading', total: dataset.bytes, unit: 'rows' });
  try {
    for (const { task, read: position } of dataset.tasks()) {
      await read(task);
      bar.update(position, rows.seen.rows);
      if (rows.seen.rows > MOST_SAMPLE_ROWS)
        throw new UsageError(
          `a sample has at most ${MOST_SAMPLE_ROWS.toLocaleString('en')} rows: draw as many of these at random`,
        );
    }
  } finally {
    bar.stop();
  }
  if (rows.seen.rows === 0) throw new UsageError('the file has no rows');
}

/** Fingerprints batch by batch. */
class GrowingKeys {
  readonly #words: Uint32Array[] = [];
  readonly #present: Uint8Array[] = [];

  add(words: Uint32Array, present: Uint8Array): void {
    this.#words.push(words.slice(0, present.length * 2));
    this.#present.push(present.slice());
  }

  whole(): RowKeys {
    const present = Uint8Array.from(Buffer.concat(this.#present));
    const words = new Uint32Array(present.length * 2);
    let at = 0;
    for (const part of this.#words) {
      words.set(part, at);
      at += part.length;
    }
    return { words, present };
  }
}
