import type * as z from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'item' };

/** What is wrong, in the words in which the schemas' own messages are written, and never with the value. */
export const inOurWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? `must be ${oneOf(issue.options)}`
        : 'fits none of the forms that it may have';
    case 'too_small':
      return atBound(issue.origin, 'at least', issue.minimum);
    case 'too_big':
      return atBound(issue.origin, 'at most', issue.maximum);
    default:
      return undefined;
  }
};

const oneOf = (values: readonly unknown[]): string =>
  `${values.length === 1 ? '' : 'one of '}${values.map((value) => JSON.stringify(value)).join(', ')}`;

function atBound(origin: string, how: string, bound: unknown): string {
  const unit = UNITS[origin];
  if (unit === undefined) return `must be ${how} ${bound}`;
  return `must have ${how} ${bound} ${unit}${Number(bound) === 1 ? '' : 's'}`;
}
