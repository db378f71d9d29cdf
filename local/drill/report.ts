import Table from 'cli-table3';
import { NO_LINES } from '../../cli/table.ts';
import { line, styled } from '../terminal.ts';
import type { Detection, Result } from './run.ts';

const [NARROWEST, WIDEST] = [80, 100];
const [MARGIN, SIGN, FOUND_BY, ALARM] = [2, 1, 10, 6];
const GAP = '  ';

/** Prints results as they come, all of them as rows of one table. */
export class Rows {
  readonly #widths: number[];
  #to = '';

  /** @param columns of the terminal */
  constructor(columns = WIDEST) {
    const fixed = MARGIN + SIGN + FOUND_BY + ALARM + 4 * GAP.length;
    const rest = Math.min(WIDEST, Math.max(NARROWEST, columns)) - fixed;
    const deed = Math.floor(rest * 0.45);
    this.#widths = [SIGN, deed, FOUND_BY, rest - deed, ALARM];
    line();
    this.#print([['', 'what was done', 'found by', 'who says', 'alarm'].map((name) => styled('bold', name))]);
  }

  /** Rows stand under what was done something to, as long as that is the same. */
  print({ of, detections, missing }: Result): void {
    if (of.to !== this.#to) line(`${GAP}${styled('cyan', of.to)}`);
    this.#to = of.to;
    const sign = missing.length === 0 ? styled('green', '✓') : styled('red', '✗');
    const cells = [
      ...missing.map((by) => [by, 'nothing, or raises no alarm', 'NONE'].map((text) => styled('red', text))),
      ...detections.map((each) => [each.by, each.words, alarmOf(each)]),
    ];
    this.#print(cells.map((row, n) => (n === 0 ? [sign, of.deed, ...row] : ['', '', ...row])));
  }

  #print(rows: readonly string[][]): void {
    const table = new Table({
      chars: { ...NO_LINES, middle: GAP },
      colWidths: this.#widths,
      wordWrap: true,
      style: { 'padding-left': 0, 'padding-right': 0, border: [], head: [] },
    });
    table.push(...rows);
    for (const text of table.toString().split('\n')) line(`${' '.repeat(MARGIN)}${text}`.trimEnd());
  }
}

/** A reader is not of the system, and has no alarm to raise. */
const alarmOf = ({ by, seconds }: Detection): string => {
  if (by === 'reader') return '–';
  return seconds === undefined ? 'raised' : `${seconds.toFixed(1)} s`;
};

/** @returns whether all was found by everyone who had to */
export function printSummary(results: readonly Result[]): boolean {
  const bad = results.filter(({ missing }) => missing.length > 0);
  line();
  for (const { of, missing } of bad)
    line(`${styled('red', '✗')} ${of.to}, ${of.deed}: not found, or without alarm, by ${missing.join(', ')}`);
  const [all, good] = [results.length, results.length - bad.length];
  const sign = bad.length === 0 ? styled('green', '✓') : styled('red', '✗');
  line(`${sign} ${good} of ${all} found by everyone who had to, each with its alarm`);
  const seconds = results
    .flatMap(({ detections }) => detections.flatMap((each) => each.seconds ?? []))
    .sort((a, b) => a - b);
  const [median, longest] = [seconds[Math.floor(seconds.length / 2)], seconds.at(-1)];
  if (median !== undefined && longest !== undefined)
    line(
      `${GAP}the stream's alarm came after ${median.toFixed(1)} s (median), ${longest.toFixed(1)} s at most`,
    );
  return bad.length === 0;
}
