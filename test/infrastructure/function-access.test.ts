import { beforeAll, describe, expect, test } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../lib/config.ts';
import { ON_INDEX, ON_STREAM, ON_TABLE } from './dynamodb-actions.ts';
import { ON_BUCKET, ON_KEY, ON_OBJECT } from './kms-and-s3-actions.ts';
import {
  ADMINISTRATOR,
  DEPLOYMENT,
  type Principal,
  policyOf,
  roleOf,
  rolesOf,
  verdict,
} from './principals.ts';
import { type Json, type Placed, REGION, synthesized } from './synthesized.ts';

interface Access {
  /** On rows that are no reads. */
  readonly ledger: readonly string[];
  /** On the rows of reads, beyond that. */
  readonly reads: readonly string[];
  readonly intake: readonly string[];
  readonly views: readonly string[];
  readonly notices: readonly string[];
  readonly pending: readonly string[];
  readonly stream: readonly string[];
  readonly signingKey: readonly string[];
  readonly sealKey: readonly string[];
  readonly accessKey: readonly string[];
  readonly noticeKey: readonly string[];
  readonly archive: readonly string[];
  readonly fingerprints: readonly string[];
}

const NOTHING: Access = {
  ledger: [],
  reads: [],
  intake: [],
  views: [],
  notices: [],
  pending: [],
  stream: [],
  signingKey: [],
  sealKey: [],
  accessKey: [],
  noticeKey: [],
  archive: [],
  fingerprints: [],
};
const READ = ['BatchGetItem', 'GetItem', 'Query'];
const READ_ALL = [...READ, 'Scan'];
const INSERT = ['BatchGetItem', 'GetItem', 'PartiQLInsert', 'Query'];
const STREAM = ['DescribeStream', 'GetRecords', 'GetShardIterator'];
/** What puts entries into the log and publishes its head. */
const PUBLISH = {
  sealKey: ['GenerateMac'],
  signingKey: ['GetPublicKey', 'Sign'],
  archive: ['GetObject', 'ListBucket', 'PutObject'],
};

const TRACING = {
  ...NOTHING,
  ledger: INSERT,
  views: READ,
  sealKey: ['GenerateMac'],
  fingerprints: ['GetObject', 'ListBucket', 'PutObject'],
};

/** What answers reads: it records that they took place, and writes nothing else into the ledger. */
const ANSWERING = { ...NOTHING, ledger: READ, reads: ['PartiQLInsert'], accessKey: ['GenerateMac'] };

/** What each function needs. It is written down here a second time so that nobody widens it in passing. */
const NEEDED: Readonly<Record<FunctionName, Access>> = {
  authorize: NOTHING,
  record: { ...NOTHING, ledger: INSERT, sealKey: ['GenerateMac'], signingKey: ['GetPublicKey'] },
  query: { ...ANSWERING, views: READ },
  trace: { ...TRACING, accessKey: ['GenerateMac'] },
  investigate: TRACING,
  log: { ...ANSWERING, signingKey: ['GetPublicKey'], noticeKey: ['GetPublicKey'] },
  site: { ...NOTHING, ledger: READ, views: READ },
  sequence: { ...NOTHING, ledger: INSERT, stream: STREAM, ...PUBLISH },
  sweep: { ...NOTHING, ledger: INSERT, intake: ['Query'], accessKey: ['GenerateMac'], ...PUBLISH },
  archive: { ...NOTHING, ledger: READ, signingKey: ['GetPublicKey'], archive: PUBLISH.archive },
  restore: {
    ...NOTHING,
    ledger: INSERT,
    sealKey: ['GenerateMac'],
    signingKey: ['GetPublicKey'],
    archive: ['GetObject', 'ListBucket'],
  },
  cosign: { ...NOTHING, ledger: ['GetItem', 'PartiQLInsert', 'Query'], signingKey: ['GetPublicKey'] },
  project: {
    ...NOTHING,
    ledger: READ,
    views: ['BatchGetItem', 'BatchWriteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'],
    notices: ['PutItem'],
    stream: STREAM,
  },
  // Whatever it finds wrong, it mends nothing.
  inspect: {
    ...NOTHING,
    ledger: READ_ALL,
    sealKey: ['GenerateMac'],
    accessKey: ['GenerateMac'],
    signingKey: ['GetPublicKey'],
    archive: ['GetObject', 'ListBucket'],
  },
  remind: { ...NOTHING, views: READ, notices: ['BatchGetItem', 'PutItem'] },
  notify: {
    ...NOTHING,
    ledger: ['BatchGetItem', 'Query'],
    notices: ['UpdateItem'],
    pending: ['Query'],
    noticeKey: ['GetPublicKey', 'Sign'],
  },
};

