import { afterEach, describe, expect, test, vi } from 'vitest';
import { FUNCTIONS } from '../../lib/config.ts';
import { FOREIGN_ADMINISTRATOR, functionOf, verdict } from './principals.ts';
import { ACCOUNT, type Json, type Placed, type Properties, synthesized } from './synthesized.ts';

const system = synthesized('dev');
const alarms = system.all('AWS::CloudWatch::Alarm');
const topic = system.one('AWS::SNS::Topic', 'Alarms');

interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}
const metricOf = ({ properties }: Placed): Metric => ({
  namespace: String(properties['Namespace']),
  name: String(properties['MetricName']),
  dimensions: Object.fromEntries(
    (properties['Dimensions'] as { Name: string; Value: string }[]).map(({ Name, Value }) => [Name, Value]),
  ),
});
const alarmOn = (
  namespace: string,
  name: string,
  dimension: Readonly<Record<string, string>>,
): Properties | undefined =>
  alarms.find((alarm) => {
    const metric = metricOf(alarm);
    return (
      metric.namespace === namespace &&
      metric.name === name &&
      JSON.stringify(metric.dimensions) === JSON.stringify(dimension)
    );
  })?.properties;
const refTo = ({ stack, id }: Placed) => `${stack}-${id}`;

describe('a change of the ledger that is no insert', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test('rings the alarm: what `sequence` writes is what the alarm listens to', async () => {
    const environment = functionOf(system, 'sequence').properties['Environment'] as {
      Variables: Record<string, string>;
    };
    for (const [name, value] of Object.entries(environment.Variables)) vi.stubEnv(name, value);
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    const lines: string[] = [];
    const listen = (line: unknown) => {
      lines.push(String(line));
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(listen);
    for (const method of ['log', 'error'] as const) vi.spyOn(console, method).mockImplementation(listen);
    const { handler } = await import('../../lambdas/sequence.ts');
    const Keys = { pk: { S: 'ENTRY#00' }, sk: { S: 'ENTRY' } };
    await handler({ Records: [{ eventName: 'MODIFY', eventID: '1', dynamodb: { Keys } }] });
    vi.restoreAllMocks();

    const emitted = lines
      .flatMap((line) => line.split('\n'))
      .filter((line) => line.includes('LedgerTampering') && line.includes('_aws'))
      .map((line) => JSON.parse(line));
    expect(emitted).toHaveLength(1);
    const [{ _aws, ...values }] = emitted;
    const [{ Namespace, Dimensions }] = _aws.CloudWatchMetrics;
    const dimensions = Object.fromEntries(Dimensions[0].map((name: string) => [name, values[name]]));
    expect(values.LedgerTampering).toBe(1);
    expect(alarmOn(Namespace, 'LedgerTampering', dimensions)).toMatchObject({
      Threshold: 1,
      Period: 60,
      Statistic: 'Sum',
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
  });
});

describe('alarms', () => {
  test('all tell the topic when they start and when they end, and are quiet when nothing happens', () => {
    expect(alarms.length).toBeGreaterThan(25);
    for (const { properties } of alarms)
      expect(properties).toMatchObject({
        AlarmActions: [system.attribute(topic)],
        OKActions: [system.attribute(topic)],
        TreatMissingData: 'notBreaching',
      });
    expect(alarms.filter(({ properties }) => properties['ActionsEnabled'] === false)).toEqual([]);
  });

  test('watch every function for throttling, and for errors where an error means one', () => {
    for (const name of FUNCTIONS) {
      const dimension = { FunctionName: refTo(functionOf(system, name)) };
      expect(alarmOn('AWS/Lambda', 'Throttles', dimension)).toMatchObject({ Threshold: 1 });
      if (name === 'authorize') expect(alarmOn('AWS/Lambda', 'Errors', dimension)).toBeUndefined();
      else expect(alarmOn('AWS/Lambda', 'Errors', dimension)).toMatchObject({ Threshold: 1 });
    }
  });

  test.each(['sequence', 'project'])('watch how far %s is behind the stream', (name) => {
    expect(
      alarmOn('AWS/Lambda', 'IteratorAge', { FunctionName: refTo(functionOf(system, name)) }),
    ).toMatchObject({ Threshold: 300_000, Statistic: 'Maximum' });
  });

  test('watch every queue of failures', () => {
    for (const queue of system.all('AWS::SQS::Queue'))
      expect(
        alarmOn('AWS/SQS', 'ApproximateNumberOfMessagesVisible', {
          QueueName: system.attribute(queue, 'QueueName'),
        }),
      ).toMatchObject({ Threshold: 1 });
  });

  test('watch all tables and the index for throttling', () => {
    for (const table of system.all('AWS::DynamoDB::Table'))
      for (const metric of ['ReadThrottleEvents', 'WriteThrottleEvents'])
        expect(alarmOn('AWS/DynamoDB', metric, { TableName: refTo(table) })).toBeDefined();
    const ledger = system.one('AWS::DynamoDB::Table', 'Ledger');
    expect(
      alarmOn('AWS/DynamoDB', 'WriteThrottleEvents', {
        GlobalSecondaryIndexName: 'intake',
        TableName: refTo(ledger),
      }),
    ).toBeDefined();
  });

  test('watch the API for errors and slowness, and the sweep for finds', () => {
    const ApiName = system.one('AWS::ApiGateway::RestApi').properties['Name'];
    expect(alarmOn('AWS/ApiGateway', '5XXError', { ApiName: String(ApiName) })).toBeDefined();
    expect(alarmOn('AWS/ApiGateway', 'Latency', { ApiName: String(ApiName) })).toMatchObject({
      ExtendedStatistic: 'p99',
    });
    expect(alarmOn('Amanat', 'EntriesSwept', { service: 'amanat-dev' })).toBeDefined();
  });

  test.each(['WitnessAway', 'WitnessLag', 'ArchiveLag'])(
    'tell of %s when it lasts for a quarter of an hour, in every run',
    (name) => {
      expect(alarmOn('Amanat', name, { service: 'amanat-dev' })).toMatchObject({
        Threshold: 1,
        Statistic: 'Minimum',
        Period: 300,
        DatapointsToAlarm: 3,
        EvaluationPeriods: 3,
      });
    },
  );
});

describe('the topic', () => {
  test('is encrypted with a key that CloudWatch may use, and refuses plain HTTP', () => {
    const key = system.one('AWS::KMS::Key', 'AlarmsKey');
    expect(topic.properties['KmsMasterKeyId']).toBe(system.attribute(key));
    expect(key.properties['EnableKeyRotation']).toBe(true);
    expect((key.properties['KeyPolicy'] as { Statement: Json[] }).Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      }),
    );
    expect(JSON.stringify(system.one('AWS::SNS::TopicPolicy', 'Alarms').properties)).toContain(
      'aws:SecureTransport',
    );
  });

  test('takes what alarms of this account publish, and nobody else tells it anything', async () => {
    const policy = system.one('AWS::SNS::TopicPolicy', 'Alarms').properties['PolicyDocument'] ?? null;
    const publish = (arn: string, account: string) =>
      verdict({ arn, policies: [] }, 'sns:Publish', system.attribute(topic), policy, {
        'aws:SourceAccount': account,
        'aws:SecureTransport': 'true',
      });
    expect(await publish('cloudwatch.amazonaws.com', ACCOUNT)).toBe('Allowed');
    expect(await publish('cloudwatch.amazonaws.com', '999999999999')).not.toBe('Allowed');
    expect(await publish(FOREIGN_ADMINISTRATOR.arn, ACCOUNT)).not.toBe('Allowed');
  });

  test('writes to whom the stage names', () => {
    expect(system.all('AWS::SNS::Subscription')).toEqual([]);
    expect(synthesized('prod').one('AWS::SNS::Subscription').properties).toMatchObject({
      Protocol: 'email',
      Endpoint: 'ledger-operations@example.org',
    });
  });
});

test('the dashboard shows every alarm', () => {
  const body = JSON.stringify(system.one('AWS::CloudWatch::Dashboard').properties['DashboardBody']);
  for (const alarm of alarms) expect(body).toContain(alarm.id);
});
