import { describe, expect, test } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../lib/config.ts';
import { loadStage } from '../../lib/stages/index.ts';
import { functionOf, roleOf, verdict } from './principals.ts';
import { type Json, type Properties, synthesized } from './synthesized.ts';

const system = synthesized('dev');
const config = loadStage('dev');
const refTo = (type: string, idPrefix: string) => {
  const { stack, id } = system.one(type, idPrefix);
  return `${stack}-${id}`;
};
const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const environmentOf = (name: FunctionName) =>
  (functionOf(system, name).properties['Environment'] as { Variables: Record<string, string> }).Variables;

describe('functions', () => {
  test('are those of the system, and no helpers that CDK brings along', () => {
    expect(system.all('AWS::Lambda::Function')).toHaveLength(FUNCTIONS.length);
    expect(system.all('Custom::AWS')).toEqual([]);
  });

  test.each(FUNCTIONS)('%s has the defaults of all', (name) => {
    expect(functionOf(system, name).properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: {
        LogFormat: 'JSON',
        LogGroup: refTo('AWS::Logs::LogGroup', `${name.charAt(0).toUpperCase()}${name.slice(1)}Logs`),
      },
    });
  });

  const common = {
    NODE_OPTIONS: '--enable-source-maps',
    POWERTOOLS_SERVICE_NAME: 'amanat-dev',
    POWERTOOLS_METRICS_NAMESPACE: 'Amanat',
    POWERTOOLS_LOG_LEVEL: 'INFO',
    STAGE: 'dev',
  };
  const LEDGER_TABLE = refTo('AWS::DynamoDB::Table', 'Ledger');
  const VIEWS_TABLE = refTo('AWS::DynamoDB::Table', 'Views');
  const NOTICES_TABLE = refTo('AWS::DynamoDB::Table', 'Notices');
  const NOTICE_KEY = system.attribute(system.one('AWS::KMS::Key', 'NoticeKey'));
  const NOTIFY_FUNCTION = refTo('AWS::Lambda::Function', 'NotifyFunction');
  const SEAL_KEY = system.attribute(system.one('AWS::KMS::Key', 'SealKey'));
  const ACCESS_KEY = system.attribute(system.one('AWS::KMS::Key', 'AccessKey'));
  const ANSWERING = { ACCESS_KEY, ACCESS: JSON.stringify(config.access) };
  const KEY_OF_LOG = {
    SIGNING_KEY: system.attribute(system.one('AWS::KMS::Key', 'SigningKey')),
    LOG_ORIGIN: config.log.origin,
    FORMER_KEYS: '[]',
    WITNESSING: JSON.stringify(config.log.witnessing),
  };
  const ARCHIVE_BUCKET = config.archive.bucketName;
  const SIGNATURES = { SIGNATURES: JSON.stringify({ mandatory: [] }) };
  const RUNG = {
    COSIGN_FUNCTION: refTo('AWS::Lambda::Function', 'CosignFunction'),
  };
  const TRACING = {
    ...common,
    LEDGER_TABLE,
    VIEWS_TABLE,
    SEAL_KEY,
    FINGERPRINT_BUCKET: config.tracing.bucketName,
    TRACING: JSON.stringify(config.tracing),
  };
  const environments: Readonly<Record<FunctionName, Record<string, string>>> = {
    authorize: {
      ...common,
      ISSUER: config.identity.issuer,
      AUDIENCE: config.identity.audience,
      ROLES_CLAIM: 'roles',
    },
    record: {
      ...common,
      LEDGER_TABLE,
      SEAL_KEY,
      ...KEY_OF_LOG,
      ...SIGNATURES,
      WEBHOOK_NETWORK: 'public',
    },
    query: { ...common, LEDGER_TABLE, VIEWS_TABLE, ...ANSWERING },
    trace: {
      ...TRACING,
      ...ANSWERING,
      INVESTIGATE_FUNCTION: refTo('AWS::Lambda::Function', 'InvestigateFunction'),
    },
    investigate: TRACING,
    log: { ...common, LEDGER_TABLE, NOTICE_KEY, ...ANSWERING, ...KEY_OF_LOG },
    site: { ...common, LEDGER_TABLE, VIEWS_TABLE },
    sequence: { ...common, LEDGER_TABLE, SEAL_KEY, ...KEY_OF_LOG, ARCHIVE_BUCKET, ...RUNG },
    sweep: {
      ...common,
      LEDGER_TABLE,
      SEAL_KEY,
      ACCESS_KEY,
      ...KEY_OF_LOG,
      ARCHIVE_BUCKET,
      ...RUNG,
      ...SIGNATURES,
    },
    cosign: { ...common, LEDGER_TABLE, ...KEY_OF_LOG },
    archive: { ...common, LEDGER_TABLE, ...KEY_OF_LOG, ARCHIVE_BUCKET },
    restore: { ...common, LEDGER_TABLE, SEAL_KEY, ...KEY_OF_LOG, ARCHIVE_BUCKET },
    project: { ...common, LEDGER_TABLE, VIEWS_TABLE, NOTICES_TABLE, NOTIFY_FUNCTION },
    inspect: { ...common, LEDGER_TABLE, SEAL_KEY, ACCESS_KEY, ...KEY_OF_LOG, ARCHIVE_BUCKET },
    remind: { ...common, VIEWS_TABLE, NOTICES_TABLE, NOTIFY_FUNCTION },
    notify: {
      ...common,
      LEDGER_TABLE,
      NOTICES_TABLE,
      NOTICE_KEY,
      NOTICE_BUS: refTo('AWS::Events::EventBus', 'Bus'),
      WEBHOOK_NETWORK: 'public',
    },
  };

  // Exactly these: whatever else found its way into an environment, a secret included, fails here.
  test.each(FUNCTIONS)('%s is told the names of its own tables, and nothing secret', (name) => {
    expect(environmentOf(name)).toEqual(environments[name]);
  });

  test('outlast the gateway where they answer it, so that it is the gateway that says timeout', () => {
    for (const name of ['record', 'query', 'trace', 'log', 'site'] as const)
      expect(functionOf(system, name).properties['Timeout']).toBe(30);
  });

  test('are stopped by Lambda when they call themselves, but for those that are meant to', () => {
    const allowed = FUNCTIONS.filter(
      (name) => functionOf(system, name).properties['RecursiveLoop'] === 'Allow',
    );
    expect(allowed.toSorted()).toEqual(['inspect', 'investigate', 'remind']);
  });

  test('have concurrency reserved where a stage says so, and nowhere else', () => {
    const reservedIn = (stage: string) =>
      Object.fromEntries(
        synthesized(stage)
          .all('AWS::Lambda::Function')
          .map(({ id, properties }) => [
            id.replace(/Function.*/, '').toLowerCase(),
            properties['ReservedConcurrentExecutions'],
          ])
          .filter(([, reserved]) => reserved !== undefined),
      );
    expect(reservedIn('dev')).toEqual({});
    expect(reservedIn('prod')).toEqual(loadStage('prod').reservedConcurrency);
  });
});

