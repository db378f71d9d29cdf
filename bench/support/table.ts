import { styleText } from 'node:util';
import Table from 'cli-table3';

/** Prints rows under headings; every column but the first is of figures, so they stand right. */
export function print(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const table = new Table({
    head: headings.map((heading) => styleText('bold', heading)),
    colAligns: headings.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  process.stdout.write(`${table.toString()}\n\n`);
}

export const title = (text: string): void => {
  process.stdout.write(`${styleText('bold', text)}\n`);
};
export const note = (text: string): void => {
  process.stdout.write(`${styleText('dim', text)}\n`);
};

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const tenths = (value: number): string => value.toFixed(1);
export const hundredths = (value: number): string => value.toFixed(2);

/** The value below which a share of the measurements lies (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
