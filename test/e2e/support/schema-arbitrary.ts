import fc from 'fast-check';

/** A schema of the OpenAPI document: JSON Schema 2020-12, as far as the document uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Values that a schema takes, by the rules that it states; those that only the server knows may still refuse them. */
export function valuesOf(schema: Schema, resolve: (reference: string) => Schema): fc.Arbitrary<unknown> {
  const of = (part: Schema) => valuesOf(part, resolve);
  const forms = schema.oneOf ?? schema.anyOf;
  if (schema.$ref !== undefined) return of(resolve(schema.$ref));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (forms) return fc.oneof(...forms.map(of));
  switch (schema.type) {
    case 'string':
      return texts(schema);
    case 'integer':
      return wholeNumbers(schema);
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      // Long lists teach nothing that short ones do not.
      return fc.array(of(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case 'object':
      return objects(schema, of);
    case undefined:
      return fc.jsonValue();
    default:
      throw new TypeError(`no values for the type ${schema.type}`);
  }
}

function objects(schema: Schema, of: (part: Schema) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { properties, additionalProperties: others } = schema;
  if (properties) {
    const values = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, of(part)]));
    return fc.record(values, { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true });
  }
  const names = schema.propertyNames ? of(schema.propertyNames) : fc.string();
  const value = typeof others === 'object' ? of(others) : fc.jsonValue();
  return fc.dictionary(names as fc.Arbitrary<string>, value, { maxKeys: 3, noNullPrototype: true });
}

function wholeNumbers({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: minimum, max: Math.min(maximum, minimum + 1000) }),
    fc.integer({ min: minimum, max: maximum }),
  );
}

/** fast-check makes no texts from patterns that look ahead; what is made without is held against the whole of it. */
const LOOKAHEAD = /\(\?[=!][^)]*\)/g;

function texts({ pattern, format, minLength = 0, maxLength = 100 }: Schema): fc.Arbitrary<string> {
  if (format === 'date') return days;
  if (format === 'date-time') return moments;
  const fits = (text: string) =>
    [...text].length >= minLength &&
    [...text].length <= maxLength &&
    (!pattern || new RegExp(pattern, 'u').test(text));
  // fast-check makes no texts from patterns that name classes of Unicode characters.
  const plain = pattern === undefined || /\\p\{/i.test(pattern);
  const made = plain
    ? fc.oneof(words, fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) }))
    : fc.stringMatching(new RegExp(pattern.replaceAll(LOOKAHEAD, ''), 'u'), { size: 'small' });
  return made.filter(fits);
}

const words = fc
  .array(fc.constantFrom('register', 'subscribers', 'گھرانے', 'note', 'of', '2024', 'übergabe', '😀'), {
    minLength: 1,
    maxLength: 5,
  })
  .map((list) => list.join(' '));

const moments = fc
  .date({ min: new Date('2015-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const days = moments.map((moment) => moment.slice(0, 10));

/** The value with something in it changed that its schema may or may not forgive. */
export const spoilt = (value: unknown): fc.Arbitrary<unknown> => {
  const paths = [...pathsIn(value)];
  return fc
    .tuple(fc.constantFrom(...paths), fc.oneof(fc.constant(GONE), fc.constant(MORE), oddities))
    .map(([path, change]) => changedAt(value, path, change));
};

/** Things that programs stumble over. */
export const oddities: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    0.5,
    1e308,
    Number.MAX_SAFE_INTEGER + 1,
    '',
    ' ',
    '\u0000',
    '\ud800',
    'a'.repeat(5000),
    '2023-02-29',
    '35202-1234567-1',
    '{{7*7}}<script>',
    "'; DROP TABLE ledger; --",
    [],
    {},
    [[[[[[]]]]]],
    { __proto__x: 1, constructor: { prototype: 1 } },
  ),
  fc.jsonValue({ maxDepth: 4 }),
);

type Path = readonly (string | number)[];
const GONE = Symbol('gone');
const MORE = Symbol('more');

function* pathsIn(value: unknown, path: Path = []): Generator<Path> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value))
    yield* pathsIn(item, [...path, Array.isArray(value) ? Number(key) : key]);
}

function changedAt(value: unknown, [key, ...rest]: Path, change: unknown): unknown {
  if (key === undefined) {
    if (change === GONE) return undefined;
    if (change !== MORE) return change;
    if (Array.isArray(value)) return [...value, ...value];
    return typeof value === 'object' && value !== null ? { ...value, surprise: 1 } : `${value}${value}`;
  }
  const part = value as Record<string | number, unknown>;
  const changed = changedAt(part[key], rest, change);
  if (Array.isArray(value))
    return changed === undefined ? value.toSpliced(Number(key), 1) : value.with(Number(key), changed);
  const { [key]: _former, ...others } = part;
  return changed === undefined ? others : { ...part, [key]: changed };
}
