import { readFileSync } from 'node:fs';
import { type CanaryHit, canaryFinder } from '../../core/fingerprint/canaries/find.ts';
import { type CanaryList, commitmentTo, openCanaries } from '../../core/fingerprint/canaries/list.ts';
import { FingerprintError } from '../../core/fingerprint/error.ts';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { RowMarks } from '../../core/fingerprint/marks/bits.ts';
import { countMarks, type MarkCounts, weighMarks } from '../../core/fingerprint/marks/score.ts';
import { type LeakDevices, MOST_DEVICES } from '../../core/model/incident.ts';
import type { Sha256 } from '../../core/model/scalars.ts';
import type { Marking } from '../../core/model/transfer.ts';
import { errorCode, UsageError } from '../failure.ts';
import type { ColumnChoice, Dataset } from '../fingerprint/dataset.ts';
import { readerOf } from '../fingerprint/pipeline/readers.ts';
import { startProgress } from '../fingerprint/progress.ts';
import { readMarks } from '../mark/read.ts';

/** A list of planted records, opened. */
export interface OpenList {
  readonly sha256: Sha256;
  readonly list: CanaryList;
}

/** Opens encrypted lists, each with whichever of the keys it is of. @throws UsageError, FingerprintError */
export const openLists = (paths: readonly string[], rings: readonly EpochKeys[]): OpenList[] =>
  paths.map((path) => {
    const list = opened(path, rings);
    return { list, sha256: commitmentTo(list).sha256 };
  });

function opened(path: string, rings: readonly EpochKeys[]): CanaryList {
  const bytes = readList(path);
  for (const ring of rings) {
    try {
      return openCanaries(bytes, ring);
    } catch (error) {
      if (!(error instanceof FingerprintError && error.code === 'wrong-key')) throw error;
    }
  }
  throw new UsageError(`${path} is under none of the --keys`);
}

function readList(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}

/** A marked copy, and the keys that its marks follow from. */
export interface Marked {
  readonly marking: Marking;
  readonly keys: EpochKeys;
}

/** Rows that are looked at together. */
const BATCH_ROWS = 16_384;

/**
 * Looks for planted records and marks in the rows of a leak, some thousands of them at a time. What comes of it are
 * counts; of more lists or copies than an entry of the ledger holds, those that say most.
 */
export async function findDevices(
  dataset: Dataset,
  choices: readonly ColumnChoice[],
  lists: readonly OpenList[],
  copies: readonly Marked[],
): Promise<LeakDevices | undefined> {
  const fields = choices.map(({ field }) => field);
  const sought = lists.map((list) => ({
    ...list,
    find: canaryFinder(list.list, fields),
    tally: new Tally(),
  }));
  const scored = copies.map((copy) => ({ ...copy, counts: undefined as MarkCounts | undefined }));
  const rows = await inBatches(dataset, (batch) => {
    for (const { find, tally } of sought) tally.add(find(batch));
    for (const each of scored) each.counts = together(each.counts, countedIn(batch, choices, each));
  });
  if (rows === 0) return undefined;
  const marks = scored
    .map(({ marking: { label, omitted }, counts = { fields: [] } }) => ({
      label,
      counts,
      ...weighMarks(counts, omitted),
    }))
    .sort((a, b) => b.log10Lr - a.log10Lr);
  return {
    fileSha256: dataset.digest() as Sha256,
    rows,
    ...(sought.length > 0 && {
      canaries: sought
        .map(({ sha256, list, tally: { found, rows } }) => ({
          ...{ sha256, planted: list.records.length, among: list.rows },
          ...{ found: found.size, inRows: rows },
        }))
        .sort((a, b) => b.inRows - a.inRows)
        .slice(0, MOST_DEVICES),
    }),
    ...(marks.length > 0 && {
      marks: marks.slice(0, MOST_DEVICES).map(({ label, counts }) => ({
        label,
        fields: counts.fields.map((each) => ({ ...each })),
        ...(counts.omission && { omission: { ...counts.omission } }),
      })),
    }),
  };
}

/** What was found of one list. */
class Tally {
  readonly found = new Set<number>();
  rows = 0;

  add(hits: readonly CanaryHit[]): void {
    for (const { canary } of hits) this.found.add(canary);
    this.rows += new Set(hits.map(({ row }) => row)).size;
  }
}

function countedIn(
  rows: readonly (readonly string[])[],
  choices: readonly ColumnChoice[],
  { marking, keys }: Marked,
): MarkCounts {
  const read = readMarks({ rows }, choices, marking);
  return countMarks(read, new RowMarks(keys, marking, read.identities), marking.omitted);
}

function together(before: MarkCounts | undefined, { fields, omission }: MarkCounts): MarkCounts {
  if (!before) return { fields, ...(omission && { omission }) };
  return {
    fields: before.fields.map(({ field, read, agreeing }, at) => ({
      field,
      read: read + (fields[at]?.read ?? 0),
      agreeing: agreeing + (fields[at]?.agreeing ?? 0),
    })),
    ...(before.omission &&
      omission && {
        omission: {
          rows: before.omission.rows + omission.rows,
          contradicting: before.omission.contradicting + omission.contradicting,
        },
      }),
  };
}

/** Gives the rows of a file to `look`, as its cells are written; answers how many could be read. */
async function inBatches(
  dataset: Dataset,
  look: (rows: readonly (readonly string[])[]) => void,
): Promise<number> {
  let [cells, batch, rows]: [string[], string[][], number] = [[], [], 0];
  const read = readerOf(dataset.source, dataset.fields, {
    cell: (_, bytes, from, to) => {
      cells.push(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString());
    },
    endRow: () => {
      batch.push(cells);
      cells = [];
      rows++;
      if (batch.length < BATCH_ROWS) return;
      look(batch);
      batch = [];
    },
    rejectRow: () => undefined,
  });
  const bar = startProgress({ what: 'devices', total: dataset.bytes, unit: 'rows' });
  try {
    for (const { task, read: position } of dataset.tasks()) {
      await read(task);
      bar.update(position, rows);
    }
  } finally {
    bar.stop();
  }
  look(batch);
  return rows;
}