describe('the stream of the ledger', () => {
  const mappings = system.all('AWS::Lambda::EventSourceMapping');
  const mappingOf = (name: FunctionName) =>
    mappings.find(
      ({ properties }) =>
        properties['FunctionName'] === refTo('AWS::Lambda::Function', `${capital(name)}Function`),
    )?.properties ?? {};

  test('has two readers, as many as DynamoDB serves', () => {
    expect(mappings).toHaveLength(2);
  });

  test.each(['sequence', 'project'] as const)('rings %s until it answers, and then tells a queue', (name) => {
    const queue = system.one('AWS::SQS::Queue', `${capital(name)}Failures`);
    expect(mappingOf(name)).toMatchObject({
      EventSourceArn: system.attribute(system.one('AWS::DynamoDB::Table', 'Ledger'), 'StreamArn'),
      StartingPosition: 'TRIM_HORIZON',
      ParallelizationFactor: 1,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 23 * 3600,
      DestinationConfig: { OnFailure: { Destination: system.attribute(queue) } },
    });
    expect(mappingOf(name)['TumblingWindowInSeconds']).toBeUndefined();
  });

  const record = (eventName: string, pk: string, sk: string) => ({
    eventName,
    dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } },
  });
  const ENTRY = record('INSERT', 'ENTRY#00', 'ENTRY');
  const INDEX = record('INSERT', 'ENTRY#00', 'INDEX');
  const BATCH = record('INSERT', 'LOG', 'BATCH#00000000000000000000');
  const HEAD = record('INSERT', 'STREAM#transfer#tr-00', '000000');

  test.each([
    ['an entry', ENTRY, true, false],
    ['an index', INDEX, false, false],
    ['a batch', BATCH, false, true],
    ['a pointer', HEAD, false, false],
    ['a changed entry', record('MODIFY', 'ENTRY#00', 'ENTRY'), true, false],
    ['a changed batch', record('MODIFY', 'LOG', 'BATCH#00000000000000000000'), true, false],
    ['a removed index', record('REMOVE', 'ENTRY#00', 'INDEX'), true, false],
    ['a removed answer', record('REMOVE', 'ANSWER#00', '0'), true, false],
  ])('%s rings the right function', (_, streamRecord, sequence, project) => {
    expect(passes(mappingOf('sequence'), streamRecord)).toBe(sequence);
    expect(passes(mappingOf('project'), streamRecord)).toBe(project);
  });
});