const system = synthesized('dev');
let ledger: Placed;
let views: Placed;
let notices: Placed;
let key: Placed;
let signingKey: Placed;
let sealKey: Placed;
let accessKey: Placed;
let noticeKey: Placed;
let archive: Placed;
let fingerprints: Placed;

beforeAll(() => {
  ledger = system.one('AWS::DynamoDB::Table', 'Ledger');
  views = system.one('AWS::DynamoDB::Table', 'Views');
  notices = system.one('AWS::DynamoDB::Table', 'Notices');
  key = system.one('AWS::KMS::Key', 'Key');
  signingKey = system.one('AWS::KMS::Key', 'SigningKey');
  sealKey = system.one('AWS::KMS::Key', 'SealKey');
  accessKey = system.one('AWS::KMS::Key', 'AccessKey');
  noticeKey = system.one('AWS::KMS::Key', 'NoticeKey');
  archive = system.one('AWS::S3::Bucket', 'Archive');
  fingerprints = system.one('AWS::S3::Bucket', 'Fingerprints');
});

/** What a role's own policies allow, and what of it the policies of the resources leave. */
async function allowedOf(role: Principal, underPolicy: boolean): Promise<Access> {
  const of = (policy: Json) => (underPolicy ? policy : undefined);
  const ledgerPolicy = of(policyOf(ledger.properties, 'ResourcePolicy', 'PolicyDocument'));
  const allowed = async (
    actions: readonly string[],
    resource: string,
    policy?: Json,
    service = 'dynamodb',
    context = {},
  ) => {
    const found = [];
    for (const action of actions)
      if ((await verdict(role, `${service}:${action}`, resource, policy, context)) === 'Allowed')
        found.push(action);
    return found.sort();
  };
  // No policy of a role counts for a key whose own policy does not let it.
  const withKey = (which: Placed) =>
    allowed(ON_KEY, system.attribute(which), policyOf(which.properties, 'KeyPolicy'), 'kms');
  const puts = { 'aws:SecureTransport': 'true', 's3:if-none-match': '*' };
  const onBucket = async (which: Placed, name: string, key: string) => {
    const policy = of(policyOf(system.one('AWS::S3::BucketPolicy', name).properties, 'PolicyDocument'));
    const bucket = system.attribute(which);
    return [
      ...(await allowed(ON_BUCKET, bucket, policy, 's3', puts)),
      ...(await allowed(ON_OBJECT, `${bucket}/${key}`, policy, 's3', puts)),
    ].sort();
  };
  const onRows = (pk: string) =>
    allowed(ON_TABLE, system.attribute(ledger), ledgerPolicy, 'dynamodb', { 'dynamodb:LeadingKeys': [pk] });
  const rows = await onRows(`ENTRY#${'0'.repeat(32)}`);
  return {
    ledger: rows,
    reads: (await onRows('ACCESS#2026-01-16T08#3')).filter((action) => !rows.includes(action)),
    intake: await allowed(ON_INDEX, `${system.attribute(ledger)}/index/intake`, ledgerPolicy),
    views: await allowed(ON_TABLE, system.attribute(views)),
    notices: await allowed(ON_TABLE, system.attribute(notices)),
    pending: await allowed(ON_INDEX, `${system.attribute(notices)}/index/pending`),
    stream: await allowed(ON_STREAM, system.attribute(ledger, 'StreamArn')),
    signingKey: await withKey(signingKey),
    sealKey: await withKey(sealKey),
    accessKey: await withKey(accessKey),
    noticeKey: await withKey(noticeKey),
    archive: await onBucket(archive, 'Archive', 'checkpoints/1'),
    fingerprints: await onBucket(fingerprints, 'Fingerprints', 'files/1'),
  };
}

describe('each function holds exactly the actions that it needs', () => {
  test.each(FUNCTIONS)('%s', async (name) => {
    expect(await allowedOf(roleOf(system, name), false)).toEqual(NEEDED[name]);
  });

  test.each(FUNCTIONS)('and the policies of the resources leave %s all of them', async (name) => {
    expect(await allowedOf(roleOf(system, name), true)).toEqual(NEEDED[name]);
  });

  test('and every other role of the system holds none', async () => {
    const ofFunctions = new Set(FUNCTIONS.map((name) => roleOf(system, name).arn));
    const others = [...rolesOf(system).values()].filter(({ arn }) => !ofFunctions.has(arn));
    expect(others).toHaveLength(2); // API Gateway's, for its logs, and that of the rules of the bus.
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
    const objects = [archive, fingerprints].map((bucket) => `${system.attribute(bucket)}/*`);
    const wide = [...rolesOf(system)].flatMap(([name, { policies }]) =>
      policies
        .filter((policy) => !policy.name.includes(':aws:policy/'))
        .flatMap(({ policy }) => (policy as unknown as { Statement: Statement[] }).Statement)
        .filter(({ Action, Resource }) => JSON.stringify([Action, Resource]).includes('*'))
        .filter(({ Resource }) => !isLogGroup(Resource) && !objects.includes(String(Resource)))
        .flatMap(({ Action }) => [Action].flat().map((action) => `${name.split('/')[1]} ${action}`)),
    );
    expect(new Set(wide.map((line) => line.split(' ')[1]))).toEqual(
      new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'dynamodb:ListStreams']),
    );
  });
});

