import type * as z from 'zod';
import type { AppendKindName } from '../appends.ts';

export type Method = 'GET' | 'POST';
/** The function that serves a route: one file of that name under `lambdas/`. */
export type ServedBy = 'record' | 'query' | 'trace' | 'log' | 'site';

/** One operation of the API, but for who may call it: that the table of permissions says. */
export interface Described {
  readonly method: Method;
  /** As API Gateway writes it, with `{parameters}`, and `{parameters+}` that take in slashes too. */
  readonly path: string;
  readonly summary: string;
  readonly servedBy: ServedBy;
  readonly params?: z.ZodObject;
  /** Query parameters; whichever the schema takes as an array may be repeated, or given once with commas. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The kinds of entries that it appends at its client's word. */
  readonly appends?: readonly AppendKindName[];
  /** Read in the course of an investigation: a stage may want auditors to name the incident that it is for. */
  readonly underCase?: true;
  /** An append: needs an `Idempotency-Key`, answers 201, and a repetition gets the first answer. */
  readonly append?: boolean;
  readonly answer: z.ZodType;
  /** What is answered, with 202, while the answer is being worked on. */
  readonly pending?: z.ZodType;
  /** Of the answer, and of the body where it is not JSON. */
  readonly contentType?:
    | 'application/x-ndjson'
    | 'application/octet-stream'
    | 'text/csv; charset=utf-8'
    | 'text/html; charset=utf-8'
    | 'text/plain; charset=utf-8';
}
