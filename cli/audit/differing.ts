import { isDeepStrictEqual } from 'node:util';
import { jsonPointer } from '../../core/problem.ts';

/** A value as it looks once it has been sent as JSON. */
export const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/**
 * Where two JSON values differ: JSON pointers (RFC 6901) to the innermost that do, in no more words than that. Lists
 * of different lengths differ as a whole.
 */
export function differingPaths(
  expected: unknown,
  shown: unknown,
  path: readonly PropertyKey[] = [],
): string[] {
  if (isDeepStrictEqual(expected, shown)) return [];
  if (Array.isArray(expected) && Array.isArray(shown) && expected.length === shown.length)
    return expected.flatMap((value, i) => differingPaths(value, shown[i], [...path, i]));
  if (isObject(expected) && isObject(shown))
    return [...new Set([...Object.keys(expected), ...Object.keys(shown)])].flatMap((key) =>
      differingPaths(own(expected, key), own(shown, key), [...path, key]),
    );
  return [jsonPointer(path)];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whatever a server calls its properties, `__proto__` too. */
const own = (object: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;
