import { describe, expect, test } from 'vitest';
import { OPERATIONS, type Operation, route } from '../../core/api/routes.ts';
import { PROBLEM_TYPE_PREFIX, PROBLEMS, type ProblemSlug } from '../../core/problem.ts';
import { loadStage } from '../../lib/stages/index.ts';
import { functionOf } from './principals.ts';
import { type Json, type Placed, type Properties, synthesized } from './synthesized.ts';

const system = synthesized('dev');
const config = loadStage('dev');
const api = system.one('AWS::ApiGateway::RestApi');
const stage = system.one('AWS::ApiGateway::Stage');
const apiId = `${api.stack}-${api.id}`;

/** The path of a method, from the tree of its resource. */
function pathOf(method: Placed): string {
  const resources = new Map(
    system.all('AWS::ApiGateway::Resource').map((resource) => [`${resource.stack}-${resource.id}`, resource]),
  );
  const walk = (id: Json): string => {
    const resource = resources.get(String(id));
    return resource === undefined
      ? ''
      : `${walk(resource.properties['ParentId'] ?? null)}/${resource.properties['PathPart']}`;
  };
  return walk(method.properties['ResourceId'] ?? null);
}

describe('the routes of the API', () => {
  const methods = new Map(
    system
      .all('AWS::ApiGateway::Method')
      .map((method) => [`${method.properties['HttpMethod']} ${pathOf(method)}`, method.properties]),
  );
  const authorizer = system.one('AWS::ApiGateway::Authorizer');

  test('are those of the route table, and no others', () => {
    expect([...methods.keys()].sort()).toEqual(
      OPERATIONS.map(route)
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    );
  });

  test.each(OPERATIONS)('%s asks the authorizer unless it is for anyone', (operation: Operation) => {
    const { method, path, who } = route(operation);
    const properties = methods.get(`${method} ${path}`);
    if (who === 'anyone') expect(properties).toMatchObject({ AuthorizationType: 'NONE' });
    else
      expect(properties).toMatchObject({
        AuthorizationType: 'CUSTOM',
        AuthorizerId: `${authorizer.stack}-${authorizer.id}`,
      });
  });

  test.each(OPERATIONS)('%s is served by its function', (operation: Operation) => {
    const { method, path, servedBy } = route(operation);
    expect(methods.get(`${method} ${path}`)?.['Integration']).toMatchObject({
      Type: 'AWS_PROXY',
      IntegrationHttpMethod: 'POST',
      Uri: expect.stringContaining(
        `/functions/${system.attribute(functionOf(system, servedBy))}/invocations`,
      ),
    });
  });

  test('only the API itself may call its functions', () => {
    const permissions = system.all('AWS::Lambda::Permission').filter(({ stack }) => stack === api.stack);
    expect(permissions).toHaveLength(6);
    for (const { properties } of permissions)
      expect(properties).toMatchObject({
        Principal: 'apigateway.amazonaws.com',
        SourceArn: expect.stringContaining(`:${apiId}/`),
      });
  });

  test('the authorizer sees whole requests, is asked by token, and its answer is kept as configured', () => {
    expect(authorizer.properties).toMatchObject({
      Type: 'REQUEST',
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerResultTtlInSeconds: config.identity.cacheSeconds,
      AuthorizerUri: expect.stringContaining(system.attribute(functionOf(system, 'authorize'))),
    });
  });
});

