import type { Canary } from '../../core/fingerprint/canaries/list.ts';
import { respelled } from '../../core/fingerprint/canaries/respell.ts';
import { FINGERPRINT_FIELDS, type FingerprintField } from '../../core/fingerprint/sets.ts';
import type { CsvForm } from '../dataset/csv.ts';
import type { Dataset } from '../fingerprint/dataset.ts';
import { csvRowsOf, type FormRow, type Id, type Survey } from './survey.ts';

/** What an invented record has in a column: a field of its own, another row's cell, or nothing. */
export type Filling = FingerprintField | 'sample' | 'blank';

/**
 * The rows of a dataset with invented ones among them: at random places, or where their id belongs when the rows are in
 * the order of one.
 */
export function* planted(
  dataset: Dataset,
  survey: Survey,
  records: readonly Canary[],
  fillings: readonly Filling[],
  random: (below: number) => number,
): Generator<Uint8Array> {
  const form = dataset.source.kind === 'csv' ? dataset.source.form : { delimiter: 0x2c, quote: 0x22 };
  const end = dataset.text?.head.toString().endsWith('\r\n') ? '\r\n' : '\n';
  const lines = records.map((record) => line(record, fillings, survey.forms, form, random) + end);
  const queue = placed(lines, records, survey, random);
  let row = 0;
  let lineEnded = true;
  for (const view of csvRowsOf(dataset)) {
    const at = survey.order ? view.id(survey.order) : row;
    while ((queue[0]?.place ?? Number.POSITIVE_INFINITY) <= at) yield Buffer.from(queue.shift()?.line ?? '');
    yield view.bytes;
    lineEnded = view.bytes.at(-1) === 0x0a;
    row++;
  }
  if (queue.length > 0 && !lineEnded) yield Buffer.from(end);
  for (const { line } of queue) yield Buffer.from(line);
}

/** Lines with the row, or the id, ahead of which they go. */
function placed(
  lines: readonly string[],
  records: readonly Canary[],
  { order, rows }: Survey,
  random: (below: number) => number,
): { line: string; place: number }[] {
  const idOf = (record: Canary | undefined, id: Id) => Number(record?.[id] ?? 0);
  return lines
    .map((line, at) => ({ line, place: order ? idOf(records[at], order) : random(rows) }))
    .sort((a, b) => a.place - b.place);
}

function line(
  record: Canary,
  fillings: readonly Filling[],
  forms: readonly FormRow[],
  { delimiter, quote }: CsvForm,
  random: (below: number) => number,
): string {
  const quotes = String.fromCharCode(quote);
  const special = [quotes, String.fromCharCode(delimiter), '\r', '\n'];
  const form = forms[random(forms.length)];
  return fillings
    .map((filling, column) => {
      const like = form?.cells[column] ?? '';
      const text =
        filling === 'blank'
          ? ''
          : filling === 'sample'
            ? (forms[random(forms.length)]?.cells[column] ?? '')
            : respelled(filling, record, like);
      const mustBeQuoted = special.some((character) => text.includes(character));
      if (!mustBeQuoted && form?.quoted[column] !== true) return text;
      return quotes + text.replaceAll(quotes, quotes + quotes) + quotes;
    })
    .join(String.fromCharCode(delimiter));
}

export const isField = (filling: Filling): filling is FingerprintField =>
  (FINGERPRINT_FIELDS as readonly string[]).includes(filling);
