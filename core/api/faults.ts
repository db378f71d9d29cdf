import * as z from 'zod';
import { type Fault, jsonPointer, Problem } from '../problem.ts';
import { inOurWords } from './messages.ts';

z.config({ customError: inOurWords });

/** Where the faulty thing stands in a request. */
export type Place = 'body' | 'path' | 'query';

type Issue = z.core.$ZodIssue;

const MOST_FAULTS = 50;
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,40}$/;

/**
 * The problem that a failed parse is: one fault an issue, each with where and what, none with the value.
 * @param prefix the path of what was parsed within the body
 */
export function problemOf(error: z.ZodError, place: Place, prefix: readonly PropertyKey[] = []): Problem {
  const issues = error.issues.flatMap((issue) => leaves(issue, prefix));
  const faults = issues.slice(0, MOST_FAULTS).map(({ path, detail }): Fault => {
    if (place === 'body') return { pointer: jsonPointer(path), detail };
    return path.length === 0 ? { detail } : { parameter: String(path[0]), detail };
  });
  const personal = issues.some(({ personalData }) => personalData);
  return new Problem(personal ? 'personal-data-refused' : 'invalid-request', undefined, faults);
}

interface Leaf {
  readonly path: readonly PropertyKey[];
  readonly detail: string;
  readonly personalData: boolean;
}

/** The faults that an issue stands for; a union's are those of the member that came closest. */
function leaves(issue: Issue, prefix: readonly PropertyKey[]): Leaf[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) =>
      // A name of the sender's own making is repeated only when it is plainly a name.
      PLAIN_NAME.test(key)
        ? { path: [...path, key], detail: 'is not a property here', personalData: false }
        : { path, detail: 'has a property that is not known here', personalData: false },
    );
  if (issue.code === 'invalid_union') {
    const closest = [...issue.errors].sort((a, b) => remoteness(a) - remoteness(b))[0];
    if (closest && closest.length > 0) return closest.flatMap((inner) => leaves(inner, path));
  }
  const personalData = issue.code === 'custom' && issue.params?.['personalData'] !== undefined;
  return [{ path, detail: issue.message, personalData }];
}

/** A member that fails deeper, and on fewer things, is the one that was meant; one that has no such property is not. */
const remoteness = (issues: readonly Issue[]) =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 2 * issue.keys.length : 1), 0) -
  Math.max(0, ...issues.map((issue) => issue.path.length)) * 10;
