import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { buildWitness } from '../../lib/witness/build.ts';
import { parseWitness } from '../../lib/witness/config.ts';
import { dev } from '../../lib/witness/stages/dev.ts';
import { loadWitness, WITNESS_STAGES } from '../../lib/witness/stages/index.ts';
import { TABLE_SHAPES } from '../integration/tables.ts';
import { ON_TABLE, WRITES } from './dynamodb-actions.ts';
import {
  ADMINISTRATOR,
  DEPLOYMENT,
  FOREIGN_ADMINISTRATOR,
  type Principal,
  policyOf,
  roleOf,
  rolesOf,
  verdict,
} from './principals.ts';
import { type Json, newApp, type Properties, REGION, synthesizedWitness } from './synthesized.ts';

/** What KMS does with a key that signs, and what would take it from the witness. */
const ON_SIGNING_KEY = ['GetPublicKey', 'Sign', 'Verify', 'DescribeKey'];
const ON_ANY_KEY = ['CreateGrant', 'PutKeyPolicy', 'ScheduleKeyDeletion', 'DisableKey', 'Encrypt', 'Decrypt'];

describe.each(Object.keys(WITNESS_STAGES))('the witness of stage %s', (stage) => {
  const config = loadWitness(stage);
  const system = synthesizedWitness(stage);
  const table = system.one('AWS::DynamoDB::Table');
  const tablePolicy = policyOf(table.properties, 'ResourcePolicy', 'PolicyDocument');
  const signingKey = system.one('AWS::KMS::Key', 'SigningKey');
  const encryptionKey = system.one('AWS::KMS::Key', 'EncryptionKey');
  const witness = roleOf(system, 'witness');
  const api = system.one('AWS::ApiGateway::RestApi');

  const onTable = async (principal: Principal, actions: readonly string[]) => {
    const allowed = [];
    for (const action of actions)
      if (
        (await verdict(principal, `dynamodb:${action}`, system.attribute(table), tablePolicy)) === 'Allowed'
      )
        allowed.push(action);
    return allowed.sort();
  };
  const onKey = async (
    principal: Principal,
    key: typeof signingKey,
    actions: readonly string[],
    context: Readonly<Record<string, string>> = {},
  ) => {
    const allowed = [];
    for (const action of actions) {
      const policy = policyOf(key.properties, 'KeyPolicy');
      const answer = await verdict(principal, `kms:${action}`, system.attribute(key), policy, context);
      if (answer === 'Allowed') allowed.push(action);
    }
    return allowed.sort();
  };

  test('is one stack, of one function', () => {
    expect([...system.templates.keys()]).toEqual([`Amanat-Witness-${stage}`]);
    expect(system.all('AWS::Lambda::Function')).toHaveLength(1);
    expect(system.all('Custom::AWS')).toEqual([]);
  });

  test('is told its table, name, key and logs, and nothing secret', () => {
    const { Variables } = system.one('AWS::Lambda::Function').properties['Environment'] as {
      Variables: Properties;
    };
    expect(Variables).toEqual({
      NODE_OPTIONS: '--enable-source-maps',
      POWERTOOLS_SERVICE_NAME: `amanat-witness-${stage}`,
      POWERTOOLS_METRICS_NAMESPACE: 'Amanat',
      POWERTOOLS_LOG_LEVEL: 'INFO',
      STAGE: stage,
      WITNESS_TABLE: `${table.stack}-${table.id}`,
      WITNESS_NAME: config.name,
      SIGNING_KEY: system.attribute(signingKey),
      LOGS: JSON.stringify(config.logs),
    });
  });

  describe('its function', () => {
    test('reads and replaces heads, and does nothing else to a table', async () => {
      expect(await onTable(witness, ON_TABLE)).toEqual(['GetItem', 'PutItem']);
      const elsewhere = system.attribute(table).replace('table/', 'table/other-');
      for (const action of ON_TABLE)
        expect(await verdict(witness, `dynamodb:${action}`, elsewhere)).toBe('ImplicitlyDenied');
    });

    test('signs with its key and gives out the public half, and does nothing else with it', async () => {
      expect(await onKey(witness, signingKey, [...ON_SIGNING_KEY, ...ON_ANY_KEY])).toEqual([
        'GetPublicKey',
        'Sign',
      ]);
      expect(await onKey(witness, encryptionKey, ON_SIGNING_KEY)).toEqual([]);
    });

    test('uses the key of the table through DynamoDB only', async () => {
      const through = { 'kms:ViaService': `dynamodb.${config.region ?? REGION}.amazonaws.com` };
      expect(await onKey(witness, encryptionKey, ON_ANY_KEY, through)).toEqual(['Decrypt', 'Encrypt']);
      expect(await onKey(witness, encryptionKey, ON_ANY_KEY)).toEqual([]);
    });

    test('has no wildcard but for traces, and no other role has anything', () => {
      const statements = witness.policies.flatMap(
        ({ policy }) => (policy as unknown as { Statement: { Action: Json; Resource: Json }[] }).Statement,
      );
      const wide = statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
      expect(wide).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
      const others = [...rolesOf(system).values()].filter(({ arn }) => arn !== witness.arn);
      expect(others.map(({ policies }) => policies.map(({ name }) => name.split('/').at(-1)))).toEqual([
        ['AmazonAPIGatewayPushToCloudWatchLogs'],
      ]);
    });
  });

  describe.each<[string, Principal]>([
    ['an administrator of the account', ADMINISTRATOR],
    ['the deployment role', DEPLOYMENT],
    ['an administrator of another account', FOREIGN_ADMINISTRATOR],
  ])('%s', (_, principal) => {
    test('does not write a head', async () => {
      expect(await onTable(principal, WRITES)).toEqual([]);
    });

    test('does not sign', async () => {
      expect(await onKey(principal, signingKey, ['Sign'])).toEqual([]);
    });
  });

  test('keeps heads and keys when the stack goes, and can restore them', () => {
    expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(table.properties).toMatchObject({
      ...TABLE_SHAPES.heads,
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, KMSMasterKeyId: system.attribute(encryptionKey) },
    });
    for (const key of [signingKey, encryptionKey]) expect(key).toMatchObject({ DeletionPolicy: 'Retain' });
    expect(signingKey.properties).toMatchObject({
      KeySpec: 'ECC_NIST_EDWARDS25519',
      KeyUsage: 'SIGN_VERIFY',
    });
    expect(encryptionKey.properties).toMatchObject({ EnableKeyRotation: true });
  });

  test('has two routes, open to anyone and throttled, and logs no body', () => {
    const methods = system.all('AWS::ApiGateway::Method').map(({ properties }) => properties);
    const paths = system
      .all('AWS::ApiGateway::Resource')
      .map(({ properties }) => String(properties['PathPart']));
    expect(methods.map(({ HttpMethod }) => HttpMethod).sort()).toEqual(['GET', 'POST']);
    expect(paths.sort()).toEqual(['add-checkpoint', 'vkey']);
    expect(api.properties).toMatchObject({
      EndpointConfiguration: { Types: ['REGIONAL'] },
      BinaryMediaTypes: ['*/*'],
    });
    expect(system.one('AWS::ApiGateway::Stage').properties['MethodSettings']).toMatchObject([
      {
        HttpMethod: '*',
        ThrottlingRateLimit: config.throttling.requestsPerSecond,
        ThrottlingBurstLimit: config.throttling.burst,
        LoggingLevel: 'ERROR',
        DataTraceEnabled: false,
      },
    ]);
  });

  test('answers what it does not know with another status than a bad signature', () => {
    const statusOf = Object.fromEntries(
      system
        .all('AWS::ApiGateway::GatewayResponse')
        .map(({ properties }) => [properties['ResponseType'], properties['StatusCode']]),
    );
    expect(statusOf).toMatchObject({ MISSING_AUTHENTICATION_TOKEN: '404', THROTTLED: '429' });
    expect(Object.values(statusOf)).not.toContain('403');
  });

  test('raises the alarm for forks, refused proofs and failures', () => {
    const alarms = system.all('AWS::CloudWatch::Alarm').map(({ properties }) => properties);
    for (const MetricName of ['LogForked', 'ProofsRefused', '5XXError', 'Errors', 'Throttles'])
      expect(alarms).toContainEqual(
        expect.objectContaining({ MetricName, Threshold: 1, AlarmActions: [expect.any(String)] }),
      );
    for (const { MetricName, Namespace, Dimensions } of alarms)
      if (Namespace === 'Amanat')
        expect([MetricName, Dimensions]).toEqual([
          MetricName,
          [{ Name: 'service', Value: `amanat-witness-${stage}` }],
        ]);
    expect(alarms).toHaveLength(5);
  });

  test('keeps every log for as long as the stage says', () => {
    const groups = system.all('AWS::Logs::LogGroup');
    expect(groups).toHaveLength(3);
    for (const { properties } of groups) expect(properties['RetentionInDays']).toBe(config.logRetentionDays);
  });

  test('satisfies cdk-nag, but for what is acknowledged with a reason', () => {
    const app = newApp();
    buildWitness(app, config);
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
    const reasons = app.node
      .findAll()
      .flatMap(({ node }) => node.metadata.filter(({ type }) => type === 'aws:cdk:acknowledged-rules'))
      .flatMap(({ data }) => Object.values(data as Record<string, string>));
    expect(reasons.length).toBeGreaterThan(4);
    for (const reason of reasons) expect(reason).toMatch(/^\S.{25,}\.$/);
  });
});

describe('the configuration of a witness', () => {
  const [log = ''] = dev.logs;
  test.each([
    ['no logs', { logs: [] }, 'logs'],
    ['a log twice', { logs: [log, log] }, 'each once'],
    ['a key that is none', { logs: ['log.example+00000000+AAAA'] }, 'verifier keys of logs'],
    [
      'the key of a witness',
      { logs: ['remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2'] },
      'verifier keys of logs',
    ],
    ['a name with a plus', { name: 'witness+1' }, 'no plus'],
    ['an empty name', { name: '' }, 'must not be empty'],
    ['something else', { quorum: 1 }, 'quorum'],
  ])('refuses %s', (_, change, fault) => {
    expect(() => parseWitness({ ...dev, ...change })).toThrow(
      new RegExp(`the stage configuration is wrong[^]*${fault}`),
    );
  });

  test('says which stages there are when asked for another', () => {
    expect(() => loadWitness('qa')).toThrow(/of dev, prod, or add lib\/witness\/stages\/qa\.ts/);
  });
});
