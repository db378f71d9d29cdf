import * as z from 'zod';
import { problemOf } from '../../core/api/faults.ts';
import type { Json } from '../../core/canonical.ts';
import { AgencyRecord } from '../../core/model/registry.ts';
import { AgencyId } from '../../core/model/scalars.ts';
import { LACKABLE, TransferRecord } from '../../core/model/transfer.ts';
import { ENCODINGS } from '../dataset/encoding.ts';
import { UsageError } from '../failure.ts';
import { compilePattern, type DatePattern } from './dates.ts';
import { folded } from './text.ts';

/**
 * The mapping of a register: how its rows become transfers. `docs/import.md` describes each property for whoever
 * writes one; what is here must be there.
 */

const ColumnName = z.string().min(1).max(200);

const Pattern = z.string().transform((pattern, context): DatePattern => {
  try {
    return compilePattern(pattern);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no pattern' });
    return z.NEVER;
  }
});

/** A value map by folded key: the cells `Consent`, `consent ` and `CONSENT` are one key. */
const ValueMap = z.record(z.string(), z.json()).transform((entries, context): ReadonlyMap<string, Json> => {
  const map = new Map<string, Json>();
  for (const [key, value] of Object.entries(entries)) {
    if (map.has(folded(key)))
      context.addIssue({ code: 'custom', path: [key], message: 'stands twice, in another spelling' });
    map.set(folded(key), value);
  }
  return map;
});

/** How a value is taken from a row. */
const Take = z
  .strictObject({
    column: ColumnName.optional(),
    template: z.string().min(1).max(1000).optional(),
    split: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .transform((separators) => [separators].flat())
      .optional(),
    map: ValueMap.optional(),
    default: z.json().optional(),
    unmapped: z.enum(['refuse', 'absent', 'keep']).optional(),
    as: z.enum(['text', 'slug', 'integer', 'day']).default('text'),
    end: z.enum(['first', 'last']).optional(),
    dates: z.array(Pattern).min(1).max(20).optional(),
    shorten: z.int().min(10).max(2000).optional(),
  })
  .superRefine((take, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (take.column !== undefined && take.template !== undefined)
      fault('template', 'has no place beside column');
    if (take.template !== undefined && placeholders(take.template).length === 0)
      fault('template', 'names no column in braces: write the text itself instead');
    for (const name of ['default', 'unmapped'] as const)
      if (take[name] !== undefined && !take.map) fault(name, 'has no place without a map');
    if (take.default !== undefined && take.unmapped) fault('unmapped', 'has no place beside default');
    for (const name of ['end', 'dates'] as const)
      if (take[name] !== undefined && take.as !== 'day') fault(name, 'has a place only where as is "day"');
    if (take.shorten !== undefined && take.as !== 'text' && take.as !== 'slug')
      fault('shorten', 'has no place here');
  });
export type Take = z.infer<typeof Take>;

/** A {@link Take} within a {@link Value}. */
export class Taken {
  readonly take: Take;
  constructor(take: Take) {
    this.take = take;
  }
}

/** Plain JSON in which any object with a `column` or a `template` stands for what it takes from the row. */
export type Value = string | number | boolean | Taken | readonly Value[] | { readonly [key: string]: Value };

const Value = z
  .json()
  .transform(
    (value, context): Value =>
      compiled(value, [], (path, message) => context.addIssue({ code: 'custom', path: [...path], message })),
  );

function compiled(
  value: unknown,
  path: readonly PropertyKey[],
  fault: (path: readonly PropertyKey[], message: string) => void,
): Value {
  if (Array.isArray(value)) return value.map((item, i) => compiled(item, [...path, i], fault));
  if (typeof value !== 'object' || value === null) {
    if (value === null) fault(path, 'must not be null');
    return value as Value;
  }
  if ('column' in value || 'template' in value) {
    const { data, error } = Take.safeParse(value);
    for (const issue of error?.issues ?? []) fault([...path, ...issue.path], issue.message);
    return data ? new Taken(data) : '';
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, compiled(member, [...path, key], fault)]),
  );
}

/** The columns that a template names: `release {RowID}`. */
export const placeholders = (template: string): string[] =>
  [...template.matchAll(PLACEHOLDER)].map(([, column]) => column ?? '');
export const PLACEHOLDER = /\{([^{}]+)\}/g;
/** The placeholder that stands for the line of the file. */
export const LINE_PLACEHOLDER = '@line';

const PartyMapping = z.strictObject({
  agency: Value,
  unit: Value.optional(),
  register: z
    .strictObject({
      kind: Value,
      area: Value.optional(),
      holdsOwnData: z.boolean().optional(),
      evidence: Value.optional(),
    })
    .optional(),
});
export type PartyMapping = z.infer<typeof PartyMapping>;

