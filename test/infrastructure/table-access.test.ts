import { beforeAll, describe, expect, test } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../lib/config.ts';
import { ON_INDEX, ON_STREAM, ON_TABLE } from './dynamodb-actions.ts';
import { type Principal, policyOf, roleOf, rolesOf, verdict } from './principals.ts';
import { type Placed, REGION, synthesized } from './synthesized.ts';

interface Access {
  readonly ledger: readonly string[];
  readonly intake: readonly string[];
  readonly views: readonly string[];
  readonly stream: readonly string[];
}

const NOTHING: Access = { ledger: [], intake: [], views: [], stream: [] };
const READ = ['BatchGetItem', 'GetItem', 'Query'];
const INSERT = ['BatchGetItem', 'GetItem', 'PartiQLInsert', 'Query'];
const STREAM = ['DescribeStream', 'GetRecords', 'GetShardIterator'];

/** What each function needs. It is written down here a second time so that nobody widens it in passing. */
const NEEDED: Readonly<Record<FunctionName, Access>> = {
  authorize: NOTHING,
  record: { ...NOTHING, ledger: INSERT },
  query: { ...NOTHING, ledger: READ, views: READ },
  trace: { ...NOTHING, ledger: INSERT, views: READ },
  site: { ...NOTHING, ledger: ['GetItem'], views: ['GetItem'] },
  sequence: { ...NOTHING, ledger: INSERT, stream: STREAM },
  sweep: { ...NOTHING, ledger: INSERT, intake: ['Query'] },
  project: {
    ...NOTHING,
    ledger: READ,
    views: ['BatchGetItem', 'BatchWriteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'],
    stream: STREAM,
  },
};

const system = synthesized('dev');
let ledger: Placed;
let views: Placed;
let key: Placed;

beforeAll(() => {
  ledger = system.one('AWS::DynamoDB::Table', 'Ledger');
  views = system.one('AWS::DynamoDB::Table', 'Views');
  key = system.one('AWS::KMS::Key', 'Key');
});

/** What a role's own policies allow, and what of it the ledger's resource policy leaves. */
async function allowedOf(role: Principal, underPolicy: boolean): Promise<Access> {
  const ledgerPolicy = underPolicy
    ? policyOf(ledger.properties, 'ResourcePolicy', 'PolicyDocument')
    : undefined;
  const allowed = async (actions: readonly string[], resource: string, policy?: typeof ledgerPolicy) => {
    const found = [];
    for (const action of actions)
      if ((await verdict(role, `dynamodb:${action}`, resource, policy)) === 'Allowed') found.push(action);
    return found.sort();
  };
  return {
    ledger: await allowed(ON_TABLE, system.attribute(ledger), ledgerPolicy),
    intake: await allowed(ON_INDEX, `${system.attribute(ledger)}/index/intake`, ledgerPolicy),
    views: await allowed(ON_TABLE, system.attribute(views)),
    stream: await allowed(ON_STREAM, system.attribute(ledger, 'StreamArn')),
  };
}

describe('each function holds exactly the actions that it needs', () => {
  test.each(FUNCTIONS)('%s', async (name) => {
    expect(await allowedOf(roleOf(system, name), false)).toEqual(NEEDED[name]);
  });

  test.each(FUNCTIONS)('and the resource policy leaves %s all of them', async (name) => {
    expect(await allowedOf(roleOf(system, name), true)).toEqual(NEEDED[name]);
  });

  test('and every other role of the system holds none', async () => {
    const ofFunctions = new Set(FUNCTIONS.map((name) => roleOf(system, name).arn));
    const others = [...rolesOf(system).values()].filter(({ arn }) => !ofFunctions.has(arn));
    expect(others).toHaveLength(1); // API Gateway's, for its logs.
    for (const role of others) expect(await allowedOf(role, false)).toEqual(NOTHING);
  });

  test('and no two functions share a role', () => {
    expect(new Set(FUNCTIONS.map((name) => roleOf(system, name).arn)).size).toBe(FUNCTIONS.length);
  });

  test('and there are no users, groups or managed policies that would hold any', () => {
    for (const type of [
      'AWS::IAM::User',
      'AWS::IAM::Group',
      'AWS::IAM::ManagedPolicy',
      'AWS::IAM::AccessKey',
    ])
      expect(system.all(type)).toEqual([]);
  });
});

describe('no statement of a role is wider than it looks', () => {
  test('a wildcard stands only where an action knows no resource', () => {
    const wide = [...rolesOf(system)].flatMap(([name, { policies }]) =>
      policies
        .filter((policy) => !policy.name.includes(':aws:policy/'))
        .flatMap(({ policy }) => (policy as unknown as { Statement: Statement[] }).Statement)
        .filter(({ Action, Resource }) => JSON.stringify([Action, Resource]).includes('*'))
        .filter(({ Resource }) => !isLogGroup(Resource))
        .flatMap(({ Action }) => [Action].flat().map((action) => `${name.split('/')[1]} ${action}`)),
    );
    expect(new Set(wide.map((line) => line.split(' ')[1]))).toEqual(
      new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'dynamodb:ListStreams']),
    );
  });
});

interface Statement {
  readonly Action: string | string[];
  readonly Resource: string | string[];
}
/** `…:log-group:<name>:*` is how a log group names its streams. */
const isLogGroup = (resource: unknown) =>
  typeof resource === 'string' && /:log-group:[^*]+:\*$/.test(resource);

describe('the key', () => {
  const through = { 'kms:ViaService': `dynamodb.${REGION}.amazonaws.com` };
  const may = (role: Principal, action: string, context: Record<string, string>) =>
    verdict(role, `kms:${action}`, system.attribute(key), policyOf(key.properties, 'KeyPolicy'), context);

  test.each(FUNCTIONS)('is used by %s only through DynamoDB, and only as its tables need', async (name) => {
    const role = roleOf(system, name);
    const { ledger: onLedger, views: onViews } = NEEDED[name];
    const reads = onLedger.length + onViews.length > 0;
    const writes = [...onLedger, ...onViews].some((action) => !READ.includes(action));
    expect(await may(role, 'Decrypt', through)).toBe(reads ? 'Allowed' : 'ImplicitlyDenied');
    expect(await may(role, 'GenerateDataKey', through)).toBe(writes ? 'Allowed' : 'ImplicitlyDenied');
    for (const action of ['Decrypt', 'GenerateDataKey', 'Encrypt'])
      for (const elsewhere of [{}, { 'kms:ViaService': `s3.${REGION}.amazonaws.com` }])
        expect(await may(role, action, elsewhere)).toBe('ImplicitlyDenied');
    for (const action of ['CreateGrant', 'PutKeyPolicy', 'ScheduleKeyDeletion', 'DisableKey'])
      expect(await may(role, action, through)).not.toBe('Allowed');
  });
});
