import { describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../lib/config.ts';
import { filterOf } from '../../local/streams/filter.ts';
import type { JsonObject } from '../../local/template/resolve.ts';
import {
  ADMINISTRATOR,
  DEPLOYMENT,
  type Principal,
  policyOf,
  roleOf,
  rolesOf,
  verdict,
} from './principals.ts';
import { ACCOUNT, type Properties, synthesized } from './synthesized.ts';

const system = synthesized('dev');
const bus = system.one('AWS::Events::EventBus');
const topics = system.all('AWS::SNS::Topic').filter(({ id }) => !id.startsWith('Alarms'));
const rules = system
  .all('AWS::Events::Rule')
  .filter(({ properties }) => properties['EventBusName'] !== undefined);
const topicRules = rules.filter(({ id }) => id.startsWith('Topics'));
const routing = [...rolesOf(system)].filter(([name]) => /\/TopicsRole/.test(name)).map(([, role]) => role)[0];
const targetsOf = ({ properties }: { properties: Properties }) => properties['Targets'] as Properties[];

describe('the bus of notices', () => {
  test('is told by notify and by no other function', async () => {
    for (const name of FUNCTIONS)
      expect([name, await verdict(roleOf(system, name), 'events:PutEvents', system.attribute(bus))]).toEqual([
        name,
        name === 'notify' ? 'Allowed' : 'ImplicitlyDenied',
      ]);
  });

  test('lets no other account tell it anything', () => {
    expect(bus.properties['Policy']).toBeUndefined();
    expect(system.all('AWS::Events::EventBusPolicy')).toEqual([]);
  });
});

describe('the topics of agencies', () => {
  test('are those that the stage names, each encrypted and without plain HTTP', () => {
    expect(topics.map(({ properties }) => properties['TopicName'])).toEqual([
      'amanat-dev-it-board-punjab',
      'amanat-dev-income-support-programme',
    ]);
    const key = system.attribute(system.one('AWS::KMS::Key', 'TopicsKey'));
    for (const { properties } of topics) expect(properties['KmsMasterKeyId']).toBe(key);
    const policies = system.all('AWS::SNS::TopicPolicy').filter(({ id }) => id.startsWith('Topics'));
    expect(policies).toHaveLength(topics.length);
    for (const { properties } of policies)
      expect(JSON.stringify(properties)).toContain('aws:SecureTransport');
  });

  test('are each told what its own agency owes, and nothing else', () => {
    const event = (obliged: string, more = {}) => ({
      source: 'amanat',
      'detail-type': 'Obligation notice',
      detail: { obliged },
      ...more,
    });
    const told = (what: ReturnType<typeof event>) =>
      rules
        .filter(({ properties }) => filterOf([properties['EventPattern'] as JsonObject])(what))
        .flatMap((rule) => targetsOf(rule).map(({ Arn }) => Arn));
    const arnOf = (name: string) => {
      const topic = topics.find(({ properties }) => properties['TopicName'] === `amanat-dev-${name}`);
      return topic && system.attribute(topic);
    };
    expect(told(event('it-board-punjab'))).toEqual([arnOf('it-board-punjab')]);
    expect(told(event('income-support-programme'))).toEqual([arnOf('income-support-programme')]);
    expect(told(event('it-board-sindh'))).toEqual([]);
    expect(told(event('it-board-punjab', { source: 'somebody' }))).toEqual([]);
    for (const { properties } of rules) expect(properties['EventBusName']).toBe(`${bus.stack}-${bus.id}`);
  });

  test('leave what they did not take in a day to a queue', () => {
    const queue = system.attribute(system.one('AWS::SQS::Queue', 'TopicsFailures'));
    expect(topicRules).toHaveLength(topics.length);
    for (const rule of topicRules)
      for (const target of targetsOf(rule))
        expect(target).toMatchObject({
          DeadLetterConfig: { Arn: queue },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400 },
          InputPath: '$.detail',
        });
  });

  test('are told by the rules of this account, and by no function', async () => {
    for (const topic of topics) {
      const arn = system.attribute(topic);
      expect(await verdict(routing ?? ADMINISTRATOR, 'sns:Publish', arn)).toBe('Allowed');
      for (const name of FUNCTIONS)
        expect(await verdict(roleOf(system, name), 'sns:Publish', arn)).toBe('ImplicitlyDenied');
    }
    const trust = system.one('AWS::IAM::Role', 'TopicsRole').properties['AssumeRolePolicyDocument'];
    expect(trust).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
        },
      ],
    });
    const alarms = system.attribute(system.one('AWS::SNS::Topic', 'Alarms'));
    expect(routing).toBeDefined();
    expect(await verdict(routing ?? ADMINISTRATOR, 'sns:Publish', alarms)).toBe('ImplicitlyDenied');
  });
});