const { name, kind, area, evidence } = AgencyRecord.shape;
const KnownAgency = z
  .strictObject({
    sameAs: name.optional(),
    agencyId: AgencyId.optional(),
    name: name.optional(),
    kind: kind.optional(),
    area,
    holdsOwnData: z.boolean().optional(),
    evidence,
  })
  .refine((known) => known.sameAs === undefined || Object.keys(known).length === 1, {
    path: ['sameAs'],
    message: 'stands alone: the rest is said of the other name',
  });
export type KnownAgency = z.infer<typeof KnownAgency>;

/** Said of the import as a whole, or by the importer; the rest of a record is mapped under `record`. */
const NOT_MAPPED = ['provider', 'recipient', 'assertion', 'confidence', 'evidence', 'lacking'] as const;
type MappedPart = Exclude<keyof TransferRecord, (typeof NOT_MAPPED)[number]>;
const MAPPED = Object.keys(TransferRecord.shape).filter(
  (part) => !(NOT_MAPPED as readonly string[]).includes(part),
) as [MappedPart, ...MappedPart[]];

const DEFAULT_PATTERNS = ['YYYY-MM-DD'].map(compilePattern);

export const Mapping = z
  .strictObject({
    $schema: z.string().optional(),
    amanatMapping: z.literal(1),
    title: z.string().min(1).max(200),
    register: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{0,60}$/, 'must be lower-case letters, digits, dots and dashes')
      .optional(),
    csv: z
      .strictObject({
        encoding: z.enum(ENCODINGS).default('utf-8'),
        delimiter: z.string().length(1).default(','),
        quote: z.string().length(1).default('"'),
        relaxedQuotes: z.boolean().default(false),
        columns: z.array(ColumnName).min(1).max(500).optional(),
      })
      .prefault({}),
    identity: z.array(ColumnName).min(1).max(20),
    ignore: z.array(ColumnName).max(100).default([]),
    blanks: z.array(z.string()).max(50).default([]),
    dates: z
      .strictObject({
        patterns: z.array(Pattern).min(1).max(20).default(DEFAULT_PATTERNS),
        pivot: z.int().min(1850).max(2100).optional(),
      })
      .prefault({}),
    onPersonalData: z.enum(['refuse', 'withhold']).default('refuse'),
    assertion: z.enum(['retrospective', 'recipient-declared', 'inferred']).default('retrospective'),
    confidence: z.enum(['low', 'moderate', 'high']),
    evidence: z.strictObject({
      kind: z
        .enum(['register', 'letter', 'email', 'log', 'file', 'contract', 'interview', 'other'])
        .default('register'),
      description: Value,
      reference: Value.optional(),
    }),
    agencies: z.record(z.string(), KnownAgency).default({}),
    provider: PartyMapping,
    recipient: PartyMapping,
    record: z.partialRecord(z.enum(MAPPED), Value),
    lacking: z.partialRecord(z.enum(LACKABLE), Value).default({}),
  })
  .superRefine((mapping, context) => {
    const patterns = [mapping.dates.patterns, ...takesIn(mapping).map(({ dates }) => dates ?? [])].flat();
    if (mapping.dates.pivot === undefined && patterns.some(({ parts }) => parts.includes('YY')))
      context.addIssue({
        code: 'custom',
        path: ['dates', 'pivot'],
        message: 'is required where a pattern has YY: the first of the hundred years that it stands for',
      });
    const names = new Set<string>();
    for (const [spelled, known] of Object.entries(mapping.agencies)) {
      const fault = (message: string) =>
        context.addIssue({ code: 'custom', path: ['agencies', spelled], message });
      if (names.has(folded(spelled))) fault('stands twice, in another spelling');
      names.add(folded(spelled));
      const other = Object.entries(mapping.agencies).find(
        ([key]) => folded(key) === folded(known.sameAs ?? ''),
      );
      if (
        known.sameAs !== undefined &&
        (other?.[1].sameAs !== undefined || folded(spelled) === folded(known.sameAs))
      )
        fault('is the same as a name that is itself another’s');
    }
  });
export type Mapping = z.infer<typeof Mapping>;

/** Every place of a mapping that takes something from a row. */
export function takesIn(part: unknown): Take[] {
  if (part instanceof Taken) return [part.take];
  if (typeof part !== 'object' || part === null || part instanceof RegExp || part instanceof Map) return [];
  return Object.values(part).flatMap(takesIn);
}

/** Every column that a mapping names. */
export function columnsOf(mapping: Mapping): string[] {
  const taken = takesIn(mapping).flatMap(({ column, template }) =>
    column === undefined ? placeholders(template ?? '') : [column],
  );
  const all = new Set([...mapping.identity, ...mapping.ignore, ...taken]);
  return [...all].filter((column) => column !== LINE_PLACEHOLDER);
}

/** Reads a mapping file. @throws UsageError that names every fault with its place */
export function parseMapping(text: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new UsageError(`the mapping is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
  const { data, error } = Mapping.safeParse(value);
  if (data) return data;
  const faults = problemOf(error, 'body').faults.map(
    ({ pointer, detail }) => `  ${pointer || '/'}: ${detail}`,
  );
  throw new UsageError(`the mapping does not hold up:\n${faults.join('\n')}`);
}