describe('what API Gateway answers by itself', () => {
  const responses = system.all('AWS::ApiGateway::GatewayResponse').map(({ properties }) => properties);
  const documentOf = (properties: Properties): { type: string; title: string; status: number } =>
    JSON.parse((properties['ResponseTemplates'] as Record<string, string>)['application/json'] ?? '');
  const slugOf = (properties: Properties) =>
    documentOf(properties).type.slice(PROBLEM_TYPE_PREFIX.length) as ProblemSlug;

  test('covers every type of response', () => {
    expect(responses.map((properties) => properties['ResponseType']).sort()).toEqual([
      'ACCESS_DENIED',
      'API_CONFIGURATION_ERROR',
      'AUTHORIZER_CONFIGURATION_ERROR',
      'AUTHORIZER_FAILURE',
      'BAD_REQUEST_BODY',
      'BAD_REQUEST_PARAMETERS',
      'DEFAULT_4XX',
      'DEFAULT_5XX',
      'EXPIRED_TOKEN',
      'INTEGRATION_FAILURE',
      'INTEGRATION_TIMEOUT',
      'INVALID_API_KEY',
      'INVALID_SIGNATURE',
      'MISSING_AUTHENTICATION_TOKEN',
      'QUOTA_EXCEEDED',
      'REQUEST_TOO_LARGE',
      'RESOURCE_NOT_FOUND',
      'THROTTLED',
      'UNAUTHORIZED',
      'UNSUPPORTED_MEDIA_TYPE',
      'WAF_FILTERED',
    ]);
  });

  test.each(responses.map((properties) => [String(properties['ResponseType']), properties] as const))(
    '%s is a problem of the catalogue',
    (_, properties) => {
      const slug = slugOf(properties);
      const { status, title } = PROBLEMS[slug];
      expect(documentOf(properties)).toEqual({
        type: PROBLEM_TYPE_PREFIX + slug,
        title,
        status,
        correlationId: '$context.requestId',
      });
      expect(properties).toMatchObject({
        RestApiId: apiId,
        StatusCode: String(status),
        ResponseParameters: {
          'gatewayresponse.header.Content-Type': "'application/problem+json'",
          'gatewayresponse.header.Cache-Control': "'no-store'",
          'gatewayresponse.header.X-Correlation-Id': 'context.requestId',
        },
      });
    },
  );

  test.each([
    ['UNAUTHORIZED', 'unauthenticated'],
    ['ACCESS_DENIED', 'forbidden'],
    ['MISSING_AUTHENTICATION_TOKEN', 'not-found'],
    ['REQUEST_TOO_LARGE', 'body-too-large'],
    ['THROTTLED', 'too-many-requests'],
    ['QUOTA_EXCEEDED', 'too-many-requests'],
    ['INTEGRATION_TIMEOUT', 'timeout'],
    ['INTEGRATION_FAILURE', 'try-again'],
    ['AUTHORIZER_FAILURE', 'try-again'],
    ['WAF_FILTERED', 'forbidden'],
    ['DEFAULT_5XX', 'try-again'],
  ])('%s is %s', (type, slug) => {
    const response = responses.find((properties) => properties['ResponseType'] === type);
    expect(slugOf(response ?? {})).toBe(slug);
  });
});

describe('the stage', () => {
  const settings = (stage.properties['MethodSettings'] as Properties[])[0];

  test('is regional, traced, throttled, and logs errors without bodies', () => {
    expect(api.properties['EndpointConfiguration']).toEqual({ Types: ['REGIONAL'] });
    expect(stage.properties['TracingEnabled']).toBe(true);
    expect(settings).toMatchObject({
      HttpMethod: '*',
      ResourcePath: '/*',
      ThrottlingRateLimit: config.throttling.requestsPerSecond,
      ThrottlingBurstLimit: config.throttling.burst,
      LoggingLevel: 'ERROR',
      DataTraceEnabled: false,
    });
  });

  test('leaves to the public register a part of what it takes, logged and measured like the rest', () => {
    const [, ...own] = stage.properties['MethodSettings'] as Properties[];
    const { register } = config;
    expect(own.map(({ ResourcePath }) => ResourcePath)).toEqual([
      '/~1v1~1public~1register',
      '/~1v1~1public~1register.csv',
      '/~1register',
    ]);
    for (const settings of own)
      expect(settings).toMatchObject({
        HttpMethod: 'GET',
        ThrottlingRateLimit: register.requestsPerSecond,
        ThrottlingBurstLimit: register.burst,
        LoggingLevel: 'ERROR',
        DataTraceEnabled: false,
        MetricsEnabled: true,
      });
  });

  test('sends bytes as bytes, whatever a caller says it accepts', () => {
    expect(api.properties['BinaryMediaTypes']).toEqual(['*/*']);
  });

  test('writes access lines in JSON that name no person, address, path or query', () => {
    const format = (stage.properties['AccessLogSetting'] as Record<string, string>)['Format'] ?? '';
    const fields = JSON.parse(format) as Record<string, string>;
    expect(fields).toMatchObject({ requestId: '$context.requestId', route: '$context.resourcePath' });
    const allowed =
      /^\$context\.(requestId|requestTime|httpMethod|resourcePath|status|authorizer\.(agency|roles|latency)|error\.responseType|responseLength|responseLatency|integrationLatency|integration\.status|wafResponseCode|xrayTraceId)$/;
    expect(Object.values(fields).filter((field) => !allowed.test(field))).toEqual([]);
  });

  test('keeps every log for as long as the stage says, and no longer', () => {
    const groups = system.all('AWS::Logs::LogGroup');
    for (const { properties } of groups) expect(properties['RetentionInDays']).toBe(config.logRetentionDays);
    expect(groups.map(({ properties }) => properties['LogGroupName'])).toContain(
      `API-Gateway-Execution-Logs_${apiId}/${config.stage}`,
    );
  });
});

