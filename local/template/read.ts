import type { Json, JsonObject } from './resolve.ts';

/** Readers of resolved properties, whose shapes are CloudFormation's; a value of another kind is a TypeError. */
export function text(of: JsonObject, key: string): string {
  const value = of[key];
  if (typeof value !== 'string') throw new TypeError(`${key} is ${JSON.stringify(value)}, not a string`);
  return value;
}

export const textOr = <T>(of: JsonObject, key: string, otherwise: T): string | T =>
  of[key] === undefined ? otherwise : text(of, key);

export function numberOr<T>(of: JsonObject, key: string, otherwise: T): number | T {
  const value = of[key];
  if (value === undefined) return otherwise;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number))
    throw new TypeError(`${key} is ${JSON.stringify(value)}, not a number`);
  return number;
}

export const flag = (of: JsonObject, key: string): boolean => of[key] === true || of[key] === 'true';

export function object(of: JsonObject, key: string): JsonObject {
  const value = of[key] ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${key} is ${JSON.stringify(value)}, not an object`);
  return value as JsonObject;
}

export function list(of: JsonObject, key: string): readonly Json[] {
  const value = of[key] ?? [];
  if (!Array.isArray(value)) throw new TypeError(`${key} is ${JSON.stringify(value)}, not a list`);
  return value as readonly Json[];
}

export const objects = (of: JsonObject, key: string): readonly JsonObject[] =>
  list(of, key) as readonly JsonObject[];

export const texts = (of: JsonObject, key: string): readonly string[] => list(of, key).map(String);

/** The values of an object as strings, as an environment wants them. */
export const stringValues = (of: JsonObject): Record<string, string> =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, String(value)]));
