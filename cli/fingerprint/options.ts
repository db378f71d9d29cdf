import { type Command, Option } from 'commander';
import * as z from 'zod';
import { problemOf } from '../../core/api/faults.ts';
import { FieldSetName } from '../../core/fingerprint/header.ts';
import {
  FIELD_SETS,
  FINGERPRINT_FIELDS,
  type FieldSet,
  type FingerprintField,
} from '../../core/fingerprint/sets.ts';
import { Day, Instant } from '../../core/model/scalars.ts';
import { ENCODINGS, type Encoding } from '../dataset/encoding.ts';
import { readTextFile, UsageError } from '../failure.ts';
import type { ColumnChoice, DatasetOptions } from './dataset.ts';
import type { KeyOptions } from './keys.ts';

/** How a dataset is read and under which key: what fingerprints, marks, canaries and traces all ask for. */
export interface ReadOptions {
  readonly column: readonly string[];
  readonly numeric: readonly string[];
  readonly mapping?: string;
  readonly form?: 'csv' | 'ndjson' | 'parquet';
  readonly delimiter?: string;
  readonly quote?: string;
  readonly encoding?: Encoding;
  readonly header: boolean;
}

/** Each use of an option adds to those before. */
export const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const FIELDS = FINGERPRINT_FIELDS.join(', ');

export const withReadOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '-c, --column <field=column>',
        `where a field is, by the column’s name or #number (${FIELDS})`,
      )
        .argParser(several)
        .default([], ''),
    )
    .addOption(
      new Option('--numeric <field>', 'its column holds numbers, which lose leading zeros')
        .argParser(several)
        .default([], ''),
    )
    .option('-m, --mapping <file>', 'columns and form of the file (JSON), instead of options')
    .addOption(
      new Option('--form <form>', 'of the file, where its name does not say').choices([
        'csv',
        'ndjson',
        'parquet',
      ]),
    )
    .option('--delimiter <character>', 'of a CSV file; looked for unless given')
    .option('--quote <character>', 'of a CSV file; " unless given')
    .addOption(
      new Option('--encoding <encoding>', 'utf-8 unless the file or this says otherwise').choices(ENCODINGS),
    )
    .option('--no-header', 'the first row is a row: columns go by #number');

export const withKeyOptions = (command: Command): Command =>
  command
    .addOption(new Option('--key-file <file>', 'the secret, in a file of yours alone').env('AMANAT_KEY_FILE'))
    .addOption(new Option('--kms-key <arn>', 'the secret, in KMS').env('AMANAT_KMS_KEY'))
    .requiredOption('--provider <agency>', 'whose data it is')
    .requiredOption('--epoch <epoch>', 'of the keys: the year, as a rule');

export type { KeyOptions };

const MappingFile = z.strictObject({
  $schema: z.string().optional(),
  amanatColumns: z.literal(1),
  columns: z.partialRecord(
    z.enum(FINGERPRINT_FIELDS),
    z.union([
      z.string().min(1),
      z.strictObject({ column: z.string().min(1), numeric: z.boolean().default(false) }),
    ]),
  ),
  form: z.enum(['csv', 'ndjson', 'parquet']).optional(),
  delimiter: z.string().length(1).optional(),
  quote: z.string().length(1).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  header: z.boolean().optional(),
});

/** Columns and form, of the mapping file where there is one; options count before it. @throws UsageError */
export function readMapping(options: ReadOptions): { choices: ColumnChoice[]; dataset: DatasetOptions } {
  const mapping = options.mapping === undefined ? undefined : parseMapping(readTextFile(options.mapping));
  const choices = new Map<FingerprintField, ColumnChoice>();
  for (const [name, said] of Object.entries(mapping?.columns ?? {})) {
    const field = fieldNamed(name, 'columns');
    choices.set(field, { field, ...(typeof said === 'string' ? { column: said, numeric: false } : said) });
  }
  for (const text of options.column) {
    const at = text.indexOf('=');
    if (at < 1 || at === text.length - 1) throw new UsageError(`--column takes field=column, not ${text}`);
    const field = fieldNamed(text.slice(0, at), '--column');
    choices.set(field, { field, column: text.slice(at + 1), numeric: false });
  }
  for (const name of options.numeric) {
    const field = fieldNamed(name, '--numeric');
    const choice = choices.get(field);
    if (!choice) throw new UsageError(`--numeric ${name} needs a column for ${name}`);
    choices.set(field, { ...choice, numeric: true });
  }
  if (choices.size === 0) throw new UsageError('say which columns hold what: --column or --mapping');
  return {
    choices: FINGERPRINT_FIELDS.flatMap((field) => choices.get(field) ?? []),
    dataset: {
      form: options.form ?? mapping?.form,
      delimiter: options.delimiter ?? mapping?.delimiter,
      quote: options.quote ?? mapping?.quote ?? '"',
      encoding: options.encoding ?? mapping?.encoding ?? 'utf-8',
      header: options.header && mapping?.header !== false,
    },
  };
}

function parseMapping(text: string): z.infer<typeof MappingFile> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new UsageError('the mapping is not JSON');
  }
  const { data, error } = MappingFile.safeParse(value);
  if (data) return data;
  const faults = problemOf(error, 'body').faults.map(({ pointer, detail }) => `${pointer || '/'} ${detail}`);
  throw new UsageError(`the mapping does not hold up: ${faults.join('; ')}`);
}

function fieldNamed(name: string, where: string): FingerprintField {
  const field = FINGERPRINT_FIELDS.find((each) => each === name);
  if (!field) throw new UsageError(`${where} knows no field ${name}: ${FIELDS}`);
  return field;
}

/** `a,b+c`. @throws UsageError */
export const fieldSets = (text: string): FieldSet[] =>
  text.split(',').map((name) => {
    const set = FieldSetName.safeParse(name.trim());
    if (!set.success) throw new UsageError(`--sets knows no ${name}: ${FIELD_SETS.join(', ')}`);
    return set.data;
  });

/** A day, which begins at midnight UTC, or a moment. @throws UsageError */
export function instant(text: string, option: string): Instant {
  const moment = Instant.safeParse(Day.safeParse(text).success ? `${text}T00:00:00.000Z` : text);
  if (!moment.success)
    throw new UsageError(`${option} takes a day (2026-03-31) or a moment (2026-03-31T09:30:00.000Z)`);
  return moment.data;
}

/** A whole number from 1 on. @throws UsageError */
export function positive(text: string, option: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${option} takes a whole number from 1 on`);
  return Number(text);
}
