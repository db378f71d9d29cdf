import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Problem, type ProblemSlug } from '../../core/problem.ts';

/**
 * What API Gateway says by itself, in the words of the system's own problems. It answers 403 to a path or a method
 * that it does not know, and calls that a missing token; to the caller it is a 404.
 */
const PROBLEM_OF: Readonly<Record<string, ProblemSlug>> = {
  DEFAULT_4XX: 'invalid-request',
  // Of a function that was lost on the way: what it fails at by itself it answers by itself.
  DEFAULT_5XX: 'try-again',
  ACCESS_DENIED: 'forbidden',
  API_CONFIGURATION_ERROR: 'internal-error',
  AUTHORIZER_CONFIGURATION_ERROR: 'internal-error',
  AUTHORIZER_FAILURE: 'try-again',
  BAD_REQUEST_BODY: 'invalid-request',
  BAD_REQUEST_PARAMETERS: 'invalid-request',
  EXPIRED_TOKEN: 'unauthenticated',
  INTEGRATION_FAILURE: 'try-again',
  INTEGRATION_TIMEOUT: 'timeout',
  INVALID_API_KEY: 'forbidden',
  INVALID_SIGNATURE: 'unauthenticated',
  MISSING_AUTHENTICATION_TOKEN: 'not-found',
  QUOTA_EXCEEDED: 'too-many-requests',
  REQUEST_TOO_LARGE: 'body-too-large',
  RESOURCE_NOT_FOUND: 'not-found',
  THROTTLED: 'too-many-requests',
  UNAUTHORIZED: 'unauthenticated',
  UNSUPPORTED_MEDIA_TYPE: 'unsupported-media-type',
  WAF_FILTERED: 'forbidden',
};

/** As `lambdas/http` sets them on every answer. */
const COMMON_HEADERS = {
  'Content-Type': "'application/problem+json'",
  'Cache-Control': "'no-store'",
  'Strict-Transport-Security': "'max-age=31536000; includeSubDomains'",
  'X-Content-Type-Options': "'nosniff'",
  'X-Correlation-Id': 'context.requestId',
};

const HEADERS_OF: Readonly<Partial<Record<ProblemSlug, Readonly<Record<string, string>>>>> = {
  unauthenticated: { 'WWW-Authenticate': "'Bearer'" },
  'too-many-requests': { 'Retry-After': "'1'" },
  'try-again': { 'Retry-After': "'1'" },
};

export function addGatewayResponses(api: RestApi): void {
  for (const [type, slug] of Object.entries(PROBLEM_OF)) {
    const problem = new Problem(slug);
    api.addGatewayResponse(type, {
      type: ResponseType.of(type),
      statusCode: String(problem.status),
      responseHeaders: { ...COMMON_HEADERS, ...HEADERS_OF[slug] },
      // Under this name the template holds whatever the caller accepts; the header above says what it is.
      templates: { 'application/json': JSON.stringify(problem.toDocument('$context.requestId')) },
    });
  }
}
