import Table from 'cli-table3';

/**
 * A table without lines, two blanks in.
 * @param right the columns that are aligned on the right
 */
export function aligned(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const chars = Object.fromEntries(BORDERS.map((name) => [name, '']));
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const table = new Table({
    chars: { ...chars, middle: '  ' },
    colAligns: Array.from({ length: columns }, (_, column) => (right.includes(column) ? 'right' : 'left')),
    style: { 'padding-left': 0, 'padding-right': 0, border: [], head: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}

const BORDERS = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
];
