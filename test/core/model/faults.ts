import type * as z from 'zod';
import { problemOf } from '../../../core/api/faults.ts';
import type { Fault } from '../../../core/problem.ts';

/** The faults that a client is told of in a body; none when the schema takes it. */
export function faultsOf(schema: z.ZodType, body: unknown): readonly Fault[] {
  const { error } = schema.safeParse(body);
  return error ? problemOf(error, 'body').faults : [];
}

export const pointersOf = (schema: z.ZodType, body: unknown): string[] =>
  faultsOf(schema, body).map(({ pointer }) => pointer ?? '(none)');