test('a trace in the background is tried again, and then told to a queue', () => {
  expect(system.one('AWS::Lambda::EventInvokeConfig', 'Investigate').properties).toMatchObject({
    FunctionName: refTo('AWS::Lambda::Function', 'InvestigateFunction'),
    MaximumRetryAttempts: 2,
    DestinationConfig: {
      OnFailure: { Destination: system.attribute(system.one('AWS::SQS::Queue', 'InvestigateFailures')) },
    },
  });
  expect(functionOf(system, 'investigate').properties['Timeout']).toBe(900);
});

describe.each([
  ['sweep', 'EveryMinute', 'rate(1 minute)', 0],
  ['cosign', 'CosignEveryMinute', 'rate(1 minute)', 0],
  ['archive', 'ArchiveEveryMinute', 'rate(1 minute)', 0],
  ['notify', 'NotifyEveryMinute', 'rate(1 minute)', 0],
  ['inspect', 'EveryNight', 'cron(17 1 * * ? *)', 0],
  // The next day's look is no repetition of this one's.
  ['remind', 'RemindEveryDay', 'cron(17 0 * * ? *)', 2],
] as const)('%s', (name, ruleId, schedule, retries) => {
  const rule = system.one('AWS::Events::Rule', ruleId);
  const queue = system.one('AWS::SQS::Queue', `${capital(name)}Failures`);

  test('runs on time, and tells a queue when it could not be called or failed', () => {
    expect(rule.properties).toMatchObject({
      ScheduleExpression: schedule,
      State: 'ENABLED',
      Targets: [
        {
          Arn: system.attribute(functionOf(system, name)),
          DeadLetterConfig: { Arn: system.attribute(queue) },
        },
      ],
    });
    expect(system.one('AWS::Lambda::EventInvokeConfig', capital(name)).properties).toMatchObject({
      FunctionName: refTo('AWS::Lambda::Function', `${capital(name)}Function`),
      MaximumRetryAttempts: retries,
      DestinationConfig: { OnFailure: { Destination: system.attribute(queue) } },
    });
  });

  test('is called by that rule and by no other service', () => {
    const permissions = system
      .all('AWS::Lambda::Permission')
      .filter(({ properties }) => properties['FunctionName'] === system.attribute(functionOf(system, name)));
    expect(permissions.map(({ properties }) => properties)).toMatchObject([
      { Principal: 'events.amazonaws.com', SourceArn: system.attribute(rule) },
    ]);
  });
});

test('who publishes rings cosign, who tells of obligations notify, what takes long calls for its next part, and nobody calls any other function', async () => {
  for (const caller of FUNCTIONS)
    for (const called of FUNCTIONS) {
      const arn = system.attribute(functionOf(system, called));
      const may = await verdict(roleOf(system, caller), 'lambda:InvokeFunction', arn);
      const rings =
        (called === 'cosign' && (caller === 'sequence' || caller === 'sweep')) ||
        (called === 'notify' && (caller === 'project' || caller === 'remind'));
      const goesOn =
        called === caller
          ? called === 'inspect' || called === 'investigate' || called === 'remind'
          : called === 'investigate' && caller === 'trace';
      expect([caller, called, may]).toEqual([
        caller,
        called,
        rings || goesOn ? 'Allowed' : 'ImplicitlyDenied',
      ]);
    }
});

test('queues are encrypted, refuse plain HTTP, and keep what failed for two weeks', () => {
  const queues = system.all('AWS::SQS::Queue');
  expect(queues).toHaveLength(11);
  for (const { properties } of queues)
    expect(properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 });
  const plain = system
    .all('AWS::SQS::QueuePolicy')
    .flatMap(({ properties }) => (properties['PolicyDocument'] as { Statement: Properties[] }).Statement)
    .filter(
      ({ Effect, Condition }) => Effect === 'Deny' && JSON.stringify(Condition).includes('SecureTransport'),
    );
  expect(plain).toHaveLength(11);
});

/** Whether Lambda's filters let a stream record through: any of them must match. */
function passes(mapping: Properties, streamRecord: Json): boolean {
  const { Filters } = mapping['FilterCriteria'] as unknown as { Filters: { Pattern: string }[] };
  return Filters.some(({ Pattern }) => matches(JSON.parse(Pattern), streamRecord));
}

/** The part of EventBridge's patterns that is used here: exact values and prefixes. */
function matches(pattern: Json, value: Json | undefined): boolean {
  if (Array.isArray(pattern))
    return pattern.some((option: Json) =>
      typeof option === 'object' && option !== null && 'prefix' in option
        ? String(value).startsWith(String(option['prefix']))
        : option === value,
    );
  return Object.entries(pattern as Properties).every(([key, inner]) =>
    matches(inner, (value as Properties | undefined)?.[key]),
  );
}
