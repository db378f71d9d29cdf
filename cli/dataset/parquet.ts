import {
  asyncBufferFromFile,
  type FileMetaData,
  type ParquetScan,
  parquetMetadataAsync,
  parquetScan,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UsageError } from '../failure.ts';

/** What a file says of itself. @throws UsageError for what is no Parquet file, or only part of one */
export async function parquetMetadata(path: string): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(await asyncBufferFromFile(path));
  } catch {
    // It is said at the file's end, so that this is what a file that was cut off comes to.
    throw new UsageError('the file is no Parquet file, or it is cut off');
  }
}

/** Reads columns of a file, a range of rows at a time. */
export const scanParquet = async (path: string, columns: string[]): Promise<ParquetScan> =>
  parquetScan({ file: await asyncBufferFromFile(path), columns, compressors });

/** The columns that hold one value a row, and whether that is a number. */
export function parquetColumns({ schema }: FileMetaData): { name: string; numeric: boolean }[] {
  const [root, ...elements] = schema;
  // Elements follow in the order of a walk through the tree; those of groups are passed over with the group.
  const columns = [];
  let at = 0;
  for (let child = 0; child < (root?.num_children ?? 0); child++) {
    const element = elements[at];
    if (element?.type !== undefined && element.repetition_type !== 'REPEATED')
      columns.push({ name: element.name, numeric: NUMBERS.has(element.type) });
    at = afterTree(elements, at);
  }
  return columns;
}

const NUMBERS = new Set(['INT32', 'INT64', 'FLOAT', 'DOUBLE']);

function afterTree(elements: readonly { readonly num_children?: number }[], at: number): number {
  let after = at + 1;
  for (let child = 0; child < (elements[at]?.num_children ?? 0); child++) after = afterTree(elements, after);
  return after;
}

/** Rows that one thread reads at a time, at most: they are held in memory. */
const ROWS_AT_ONCE = 131_072;

/** Ranges of rows, none across the groups in which the file keeps them. */
export function rowRanges({ row_groups }: FileMetaData): { from: number; to: number }[] {
  const ranges = [];
  let start = 0;
  for (const { num_rows } of row_groups) {
    const end = start + Number(num_rows);
    for (let from = start; from < end; from += ROWS_AT_ONCE)
      ranges.push({ from, to: Math.min(end, from + ROWS_AT_ONCE) });
    start = end;
  }
  return ranges;
}
