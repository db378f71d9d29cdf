import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { setImmediate as letSignalsIn } from 'node:timers/promises';
import { MARK_IDENTITIES, type MarkIdentity } from '../../core/fingerprint/marks/bits.ts';
import { MARK_SCHEME } from '../../core/fingerprint/marks/variants.ts';
import { FINGERPRINT_FIELDS, type FingerprintField } from '../../core/fingerprint/sets.ts';
import { Marking } from '../../core/model/transfer.ts';
import { checkText, encoder } from '../dataset/encoding.ts';
import { Interrupted, interruptibly, UsageError } from '../failure.ts';
import { type Dataset, openDataset } from '../fingerprint/dataset.ts';
import { type KeyOptions, openKeys } from '../fingerprint/keys.ts';
import { type ReadOptions, readMapping } from '../fingerprint/options.ts';
import { WholeFile } from '../fingerprint/output.ts';
import { startProgress } from '../fingerprint/progress.ts';
import { type Marked, Marker } from './marker.ts';
import { csvRows, jsonRow, type MarkableRow } from './rows.ts';

export interface MarkOptions extends ReadOptions, KeyOptions {
  readonly out: string;
  readonly by?: MarkIdentity;
  readonly fields?: string;
  readonly omit?: string;
  readonly label?: string;
}

/** `amanat mark`. @throws UsageError, Interrupted when nothing was written */
export async function runMark(file: string, options: MarkOptions): Promise<void> {
  const { choices, dataset: form } = readMapping(options);
  const mapped = choices.map(({ field }) => field);
  const keys = await openKeys(options);
  const by = options.by ?? MARK_IDENTITIES.find((each) => mapped.includes(each));
  if (by === undefined || !mapped.includes(by))
    throw new UsageError(
      `a row’s marks follow from its id: map a column for ${options.by ?? 'cnic or msisdn'}`,
    );
  const marking = markingOf(options, { by, mapped, epoch: keys.epoch, keyCheck: keys.keyCheck });
  const dataset = await openDataset(file, choices, form);
  try {
    const marker = new Marker(keys, marking, dataset.fields);
    await interruptibly((signal) => write(dataset, marker, options.out, signal));
    process.stderr.write(summary(file, marker.marked, options.out));
    process.stdout.write(`${JSON.stringify({ marking }, null, 2)}\n`);
  } finally {
    dataset.close();
  }
}

/** What the record will say of the marks. @throws UsageError */
function markingOf(
  { fields, omit, label }: MarkOptions,
  {
    by,
    mapped,
    epoch,
    keyCheck,
  }: Pick<Marking, 'by' | 'epoch' | 'keyCheck'> & { mapped: FingerprintField[] },
): Marking {
  const chosen = fields === undefined ? mapped : fields.split(',').map((name) => fieldNamed(name.trim()));
  const unmapped = chosen.find((field) => !mapped.includes(field));
  if (unmapped) throw new UsageError(`--fields ${unmapped} needs a column for ${unmapped}`);
  if (omit !== undefined && !/^\d(?:\.\d{1,3})?$/.test(omit))
    throw new UsageError('--omit takes a percentage of rows, such as 0.5');
  const marking = Marking.safeParse({
    scheme: MARK_SCHEME,
    label: label ?? randomBytes(16).toString('hex'),
    by,
    epoch,
    keyCheck,
    fields: [...new Set(chosen)],
    ...(omit !== undefined && { omitted: Number(omit) / 100 }),
  });
  if (marking.success) return marking.data;
  throw new UsageError(
    label !== undefined && !/^[0-9a-f]{32}$/.test(label)
      ? '--label takes 32 lower-case hex digits'
      : '--omit takes more than 0 and at most 5 percent',
  );
}

function fieldNamed(name: string): FingerprintField {
  const field = FINGERPRINT_FIELDS.find((each) => each === name);
  if (!field) throw new UsageError(`--fields knows no field ${name}: ${FINGERPRINT_FIELDS.join(', ')}`);
  return field;
}

async function write(dataset: Dataset, marker: Marker, out: string, signal: AbortSignal): Promise<void> {
  if (!dataset.text) throw new UsageError('marks go into CSV and NDJSON: convert the file first');
  const encode = encoder(dataset.text.encoding);
  const file = new WholeFile(out);
  const progress = startProgress({ what: 'marking', total: dataset.bytes, unit: 'rows' });
  try {
    file.write(encode(dataset.text.head));
    for (const { task, read } of dataset.tasks()) {
      if (task.kind !== 'rows') continue;
      const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.length);
      checkText(bytes);
      file.write(encode(Buffer.concat(marker.mark(rowsOf(bytes, task.last, dataset)))));
      progress.update(read, marker.marked.rows);
      await letSignalsIn();
      if (signal.aborted) throw new Interrupted();
    }
    check(marker.marked);
    file.keep();
  } finally {
    progress.stop();
    file.close();
  }
}

function rowsOf(bytes: Buffer, last: boolean, { source, fields }: Dataset): MarkableRow[] {
  if (source.kind === 'csv') return csvRows(bytes, last, source, fields);
  return bytes
    .toString()
    .split(/(?<=\n)/)
    .map((line) => jsonRow(line, fields));
}

/** Refuses a file in which nothing could be marked: whoever hands it over would rely on it. */
function check({ rows, unknown, cells }: Marked): void {
  if (rows === 0) throw new UsageError('the file has no rows');
  if (Object.keys(cells).length === 0)
    throw new UsageError(`no cell of ${rows} rows could be marked: ${unknown} have no valid id`);
}

function summary(file: string, { rows, unknown, omitted, cells }: Marked, out: string): string {
  const count = (value: number) => value.toLocaleString('en');
  const carriers = Object.entries(cells).map(([field, marked]) => `${field} in ${count(marked)}`);
  return [
    `${basename(file)}: ${count(rows)} rows, ${count(omitted)} left out, ${count(unknown)} without a valid id\n`,
    `${out}: marked by ${carriers.join(', ')}\n`,
  ].join('');
}
