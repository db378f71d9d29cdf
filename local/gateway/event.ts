import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import type { ApiSpec } from '../template/api.ts';
import { ACCOUNT, REGION } from '../template/resolve.ts';
import { type GatewayRequest, headerOf } from './request.ts';
import type { Match } from './routing.ts';

/** What an authorizer says of the caller, as the handler sees it: strings only. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** The event that API Gateway (REST, Lambda proxy) hands to the function of a method. */
export function proxyEvent(
  request: GatewayRequest,
  match: Match,
  api: ApiSpec,
  authorizer: AuthorizerContext | undefined,
): APIGatewayProxyEvent {
  const binary = isBinary(api, headerOf(request, 'content-type'));
  const { body } = request;
  return {
    ...whatBothSee(request, match),
    body: body.length === 0 ? null : body.toString(binary ? 'base64' : 'utf8'),
    isBase64Encoded: binary && body.length > 0,
    requestContext: { ...requestContext(request, match, api), authorizer },
  };
}

/** The event that it hands to a `REQUEST` authorizer. */
export function authorizerEvent(
  request: GatewayRequest,
  match: Match,
  api: ApiSpec,
): APIGatewayRequestAuthorizerEvent {
  return {
    type: 'REQUEST',
    methodArn: methodArn(request, api),
    ...whatBothSee(request, match),
    requestContext: requestContext(request, match, api) as APIGatewayRequestAuthorizerEvent['requestContext'],
  };
}

/** What a policy names: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/GET/v1/transfers`. */
export const methodArn = (request: GatewayRequest, api: ApiSpec): string =>
  `arn:aws:execute-api:${REGION}:${ACCOUNT}:${api.id}/${api.stage}/${request.httpMethod}${request.path}`;

/** Whether a body of this media type is handed over as base64. */
export function isBinary({ binaryMediaTypes }: ApiSpec, mediaType: string | undefined): boolean {
  const type = mediaType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const [kind = ''] = type.split('/');
  return ['*/*', `${kind}/*`, type].some((pattern) => binaryMediaTypes.includes(pattern));
}

function whatBothSee(request: GatewayRequest, { method, pathParameters }: Match) {
  const headers = withForwarding(request);
  const query = Map.groupBy(request.query, ([name]) => name);
  const values = [...query].map(([name, pairs]) => [name, pairs.map(([, value]) => value)] as const);
  return {
    resource: method.path,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: lastOf([...headers]) ?? {},
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: lastOf(values),
    multiValueQueryStringParameters: values.length === 0 ? null : Object.fromEntries(values),
    pathParameters: Object.keys(pathParameters).length === 0 ? null : { ...pathParameters },
    stageVariables: null,
  };
}

const lastOf = (entries: readonly (readonly [string, readonly string[]])[]) =>
  entries.length === 0
    ? null
    : Object.fromEntries(entries.map(([name, values]) => [name, values.at(-1) ?? '']));

/** The headers that API Gateway adds on the way. */
function withForwarding(request: GatewayRequest): Map<string, string[]> {
  const headers = new Map([...request.headers].map(([name, values]) => [name, [...values]]));
  const sent = headerOf(request, 'x-forwarded-for');
  const own = {
    'X-Forwarded-For': sent === undefined ? request.sourceIp : `${sent}, ${request.sourceIp}`,
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Port': headerOf(request, 'host')?.split(':')[1] ?? '80',
    'X-Amzn-Trace-Id': traceIdOf(request),
  };
  for (const name of headers.keys())
    if (Object.keys(own).some((mine) => mine.toLowerCase() === name.toLowerCase())) headers.delete(name);
  for (const [name, value] of Object.entries(own)) headers.set(name, [value]);
  return headers;
}

/** As X-Ray writes it; it follows from the request's id, so that logs of both can be matched. */
export function traceIdOf(request: GatewayRequest): string {
  const seconds = Math.floor(request.receivedAt.getTime() / 1000).toString(16);
  return `Root=1-${seconds}-${request.requestId.replaceAll('-', '').slice(0, 24)}`;
}

function requestContext(request: GatewayRequest, { method }: Match, api: ApiSpec) {
  const host = headerOf(request, 'host') ?? '127.0.0.1';
  return {
    accountId: ACCOUNT,
    apiId: api.id,
    authorizer: undefined,
    domainName: host,
    domainPrefix: host.split('.')[0] ?? host,
    extendedRequestId: request.requestId,
    httpMethod: request.httpMethod,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.sourceIp,
      user: null,
      userAgent: headerOf(request, 'user-agent') ?? null,
      userArn: null,
    },
    path: request.path,
    protocol: 'HTTP/1.1',
    requestId: request.requestId,
    requestTime: commonLogTime(request.receivedAt),
    requestTimeEpoch: request.receivedAt.getTime(),
    resourceId: method.path,
    resourcePath: method.path,
    stage: api.stage,
  };
}

/** `22/Nov/2026:17:38:39 +0000` */
function commonLogTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