describe('the firewall', () => {
  const acl = system.one('AWS::WAFv2::WebACL');
  const rules = acl.properties['Rules'] as unknown as {
    Name: string;
    Priority: number;
    Action?: { Block: { CustomResponse: Properties } };
    OverrideAction?: Json;
    Statement: Record<string, Properties>;
  }[];
  const ruleNamed = (name: string) => rules.find(({ Name }) => Name === name);

  test('stands before the stage', () => {
    expect(system.one('AWS::WAFv2::WebACLAssociation').properties).toEqual({
      WebACLArn: system.attribute(acl),
      ResourceArn: `arn:aws:apigateway:eu-central-1::/restapis/${apiId}/stages/${stage.stack}-${stage.id}`,
    });
  });

  test.each([
    [
      'TokenRate',
      config.firewall.requestsPerToken,
      {
        AggregateKeyType: 'CUSTOM_KEYS',
        CustomKeys: [
          { Header: { Name: 'authorization', TextTransformations: [{ Priority: 0, Type: 'NONE' }] } },
        ],
      },
    ],
    ['AddressRate', config.firewall.requestsPerAddress, { AggregateKeyType: 'IP' }],
  ])('%s answers 429 with the usual problem', (name, limit, key) => {
    const rule = ruleNamed(name);
    expect(rule?.Statement).toEqual({
      RateBasedStatement: { Limit: limit, EvaluationWindowSec: 300, ...key },
    });
    expect(rule?.Action?.Block.CustomResponse).toMatchObject({
      ResponseCode: 429,
      CustomResponseBodyKey: 'tooMany',
    });
    const bodies = acl.properties['CustomResponseBodies'] as Record<string, Record<string, string>>;
    expect(JSON.parse(bodies['tooMany']?.['Content'] ?? '')).toEqual({
      type: `${PROBLEM_TYPE_PREFIX}too-many-requests`,
      ...PROBLEMS['too-many-requests'],
    });
  });

  test.each([
    ['AWSManagedRulesAmazonIpReputationList', []],
    ['AWSManagedRulesKnownBadInputsRuleSet', []],
    ['AWSManagedRulesCommonRuleSet', ['SizeRestrictions_BODY', 'NoUserAgent_HEADER']],
  ])('%s blocks, but for %j', (name, counting) => {
    const rule = ruleNamed(name);
    expect(rule?.OverrideAction).toEqual({ None: {} });
    expect(rule?.Statement['ManagedRuleGroupStatement']).toMatchObject({
      VendorName: 'AWS',
      Name: name,
      RuleActionOverrides: counting.map((rule) => ({ Name: rule, ActionToUse: { Count: {} } })),
    });
  });

  test('logs what it blocks, without tokens and query strings', () => {
    expect(system.one('AWS::WAFv2::LoggingConfiguration').properties).toMatchObject({
      ResourceArn: system.attribute(acl),
      RedactedFields: [{ SingleHeader: { Name: 'authorization' } }, { QueryString: {} }],
      LoggingFilter: { DefaultBehavior: 'DROP' },
    });
  });
});

test('the outputs tell where the API is, and what the tables are called', () => {
  const outputs = [...system.templates.values()].flatMap(({ Outputs = {} }) => Object.keys(Outputs));
  expect(outputs).toEqual(expect.arrayContaining(['ApiUrl', 'LedgerTableName', 'ViewsTableName']));
});
