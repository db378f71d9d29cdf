/**
 * The one catalogue of errors. Each is an RFC 9457 problem type: `slug` is the stable last part of its `type` URI,
 * and nothing else in the system invents one.
 */
export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'invalid-request': { status: 400, title: 'The request does not fit its schema' },
  'idempotency-key-missing': { status: 400, title: 'An append needs an Idempotency-Key' },
  'cursor-refused': { status: 400, title: 'The cursor was altered or belongs to another query' },
  unauthenticated: { status: 401, title: 'A valid bearer token is needed' },
  forbidden: { status: 403, title: 'This principal may not do that' },
  'signature-missing': { status: 403, title: 'The agency must sign this' },
  'signature-refused': { status: 403, title: 'The signature is not one that is taken' },
  'not-found': { status: 404, title: 'There is no such thing, or it is not yours to see' },
  'receipt-pending': { status: 404, title: 'The entry is accepted, and its receipt does not exist yet' },
  'method-not-allowed': { status: 405, title: 'That method is not served here' },
  conflict: { status: 409, title: 'The present state does not allow that' },
  'body-too-large': { status: 413, title: 'The body is larger than 256 KB' },
  'unsupported-media-type': { status: 415, title: 'The body has a media type that is not taken here' },
  'invalid-record': { status: 422, title: 'The record breaks a rule of the ledger' },
  'personal-data-refused': { status: 422, title: 'The ledger takes no personal data' },
  'sample-refused': { status: 422, title: 'This sample is not compared with anything' },
  'case-required': {
    status: 403,
    title: 'This is asked under an incident only: name it in Amanat-Incident',
  },
  'approval-missing': { status: 403, title: 'A second auditor must approve this sample first' },
  'idempotency-key-reused': { status: 422, title: 'This Idempotency-Key was used with another body' },
  'bundle-too-large': {
    status: 406,
    title: 'The bundle is larger than an answer can be; read its entries one by one',
  },
  'entry-too-large': { status: 422, title: 'An entry is at most 60 KB' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'internal-error': { status: 500, title: 'Something went wrong here; nothing was lost' },
  'try-again': { status: 503, title: 'Busy for the moment; the same request may be sent again' },
  timeout: { status: 504, title: 'No answer in time; the same request may be sent again' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemSlug = keyof typeof PROBLEMS;

/** One fault in a request: where (RFC 6901 pointer into the body, or a parameter's name) and what. Never the value. */
export interface Fault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly detail: string;
}

/** The wire form of a problem (RFC 9457, `application/problem+json`). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly correlationId?: string;
  readonly errors?: readonly Fault[];
}

export const PROBLEM_TYPE_PREFIX = 'https://amanat.dev/problems/';

/** An error of the catalogue. Whatever else is thrown is answered as a bare `internal-error`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly slug: ProblemSlug;
  readonly faults: readonly Fault[];

  constructor(slug: ProblemSlug, detail?: string, faults: readonly Fault[] = []) {
    super(detail ?? PROBLEMS[slug].title);
    this.slug = slug;
    this.faults = faults;
  }

  get status(): number {
    return PROBLEMS[this.slug].status;
  }

  toDocument(correlationId?: string): ProblemDocument {
    const { status, title } = PROBLEMS[this.slug];
    return {
      type: PROBLEM_TYPE_PREFIX + this.slug,
      title,
      status,
      ...(this.message === title ? {} : { detail: this.message }),
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(this.faults.length === 0 ? {} : { errors: this.faults }),
    };
  }
}

/** RFC 6901: the pointer of a path of keys and indexes. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
