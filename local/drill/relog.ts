import { type Backdoor, nameOf, type Row } from './backdoor.ts';
import type { Tools } from './case.ts';
import { isBatch, isIndex, isTile, logOf, type Member } from './forge.ts';

/** Batches, tiles and places: all that says what the log is. */
export const isOfTree = (row: Row): boolean => isBatch(row) || isTile(row) || isIndex(row);

/**
 * Has the table hold another log in place of the one it has, as a sequencer would have made it. Rows that say the same
 * already stay as they are.
 * @param seal of the batches, by whoever can; others leave them without a valid one
 */
export async function relog(
  door: Backdoor,
  batches: readonly (readonly Member[])[],
  seal?: Tools['sealed'],
): Promise<void> {
  const rows = await door.rows();
  const known = new Map(rows.map((row) => [nameOf(row), row]));
  const made = logOf(batches, rows.find(isBatch)?.['committedAt']?.S ?? '');
  const names = new Set(made.map(nameOf));
  await door.remove(...rows.filter((row) => isOfTree(row) && !names.has(nameOf(row))));
  const wanted = made.filter((row) => !isSameTree(row, known.get(nameOf(row))));
  await door.put(...(await Promise.all(wanted.map((row) => (seal && isBatch(row) ? seal(row) : row)))));
}

/** What of a row says what the log is: its seal and moment do not. */
const isSameTree = (row: Row, other: Row | undefined): boolean =>
  other !== undefined &&
  ['index', 'hashes', 'leaves', 'ids', 'root'].every(
    (name) =>
      row[name]?.N === other[name]?.N &&
      Buffer.compare(row[name]?.B ?? new Uint8Array(), other[name]?.B ?? new Uint8Array()) === 0,
  );
