/**
 * What a spreadsheet would take for a formula at the beginning of a cell: after blanks too, and after whatever another
 * setting of the reader's takes for the end of a cell.
 */
const FORMULA = /(^|[,;"'\t\r\n])([^\S\t\r\n]*)([=+\-@＝＋－＠])/g;

/** Text that no spreadsheet calculates: an apostrophe stands before what would begin a formula (OWASP, CSV injection). */
const harmless = (text: string): string => text.replace(FORMULA, "$1$2'$3");

/** One line of a CSV file (RFC 4180), its end with it. Every cell is quoted; of nothing, the cell is empty. */
export const csvLine = (cells: readonly (string | number | undefined)[]): string =>
  `${cells.map((cell) => (cell === undefined ? '' : `"${harmless(String(cell)).replaceAll('"', '""')}"`)).join(',')}\r\n`;
