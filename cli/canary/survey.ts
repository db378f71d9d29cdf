import { type Range, sizeOf } from '../../core/fingerprint/canaries/invent.ts';
import { normaliseId } from '../../core/fingerprint/normalise/id.ts';
import { normaliseNumber } from '../../core/fingerprint/normalise/number.ts';
import { CsvReader, refuseCutOff, undoubled } from '../dataset/csv.ts';
import { checkText } from '../dataset/encoding.ts';
import { UsageError } from '../failure.ts';
import type { Dataset } from '../fingerprint/dataset.ts';

export type Id = 'msisdn' | 'cnic';
export const IDS: readonly Id[] = ['msisdn', 'cnic'];

/** A real row, for its form and for what may be taken over from it. */
export interface FormRow {
  readonly cells: readonly string[];
  readonly quoted: readonly boolean[];
}

/** What a dataset is like, as far as records that are to pass for its own must know. */
export interface Survey {
  readonly rows: number;
  /** Rows with an id from the ranges that nobody should have. */
  readonly taken: number;
  /** The id by which the rows are in order, if they are. */
  readonly order: Id | undefined;
  /** Some rows, drawn evenly. */
  readonly forms: readonly FormRow[];
}

const FORMS = 1_000;

/** Reads a CSV dataset once. @throws UsageError */
export function survey(
  dataset: Dataset,
  ranges: Readonly<Record<Id, readonly Range[]>>,
  random: (below: number) => number,
): Survey {
  const forms: FormRow[] = [];
  const last = new Map<Id, number>();
  const ordered = new Set<Id>(IDS.filter((id) => columnOf(dataset, id) !== undefined));
  let [rows, taken] = [0, 0];
  for (const row of csvRowsOf(dataset)) {
    // Reservoir sampling: each row has the same chance, however many follow.
    if (forms.length < FORMS) forms.push(row.form());
    else {
      const place = random(rows + 1);
      if (place < FORMS) forms[place] = row.form();
    }
    rows++;
    const ids = IDS.map((id) => [id, row.id(id)] as const);
    if (ids.some(([id, value]) => ranges[id].some(({ first, last }) => value >= first && value <= last)))
      taken++;
    for (const [id, value] of ids) {
      if (value < (last.get(id) ?? 0)) ordered.delete(id);
      last.set(id, value);
    }
  }
  if (rows === 0) throw new UsageError('the file has no rows');
  return { rows, taken, order: rows > 1 ? IDS.find((id) => ordered.has(id)) : undefined, forms };
}

/** A row in the file's own bytes. */
export interface CsvRowView {
  readonly bytes: Uint8Array;
  form(): FormRow;
  /** Its normalised id; negative when it has none. */
  id(id: Id): number;
}

/** The rows of a CSV dataset, each valid until the next. @throws UsageError for other forms, and for a file cut off */
export function* csvRowsOf({ source, fields, tasks }: Dataset): Generator<CsvRowView> {
  if (source.kind !== 'csv') throw new UsageError('canaries go into CSV: convert the file first');
  const { form, width } = source;
  const columns = Array.from({ length: width }, (_, at) => at);
  const reader = new CsvReader(form, columns, width);
  for (const { task } of tasks()) {
    if (task.kind !== 'rows') continue;
    const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.length);
    checkText(bytes);
    const cell = (at: number) => {
      const [from, to] = [reader.from[at] ?? 0, reader.to[at] ?? 0];
      return Buffer.from(
        reader.doubled[at] ? undoubled(bytes, from, to, form.quote) : bytes.subarray(from, to),
      );
    };
    for (let [at, from] = [0, 0]; at < bytes.length; ) {
      const start = at;
      at = reader.next(bytes, at, bytes.length);
      if (task.last) refuseCutOff(reader, start, at, bytes.length);
      if (reader.cells === 0) continue;
      // With the blank lines ahead of it.
      const whole = bytes.subarray(from, at);
      from = at;
      const readable = reader.fault === undefined;
      yield {
        bytes: whole,
        form: () => ({
          cells: columns.map((column) => (readable ? cell(column).toString() : '')),
          quoted: columns.map((column) => reader.quoted[column] === 1),
        }),
        id: (id) => {
          const field = fields.find((each) => each.field === id);
          if (!field || !readable) return -1;
          const text = cell(Number(field.column));
          return id === 'msisdn'
            ? normaliseNumber(text, 0, text.length)
            : normaliseId(text, 0, text.length, field.numeric);
        },
      };
    }
  }
}

export const columnOf = ({ fields }: Dataset, id: Id): number | undefined => {
  const field = fields.find((each) => each.field === id);
  return field === undefined ? undefined : Number(field.column);
};

/** `923009990000-923009999999`. @throws UsageError */
export function rangeOf(text: string, id: Id): Range {
  const form = id === 'msisdn' ? /^(923\d{9})-(923\d{9})$/ : /^(\d{13})-(\d{13})$/;
  const [, first, last] = form.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (!(range.first <= range.last))
    throw new UsageError(
      `--${id}-range takes the first and last of ${id === 'msisdn' ? 'numbers as 923…, 12 digits' : 'ids of 13 digits'}, with a dash between`,
    );
  if (sizeOf([range]) > 1e9) throw new UsageError(`--${id}-range is too large to be set aside`);
  return range;
}
