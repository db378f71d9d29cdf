import { functionArn } from './events.ts';
import { numberOr, object, stringValues, text, textOr, texts } from './read.ts';
import type { App, JsonObject, Stack } from './resolve.ts';

/** A REST API of API Gateway as its template has it. */
export interface ApiSpec {
  readonly id: string;
  readonly stage: string;
  readonly binaryMediaTypes: readonly string[];
  readonly methods: readonly MethodSpec[];
  /** By response type (`UNAUTHORIZED`, `DEFAULT_4XX`, …). */
  readonly gatewayResponses: ReadonlyMap<string, GatewayResponseSpec>;
}

export interface MethodSpec {
  readonly httpMethod: string;
  /** `/v1/transfers/{transferId}` */
  readonly path: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  readonly authorizer?: AuthorizerSpec;
  /** Request parameters that the method's validator wants: `method.request.header.Idempotency-Key`. */
  readonly requiredParameters: readonly string[];
}

export interface AuthorizerSpec {
  readonly id: string;
  readonly functionArn: string;
  /** `method.request.header.Authorization`; all must be there, and together they are the key of the cache. */
  readonly identitySources: readonly string[];
  readonly cacheMs: number;
}

export interface GatewayResponseSpec {
  readonly statusCode?: number;
  /** `gatewayresponse.header.X` → `'literal'` or an expression. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Content type → template. */
  readonly templates: Readonly<Record<string, string>>;
}

/** API Gateway's own limit for the answer of an integration, unless a method says less. */
const INTEGRATION_TIMEOUT_MS = 29_000;

/** The one REST API of an app. @throws {TypeError} when there is none, or it uses what is not known here. */
export function apiOf(app: App): ApiSpec {
  const [api, ...others] = app.resources('AWS::ApiGateway::RestApi');
  if (api === undefined || others.length > 0) throw new TypeError('the app must have exactly one REST API');
  const { id, stack, properties } = api;
  const paths = pathsOf(stack);
  const authorizers = authorizersOf(app);
  return {
    id,
    stage: stageOf(app),
    binaryMediaTypes: texts(properties, 'BinaryMediaTypes'),
    gatewayResponses: gatewayResponsesOf(app),
    methods: stack
      .resources('AWS::ApiGateway::Method')
      .map((method) => methodOf(method.id, method.properties, paths, authorizers, stack)),
  };
}

const stageOf = (app: App): string => {
  const stage = app.resources('AWS::ApiGateway::Stage')[0];
  return stage === undefined ? 'prod' : textOr(stage.properties, 'StageName', 'prod');
};

/** The path of each resource of the API by its logical id; of the root by what its attribute resolves to. */
function pathsOf(stack: Stack): (resourceId: string) => string {
  const resources = new Map(
    stack.resources('AWS::ApiGateway::Resource').map(({ id, properties }) => [id, properties]),
  );
  const pathOf = (id: string): string => {
    const resource = resources.get(id);
    return resource === undefined
      ? ''
      : `${pathOf(text(resource, 'ParentId'))}/${text(resource, 'PathPart')}`;
  };
  return (id) => pathOf(id) || '/';
}

function methodOf(
  id: string,
  properties: JsonObject,
  paths: (resourceId: string) => string,
  authorizers: ReadonlyMap<string, AuthorizerSpec>,
  stack: Stack,
): MethodSpec {
  const integration = object(properties, 'Integration');
  if (integration['Type'] !== 'AWS_PROXY')
    throw new TypeError(`${id} has an integration ${String(integration['Type'])}, which is not known here`);
  const authorization = textOr(properties, 'AuthorizationType', 'NONE');
  const authorizer = authorizers.get(textOr(properties, 'AuthorizerId', ''));
  if (authorization !== 'NONE' && authorizer === undefined)
    throw new TypeError(`${id} is authorized by ${authorization}, which is not known here`);
  return {
    httpMethod: text(properties, 'HttpMethod'),
    path: paths(text(properties, 'ResourceId')),
    functionArn: invokedBy(text(integration, 'Uri')),
    timeoutMs: numberOr(integration, 'TimeoutInMillis', INTEGRATION_TIMEOUT_MS),
    requiredParameters: requiredParametersOf(properties, stack),
    ...(authorization !== 'NONE' && authorizer && { authorizer }),
  };
}

/** `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations` → the function's ARN. */
function invokedBy(uri: string): string {
  const arn = /\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
  if (arn === undefined) throw new TypeError(`${uri} invokes no function`);
  return functionArn(arn);
}

/** What a method's request validator checks: of the parameters it names, those that are marked as required. */
function requiredParametersOf(method: JsonObject, stack: Stack): readonly string[] {
  const validator = stack
    .resources('AWS::ApiGateway::RequestValidator')
    .find(({ id }) => id === textOr(method, 'RequestValidatorId', ''));
  if (validator?.properties['ValidateRequestBody'] === true && method['RequestModels'] !== undefined)
    throw new TypeError('models of request bodies are not known here: the functions check bodies themselves');
  if (validator?.properties['ValidateRequestParameters'] !== true) return [];
  return Object.entries(object(method, 'RequestParameters'))
    .filter(([, required]) => required === true)
    .map(([name]) => name);
}

function authorizersOf(app: App): Map<string, AuthorizerSpec> {
  return new Map(
    app.resources('AWS::ApiGateway::Authorizer').map(({ id, properties }) => {
      if (properties['Type'] !== 'REQUEST')
        throw new TypeError(`${id} is a ${String(properties['Type'])} authorizer, which is not known here`);
      return [
        id,
        {
          id,
          functionArn: invokedBy(text(properties, 'AuthorizerUri')),
          identitySources: textOr(properties, 'IdentitySource', '')
            .split(',')
            .map((source) => source.trim())
            .filter((source) => source !== ''),
          cacheMs: 1000 * numberOr(properties, 'AuthorizerResultTtlInSeconds', 300),
        },
      ];
    }),
  );
}

function gatewayResponsesOf(app: App): Map<string, GatewayResponseSpec> {
  return new Map(
    app.resources('AWS::ApiGateway::GatewayResponse').map(({ properties }) => {
      const statusCode = numberOr(properties, 'StatusCode', undefined);
      const spec: GatewayResponseSpec = {
        parameters: stringValues(object(properties, 'ResponseParameters')),
        templates: stringValues(object(properties, 'ResponseTemplates')),
        ...(statusCode !== undefined && { statusCode }),
      };
      return [text(properties, 'ResponseType'), spec];
    }),
  );
}
