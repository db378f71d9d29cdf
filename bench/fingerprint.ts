/**
 * What fingerprints cost: `npm run bench:fingerprint [rows …]`, of 10^6 and 10^7 rows unless told.
 *
 * For each size, on one file and in one run: `wc -l`; reading the CSV alone, with the scanner that the command uses and
 * with udsv; one HMAC a row (timed on a million), which is what one keyed fingerprint costs as they are usually made; and the whole
 * command with three and four field sets. Times are wall-clock beside CPU seconds of all threads, for other work on the
 * machine shows in the first alone. `rows/s on 2` is what the CPU time comes to on two cores with nothing else to do.
 */
import { createHmac } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inferSchema, initParser } from 'udsv';
import { CsvReader, csvCut } from '../cli/dataset/csv.ts';
import { FileReader, RowPieces } from '../cli/dataset/pieces.ts';
import { newKeyFile } from '../cli/fingerprint/keys.ts';
import { run } from './support/child.ts';
import { hundredths, note, print, title, whole } from './support/table.ts';

const sizes = process.argv.slice(2).map(Number);
const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'amanat-bench-'));
const key = join(folder, 'key');

const GIVEN = ['Muhammad', 'Ali', 'Fatima', 'Ayesha', 'Bilal', 'Hassan', 'Usman', 'Zainab', 'Imran', 'Tariq'];
const FAMILY = ['Khan', 'Hussain', 'Malik', 'Butt', 'Sheikh', 'Qureshi', 'Bhatti', 'Awan', 'Raza', 'Iqbal'];
const CITIES = ['Lahore', 'Karachi', 'Peshawar', 'Quetta', 'Multan', 'Faisalabad'];

const COMMA = { delimiter: 0x2c, quote: 0x22 };

const HMAC_ROWS = 1_000_000;

interface Line {
  readonly what: string;
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes?: number;
  readonly bytesAKey?: number;
}

try {
  newKeyFile(key);
  note(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
  for (const rows of sizes.length > 0 ? sizes : [1_000_000, 10_000_000]) await measure(rows);
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(rows: number): Promise<void> {
  const path = join(folder, 'rows.csv');
  writeRows(path, rows);
  const mb = (statSync(path).size / 2 ** 20).toFixed(0);
  title(`${whole(rows)} rows, ${mb} MB, one cell in seven quoted`);
  const lines = [
    { what: 'wc -l', rows, ...(await run('wc', ['-l', path])) },
    here('CSV alone', rows, () => scan(path)),
    here('CSV alone, udsv', rows, () => scanByUdsv(path)),
    oneInSo(
      rows,
      HMAC_ROWS,
      here('one HMAC-SHA-256 a row', rows, () => hmacs(Math.min(rows, HMAC_ROWS))),
    ),
    await command('amanat fingerprint, 3 sets', rows, path, []),
    await command('amanat fingerprint, 4 sets', rows, path, ['-c', 'address=Address']),
    await command('the same, one thread', rows, path, ['-c', 'address=Address', '--threads', '1']),
  ];
  print(['', 'wall s', 'CPU s', 'rows/s', 'rows/s on 2', 'peak MB', 'bytes a key'], printed(lines));
}

/** Rows such as an operator hands over: number, id, name, father's name, address, day, tariff. */
function writeRows(path: string, rows: number): void {
  const fd = openSync(path, 'w');
  let text = 'Number,CNIC,Name,Father,Address,Activated,Tariff\r\n';
  for (let row = 0; row < rows; row++) {
    // Digits that look random, the same on every run.
    const salted = (salt: number, below: number) =>
      ((Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b)) >>> 7) % below;
    const name = (salt: number) => `${GIVEN[salted(salt, 10)]} ${FAMILY[salted(salt + 1, 10)]}`;
    const number = `0${3_000_000_000 + ((row * 7919) % 999_999_937)}`;
    const id = `${1 + salted(1, 7)}${1000 + salted(2, 9000)}-${String(row % 1e7).padStart(7, '0')}-${salted(3, 10)}`;
    const address = `"House ${salted(4, 999)}, Street ${salted(5, 99)}, ${CITIES[salted(6, 6)]}"`;
    text += `${number},${id},${name(7)},${name(9)},${address},201${salted(11, 10)}-0${1 + salted(12, 9)}-11,Prepaid\r\n`;
    if (text.length > 2 ** 20) {
      writeSync(fd, text);
      text = '';
    }
  }
  writeSync(fd, text);
  closeSync(fd);
}

/** Finds the cells of two columns of every row, on one thread. */
function scan(path: string): void {
  const file = new FileReader(path);
  const pieces = new RowPieces(file, 'utf-8');
  const reader = new CsvReader(COMMA, [0, 1], 7);
  const cut = csvCut(COMMA);
  for (let rows = pieces.next(cut); rows; rows = pieces.next(cut))
    for (let at = 0; at < rows.bytes.length; ) at = reader.next(rows.bytes, at, rows.bytes.length);
  file.close();
}

function scanByUdsv(path: string): void {
  const file = new FileReader(path);
  const pieces = new RowPieces(file, 'utf-8');
  const first = pieces.takeFirst(csvCut(COMMA)).toString();
  const parser = initParser(inferSchema(`${first}1,2,3,4,"5",6,7\r\n`));
  const cut = csvCut(COMMA);
  let cells = 0;
  for (let rows = pieces.next(cut); rows; rows = pieces.next(cut))
    for (const row of parser.stringArrs(`${first}${rows.bytes.toString()}`)) cells += row.length;
  file.close();
  if (cells === 0) throw new Error('udsv read nothing');
}

/** Measured on so many of the rows, for it takes too long. */
function oneInSo(rows: number, measured: number, line: Line): Line {
  const times = Math.max(1, rows / measured);
  return { ...line, seconds: line.seconds * times, cpuSeconds: line.cpuSeconds * times };
}

function hmacs(rows: number): void {
  const secret = readFileSync(key);
  for (let row = 0; row < rows; row++)
    createHmac('sha256', secret)
      .update(`92${3_000_000_000 + row}`)
      .digest();
}

function here(what: string, rows: number, work: () => void): Line {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(cpu);
  return { what, rows, seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
}

async function command(what: string, rows: number, path: string, more: readonly string[]): Promise<Line> {
  const out = join(folder, 'out');
  const args = [
    '--key-file',
    key,
    '--provider',
    'telecom-authority',
    '--epoch',
    '2026',
    '--extracted',
    '2026-01-01',
  ];
  const taken = await run(process.execPath, [
    ...[main, 'fingerprint', path, ...args, '-c', 'msisdn=Number', '-c', 'cnic=CNIC', '-o', out, ...more],
  ]);
  const { fingerprint } = JSON.parse(taken.stdout) as { fingerprint: { fieldSets: string[] } };
  return { what, rows, ...taken, bytesAKey: statSync(out).size / (rows * fingerprint.fieldSets.length) };
}

function printed(lines: readonly Line[]): string[][] {
  const figure = (value: number | undefined, form: (value: number) => string) =>
    value === undefined || Number.isNaN(value) ? '' : form(value);
  return lines.map(({ what, rows, seconds, cpuSeconds, peakBytes, bytesAKey }) => [
    what,
    hundredths(seconds),
    figure(cpuSeconds, hundredths),
    whole(rows / seconds),
    bytesAKey === undefined ? '' : whole((2 * rows) / cpuSeconds),
    bytesAKey === undefined ? '' : figure(peakBytes, (bytes) => whole(bytes / 2 ** 20)),
    figure(bytesAKey, hundredths),
  ]);
}