describe('what webhooks did not take', () => {
  test('is put into a queue, and nothing else is', () => {
    const given = rules.find(({ id }) => id.startsWith('GivenUp'));
    const queue = system.one('AWS::SQS::Queue', 'WebhooksFailures');
    expect(given && targetsOf(given)).toMatchObject([{ Arn: system.attribute(queue) }]);
    const fits = filterOf([given?.properties['EventPattern'] as JsonObject]);
    expect(fits({ source: 'amanat', 'detail-type': 'Obligation notice given up' })).toBe(true);
    expect(fits({ source: 'amanat', 'detail-type': 'Obligation notice' })).toBe(false);
  });

  test('rings an alarm', () => {
    expect(system.one('AWS::CloudWatch::Alarm', 'NoticesUndelivered').properties).toMatchObject({
      Namespace: 'Amanat',
      MetricName: 'NoticesGivenUp',
      Threshold: 1,
      Statistic: 'Sum',
      EvaluationPeriods: 1,
    });
  });
});

describe('the key that notices are signed with', () => {
  const key = system.one('AWS::KMS::Key', 'NoticeKey');

  test('signs for notify alone, administrators included', async () => {
    const policy = policyOf(key.properties, 'KeyPolicy');
    const sign = (who: Principal) => verdict(who, 'kms:Sign', system.attribute(key), policy);
    for (const who of [ADMINISTRATOR, DEPLOYMENT]) expect(await sign(who)).toBe('ExplicitlyDenied');
    for (const name of FUNCTIONS)
      expect([name, await sign(roleOf(system, name))]).toEqual([
        name,
        name === 'notify' ? 'Allowed' : 'ExplicitlyDenied',
      ]);
  });

  test('is of the kind that its signatures name, and outlives its stack', () => {
    expect(key).toMatchObject({
      DeletionPolicy: 'Retain',
      properties: { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' },
    });
  });
});

test('an agency subscribes from its own account, to its own topic', async () => {
  const { StageConfig } = await import('../../lib/config.ts');
  const { dev } = await import('../../lib/stages/dev.ts');
  const { buildSystem } = await import('../../lib/system.ts');
  const { newApp, Synthesized } = await import('./synthesized.ts');
  const app = newApp();
  const account = '210987654321';
  buildSystem(app, StageConfig.parse({ ...dev, notices: { topics: [{ agencyId: 'it-board', account }] } }));
  const built = new Synthesized(
    new Map(app.synth().stacks.map(({ stackName, template }) => [stackName, template])),
  );
  const policy = policyOf(built.one('AWS::SNS::TopicPolicy', 'Topics').properties, 'PolicyDocument');
  const topic = built.attribute(built.one('AWS::SNS::Topic', 'Topics'));
  const may = (of: string) =>
    verdict({ ...ADMINISTRATOR, arn: `arn:aws:iam::${of}:role/Theirs` }, 'sns:Subscribe', topic, policy, {
      'aws:SecureTransport': 'true',
    });
  expect(await may(account)).toBe('Allowed');
  expect(await may('999999999999')).not.toBe('Allowed');
});
