import type { Json, JsonObject } from '../template/resolve.ts';

type Test = (value: Json | undefined) => boolean;

/**
 * Whether a record fits a filter pattern of an event-source mapping: each key of the pattern leads on to a pattern of
 * its own or to a list of values, of which one must fit.
 * @throws {TypeError} when made of a pattern that uses what Lambda's filters do not know
 */
export function filterOf(patterns: readonly JsonObject[]): (record: Json) => boolean {
  const tests = patterns.map(compile);
  return (record) => tests.length === 0 || tests.some((test) => test(record));
}

function compile(pattern: JsonObject): Test {
  const tests = Object.entries(pattern).map(([key, expected]): Test => {
    if (key === '$or') return anyOf(compileEach(expected));
    const test = Array.isArray(expected)
      ? anyOf((expected as readonly Json[]).map(valueTest))
      : compile(asObject(expected));
    return (value) => test(isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined);
  });
  return (value) => tests.every((test) => test(value));
}

const anyOf =
  (tests: readonly Test[]): Test =>
  (value) =>
    tests.some((test) => test(value));

function compileEach(patterns: Json | undefined): Test[] {
  if (!Array.isArray(patterns)) throw new TypeError('$or takes a list of patterns');
  return (patterns as readonly Json[]).map((pattern) => compile(asObject(pattern)));
}

/** One item of a list: a value to be equal to, or an operator. A list of values fits if any of them does. */
function valueTest(expected: Json): Test {
  const test = isObject(expected) ? operatorTest(expected) : equals(expected);
  return (value) => test(value) || (Array.isArray(value) && (value as readonly Json[]).some(test));
}

const equals =
  (expected: Json): Test =>
  (value) =>
    value === expected;

function operatorTest(operator: JsonObject): Test {
  const [[name, operand] = ['', null], ...others] = Object.entries(operator);
  if (others.length > 0) throw new TypeError(`${JSON.stringify(operator)} is more than one operator`);
  switch (name) {
    case 'exists':
      return (value) => (value !== undefined) === operand;
    case 'prefix':
      return ofText((value) => value.startsWith(String(operand)));
    case 'suffix':
      return ofText((value) => value.endsWith(String(operand)));
    case 'equals-ignore-case':
      return ofText((value) => value.toLowerCase() === String(operand).toLowerCase());
    case 'anything-but':
      return anythingBut(operand);
    case 'numeric':
      return numeric(operand);
    default:
      throw new TypeError(`filters know no operator ${name}`);
  }
}

const ofText =
  (test: (value: string) => boolean): Test =>
  (value) =>
    typeof value === 'string' && test(value);

function anythingBut(operand: Json): Test {
  const refused = isObject(operand)
    ? operatorTest(operand)
    : anyOf((Array.isArray(operand) ? (operand as readonly Json[]) : [operand]).map(equals));
  // What is not there is not anything.
  return (value) => value !== undefined && !refused(value);
}

/** `[">", 0, "<=", 5]` */
function numeric(operand: Json): Test {
  if (!Array.isArray(operand) || operand.length % 2 !== 0)
    throw new TypeError('numeric takes pairs of an operator and a number');
  const parts = operand as readonly Json[];
  const tests = parts.flatMap((sign, i): Test[] => {
    if (i % 2 !== 0) return [];
    const compare = COMPARISONS[String(sign)];
    if (compare === undefined) throw new TypeError(`numeric knows no ${String(sign)}`);
    return [(value) => typeof value === 'number' && compare(value, Number(parts[i + 1]))];
  });
  return (value) => tests.every((test) => test(value));
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function asObject(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new TypeError(`${JSON.stringify(value)} is no pattern`);
  return value;
}
