import * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { PROBLEM_TYPE_PREFIX, PROBLEMS, Problem, type ProblemSlug } from '../../problem.ts';
import { ProblemAnswer } from '../answers.ts';
import type { Operation, Route } from '../routes.ts';

const EVERYWHERE: readonly ProblemSlug[] = [
  'invalid-request',
  'too-many-requests',
  'internal-error',
  'try-again',
  'timeout',
];
const WITH_TOKEN: readonly ProblemSlug[] = ['unauthenticated', 'forbidden'];
const WITH_BODY: readonly ProblemSlug[] = ['malformed-json', 'body-too-large', 'unsupported-media-type'];
const WITH_APPEND: readonly ProblemSlug[] = [
  'idempotency-key-missing',
  'invalid-record',
  'personal-data-refused',
  'idempotency-key-reused',
  'entry-too-large',
];

const WORTH_WAITING: ReadonlySet<number> = new Set([429, 503]);

/** What the form of a route does not tell. */
const BESIDES: Partial<Record<Operation, readonly ProblemSlug[]>> = {
  registerAgency: ['conflict'],
  registerAgreement: ['conflict'],
  listTransfers: ['personal-data-refused'],
  listPublicRegister: ['personal-data-refused'],
  publicRegisterCsv: ['personal-data-refused'],
  getReceipt: ['receipt-pending'],
  getEntryBundle: ['bundle-too-large'],
  getCheckpoint: ['not-found'],
  requestFingerprintUpload: ['conflict'],
  requestSampleUpload: ['conflict'],
  runTrace: ['sample-refused', 'approval-missing'],
  // Of one that was accepted: why it came to nothing.
  getTrace: ['sample-refused', 'conflict'],
};

const RESPONSE_NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  406: 'NotAcceptable',
  409: 'Conflict',
  413: 'ContentTooLarge',
  415: 'UnsupportedMediaType',
  422: 'UnprocessableContent',
  429: 'TooManyRequests',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
};

/** The responses with which an operation may refuse or fail, by status. */
export function problemResponses(operation: Operation, route: Route): Record<number, { $ref: string }> {
  const slugs = [
    ...EVERYWHERE,
    ...(route.who === 'anyone' ? [] : WITH_TOKEN),
    ...(route.params ? (['not-found'] as const) : []),
    ...(route.body ? WITH_BODY : []),
    ...(route.append ? WITH_APPEND : []),
    ...(route.append && route.params ? (['conflict'] as const) : []),
    ...(BESIDES[operation] ?? []),
  ];
  return Object.fromEntries(
    slugs
      .map((slug) => PROBLEMS[slug].status)
      .map((status) => [status, { $ref: `#/components/responses/${RESPONSE_NAMES[status]}` }]),
  );
}

const CORRELATION_ID = '0c4f7f7e-3f0a-4a3e-9a55-6c1f2f6f7a10';

/** Problems with the faults that they would name; all others are as plain as the catalogue. */
const FAULTY: Partial<Record<ProblemSlug, Problem>> = {
  'invalid-request': new Problem('invalid-request', undefined, [
    { pointer: '/snapshot/to', detail: 'must not be after the last day of hand-over' },
    { pointer: '/retention', detail: 'is required' },
  ]),
  'invalid-record': new Problem('invalid-record', undefined, [
    {
      pointer: '/fields/2',
      detail:
        'the agreement does not cover this field: this needs an exception with a reason and an approver',
    },
  ]),
  'personal-data-refused': new Problem('personal-data-refused', undefined, [
    { pointer: '/purposeText', detail: 'seems to hold personal data (CNIC)' },
  ]),
  conflict: new Problem('conflict', 'a legal hold blocks the disposal of this holding'),
};

const exampleOf = (slug: ProblemSlug) => ({
  summary: PROBLEMS[slug].title,
  value: (FAULTY[slug] ?? new Problem(slug)).toDocument(CORRELATION_ID),
});

/** The response by name of each status that an operation may answer, with the problem types that it can carry. */
export const PROBLEM_RESPONSES: Readonly<Record<string, ZodOpenApiResponseObject>> = Object.fromEntries(
  Object.entries(RESPONSE_NAMES).map(([status, name]) => [name, problemResponse(Number(status), name)]),
);

function problemResponse(status: number, name: string): ZodOpenApiResponseObject {
  const slugs = (Object.keys(PROBLEMS) as ProblemSlug[]).filter((slug) => PROBLEMS[slug].status === status);
  const types = slugs.map((slug) => PROBLEM_TYPE_PREFIX + slug);
  return {
    description: slugs.map((slug) => PROBLEMS[slug].title).join('; '),
    headers: {
      'x-correlation-id': { $ref: '#/components/headers/CorrelationId' },
      ...(WORTH_WAITING.has(status) && { 'retry-after': { $ref: '#/components/headers/RetryAfter' } }),
    },
    content: {
      'application/problem+json': {
        schema: ProblemAnswer.extend({
          type: z.enum(types).describe('What kind of problem it is; stable, made to be compared'),
          status: z.literal(status),
        }).meta({ id: `${name}Problem`, description: `A problem (RFC 9457) of status ${status}` }),
        examples: Object.fromEntries(slugs.map((slug) => [slug, exampleOf(slug)])),
      },
    },
  };
}
