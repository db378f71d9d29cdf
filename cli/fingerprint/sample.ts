import { keysOf } from '../../core/fingerprint/filter/order.ts';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import type { FieldSet } from '../../core/fingerprint/sets.ts';
import type { Keys } from '../../core/fingerprint/types.ts';
import { type ColumnChoice, type DatasetOptions, openDataset } from './dataset.ts';
import type { RowReject, Seen } from './pipeline/plan.ts';
import { readerOf } from './pipeline/readers.ts';
import { RowFingerprinter } from './pipeline/rows.ts';

/** The rows of a file that is small enough to be looked at row by row: a leak. */
export interface Sample {
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly headers: readonly string[] | undefined;
  /** By row, the cells of the chosen columns in the order of the choices. */
  readonly rows: readonly (readonly string[])[];
  /** Rows that could not be read, by reason. */
  readonly rejected: Partial<Record<RowReject, number>>;
}

/** Reads the chosen columns of a file as they are written. @throws UsageError for what is no dataset */
export async function readSample(
  path: string,
  choices: readonly ColumnChoice[],
  options: DatasetOptions,
): Promise<Sample> {
  const dataset = await openDataset(path, choices, options);
  try {
    const rows: string[][] = [];
    const rejected: Partial<Record<RowReject, number>> = {};
    let cells: string[] = [];
    const read = readerOf(dataset.source, dataset.fields, {
      cell: (_, bytes, from, to) => {
        cells.push(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString());
      },
      endRow: () => {
        rows.push(cells);
        cells = [];
      },
      rejectRow: (reason) => {
        rejected[reason] = (rejected[reason] ?? 0) + 1;
      },
    });
    for (const { task } of dataset.tasks()) await read(task);
    return { sha256: dataset.digest(), headers: dataset.look.headers, rows, rejected };
  } finally {
    dataset.close();
  }
}

/** The fingerprints of a sample's rows by field set. */
export interface SampleFingerprints {
  /** For each set a key for each row, and which rows have all fields of the set; the keys of others mean nothing. */
  readonly sets: ReadonlyMap<FieldSet, { readonly keys: Keys; readonly present: Uint8Array }>;
  /** By row the first digit of its id, `NO_STRATUM` without one. */
  readonly strata: Uint8Array;
  readonly rejected: Seen['rejected'];
}

/** Fingerprints a sample under the keys of one provider and epoch. */
export function fingerprintSample(
  { rows }: Sample,
  choices: readonly ColumnChoice[],
  sets: readonly FieldSet[],
  keys: EpochKeys,
): SampleFingerprints {
  const taken = new Map(
    sets.map((set) => [
      set,
      { words: new Uint32Array(rows.length * 2), present: new Uint8Array(rows.length) },
    ]),
  );
  const strata = new Uint8Array(rows.length);
  let start = 0;
  const fingerprinter = new RowFingerprinter(
    choices,
    sets.map((set) => ({ set, key: keys.key(set) })),
    (at, words, present, batchStrata) => {
      const set = taken.get(sets[at] as FieldSet);
      set?.words.set(words, start * 2);
      set?.present.set(present, start);
      strata.set(batchStrata.subarray(0, present.length), start);
      if (at === sets.length - 1) start += present.length;
    },
  );
  for (const cells of rows) {
    cells.forEach((cell, index) => {
      const bytes = Buffer.from(cell);
      fingerprinter.cell(index, bytes, 0, bytes.length);
    });
    fingerprinter.endRow();
  }
  const { rejected } = fingerprinter.finish();
  return {
    sets: new Map([...taken].map(([set, { words, present }]) => [set, { keys: keysOf(words), present }])),
    strata,
    rejected,
  };
}
