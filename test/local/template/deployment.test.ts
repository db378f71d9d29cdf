import { describe, expect, it } from 'vitest';
import { deploymentOf } from '../../../local/template/deployment.ts';
import type { Template } from '../../../local/template/resolve.ts';
import { BUNDLE, fixtureDeployment, TEMPLATES } from '../fixtures/templates.ts';

describe('a deployment read from templates', () => {
  const deployment = fixtureDeployment();

  it('has tables as the local engine takes them', () => {
    expect(deployment.tables).toEqual([
      {
        TableName: 'everywhere-us-east-1',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'intake', AttributeType: 'S' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'intake',
            KeySchema: [{ AttributeName: 'intake', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
        DeletionProtectionEnabled: true,
      },
      {
        TableName: 'Tables-Ledger',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
        DeletionProtectionEnabled: true,
      },
    ]);
  });

  it('has the keys that functions use, and the buckets, named as their account has them', () => {
    expect(deployment.keys).toEqual([
      {
        id: 'Tables-Signing',
        arn: 'arn:aws:kms:us-east-1:000000000000:key/Tables-Signing',
        keySpec: 'ECC_NIST_EDWARDS25519',
      },
      {
        id: 'Tables-Seal',
        arn: 'arn:aws:kms:us-east-1:000000000000:key/Tables-Seal',
        keySpec: 'HMAC_256',
      },
    ]);
    expect(deployment.buckets).toEqual(['tables-archive', 'named-000000000000']);
  });

  it('has the Node functions that exist here, with their environment resolved', () => {
    expect(deployment.functions.map(({ label }) => label)).toEqual(['serve', 'authorize', 'follow']);
    expect(deployment.functions[0]).toMatchObject({
      name: 'App-Serve',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:App-Serve',
      codeFolder: BUNDLE,
      handler: 'index.api',
      timeoutMs: 2000,
      memoryMb: 256,
    });
    expect(deployment.functions[0]?.environment).toEqual({
      LEDGER_TABLE: 'Tables-Ledger',
      AUDIENCE: 'https://audience.example',
      WHERE: 'here',
      SECOND: 'b',
      MIXED: `us-east-1/Api/\${literal}`,
    });
  });

  it('has the methods of the API by their whole paths', () => {
    const { methods, stage, binaryMediaTypes } = deployment.api;
    expect(stage).toBe('test');
    expect(binaryMediaTypes).toEqual(['application/octet-stream']);
    expect(methods.map(({ httpMethod, path }) => `${httpMethod} ${path}`)).toEqual([
      'GET /',
      'POST /v1/things',
      'GET /v1/things/{thingId}',
      'GET /v1/things/special',
      'ANY /files/{path+}',
    ]);
    expect(methods.map(({ authorizer }) => authorizer?.cacheMs)).toEqual([
      undefined,
      60_000,
      60_000,
      undefined,
      undefined,
    ]);
    expect(methods.at(-1)).toMatchObject({
      requiredParameters: ['method.request.header.X-Needed'],
      timeoutMs: 500,
    });
  });

  it('has the event buses, and the rules that are at work on them', () => {
    expect(deployment.buses).toEqual(['notices']);
    expect(deployment.rules).toEqual([
      {
        busName: 'notices',
        pattern: { source: ['amanat'] },
        targets: [
          'arn:aws:sns:us-east-1:000000000000:App-Alerts',
          'arn:aws:sqs:us-east-1:000000000000:App-Failures',
        ],
      },
    ]);
  });

  it('has the alarms that a single one of what functions count raises', () => {
    expect(deployment.alarms).toEqual([
      {
        namespace: 'Amanat',
        metric: 'LedgerTampering',
        dimensions: { service: 'amanat-us-east-1' },
        description: 'Treat it as an intrusion',
        periodMs: 60_000,
      },
    ]);
  });

  it('has the enabled mappings and schedules', () => {
    expect(deployment.streamMappings).toEqual([
      {
        id: 'Mapping',
        tableName: 'Tables-Ledger',
        functionArn: 'App-Follow',
        batchSize: 7,
        batchingWindowMs: 0,
        startAt: 'TRIM_HORIZON',
        patterns: [{ eventName: ['INSERT'] }],
        reportsItemFailures: true,
        bisects: true,
        maxRetries: 3,
        maxAgeSeconds: -1,
        onFailure: 'arn:aws:sqs:us-east-1:000000000000:App-Failures',
      },
    ]);
    expect(deployment.schedules).toEqual([
      {
        ruleArn: expect.stringContaining('EveryMinute'),
        expression: 'rate(1 minute)',
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:App-Follow',
      },
    ]);
  });
});

describe('a template that cannot be run here is refused, saying why', () => {
  const withResource = (id: string, resource: Template['Resources'][string]) => () =>
    deploymentOf(
      {
        ...TEMPLATES,
        App: { ...TEMPLATES['App'], Resources: { ...TEMPLATES['App']?.Resources, [id]: resource } },
      },
      new Map(),
    );

  it.each([
    [
      'an integration of another kind',
      'Root',
      {
        Type: 'AWS::ApiGateway::Method',
        Properties: { HttpMethod: 'GET', ResourceId: 'x', Integration: { Type: 'HTTP' } },
      },
      /integration HTTP/,
    ],
    [
      'an authorizer of another kind',
      'Authorizer',
      { Type: 'AWS::ApiGateway::Authorizer', Properties: { Type: 'COGNITO_USER_POOLS' } },
      /COGNITO_USER_POOLS/,
    ],
    [
      'an intrinsic function of another kind',
      'Api',
      { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: { 'Fn::Transform': {} } } },
      /Fn::Transform/,
    ],
    [
      'a name of what is not there',
      'Stage',
      { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: { Ref: 'Nothing' } } },
      /names Nothing/,
    ],
    [
      'an import that nobody exports',
      'Stage',
      { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: { 'Fn::ImportValue': 'Nothing' } } },
      /no stack exports Nothing/,
    ],
    [
      'a key of another kind',
      'Key',
      { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'RSA_2048' } },
      /RSA_2048/,
    ],
    [
      'a second REST API',
      'Another',
      { Type: 'AWS::ApiGateway::RestApi', Properties: {} },
      /exactly one REST API/,
    ],
  ])('%s', (_, id, resource, message) => {
    expect(withResource(id, resource)).toThrow(message);
  });
});