test('the statements of a policy have names of their own, as IAM wants them', () => {
  for (const { policies } of rolesOf(system).values())
    for (const { policy } of policies) {
      const { Statement } = policy as unknown as { Statement: { Sid?: string }[] };
      const names = Statement.flatMap(({ Sid }) => Sid ?? []);
      expect(new Set(names).size).toBe(names.length);
    }
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
    const { ledger: onLedger, reads: ofReads, views: onViews, notices: onNotices } = NEEDED[name];
    const onTables = [...onLedger, ...ofReads, ...onViews, ...onNotices];
    const reads = onTables.length > 0;
    const writes = onTables.some((action) => !READ_ALL.includes(action));
    expect(await may(role, 'Decrypt', through)).toBe(reads ? 'Allowed' : 'ImplicitlyDenied');
    expect(await may(role, 'GenerateDataKey', through)).toBe(writes ? 'Allowed' : 'ImplicitlyDenied');
    for (const action of ['Decrypt', 'GenerateDataKey', 'Encrypt'])
      for (const elsewhere of [{}, { 'kms:ViaService': `s3.${REGION}.amazonaws.com` }])
        expect(await may(role, action, elsewhere)).toBe('ImplicitlyDenied');
    for (const action of ['CreateGrant', 'PutKeyPolicy', 'ScheduleKeyDeletion', 'DisableKey'])
      expect(await may(role, action, through)).not.toBe('Allowed');
  });
});

describe('the bucket of fingerprints', () => {
  const puts = { 'aws:SecureTransport': 'true', 's3:if-none-match': '*' };
  const on = (who: Principal, action: string, context: Record<string, string> = puts) =>
    verdict(
      who,
      `s3:${action}`,
      `${system.attribute(fingerprints)}/files/1`,
      policyOf(system.one('AWS::S3::BucketPolicy', 'Fingerprints').properties, 'PolicyDocument'),
      context,
    );

  test('is read and written by the trace function alone, administrators included', async () => {
    for (const who of [ADMINISTRATOR, DEPLOYMENT])
      for (const action of ['GetObject', 'PutObject', 'DeleteObject', 'DeleteObjectVersion'])
        expect(await on(who, action), action).toBe('ExplicitlyDenied');
    const trace = roleOf(system, 'trace');
    expect(await on(trace, 'GetObject')).toBe('Allowed');
    expect(await on(trace, 'DeleteObject')).not.toBe('Allowed');
  });

  test('takes what is not there yet, over TLS, and nothing else', async () => {
    const trace = roleOf(system, 'trace');
    expect(await on(trace, 'PutObject')).toBe('Allowed');
    expect(await on(trace, 'PutObject', { 'aws:SecureTransport': 'true' })).toBe('ExplicitlyDenied');
    expect(await on(trace, 'PutObject', { ...puts, 'aws:SecureTransport': 'false' })).toBe(
      'ExplicitlyDenied',
    );
  });

  test('has a key of its own, which the function uses through S3 only', async () => {
    const ownKey = system.one('AWS::KMS::Key', 'FingerprintKey');
    const may = (service: string) =>
      verdict(
        roleOf(system, 'trace'),
        'kms:Decrypt',
        system.attribute(ownKey),
        policyOf(ownKey.properties, 'KeyPolicy'),
        { 'kms:ViaService': `${service}.${REGION}.amazonaws.com` },
      );
    expect(await may('s3')).toBe('Allowed');
    expect(await may('dynamodb')).toBe('ImplicitlyDenied');
    expect(JSON.stringify(fingerprints.properties['BucketEncryption'])).toContain(system.attribute(ownKey));
  });

  test('shows nothing to the public, and drops samples of leaks', () => {
    expect(fingerprints.properties['PublicAccessBlockConfiguration']).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(JSON.stringify(fingerprints.properties['LifecycleConfiguration'])).toContain(
      '"ExpirationInDays":14,"NoncurrentVersionExpiration":{"NoncurrentDays":1},"Prefix":"samples/"',
    );
  });
});
