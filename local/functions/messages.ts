/** What a function's process is told, over IPC. Events and answers travel as JSON text, as they do to and from Lambda. */
export interface Invoke {
  readonly requestId: string;
  readonly event: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly traceId: string;
}

/**
 * What it tells first, once the bundle is loaded or has failed to; then how each invocation ended, and before that what
 * of its output holds metrics.
 */
export type Told = { readonly loaded: boolean } | { readonly metrics: string } | Ended;

export type Ended =
  | { readonly requestId: string; readonly answer: string }
  | { readonly requestId: string; readonly error: FunctionError };

/** An error as Lambda reports it of a function. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
}
