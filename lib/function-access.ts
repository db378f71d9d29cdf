import { Aws, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { acknowledge } from './acknowledge.ts';
import type { FunctionName, StageConfig } from './config.ts';
import {
  accessWriterPath,
  archiveWriterPath,
  inspectorPath,
  ledgerWriterPath,
  notifierPath,
  ROWS_OF_READS_ONLY,
} from './ledger-policy.ts';
import { INTAKE_INDEX, type LedgerStack, PENDING_INDEX } from './ledger-stack.ts';

const READ = ['GetItem', 'Query', 'BatchGetItem'] as const;
const READ_ALL = [...READ, 'Scan'] as const;
/** A PartiQL transaction needs no action besides that of its statements. */
const INSERT = ['PartiQLInsert', ...READ] as const;
const SIGN = ['Sign', 'GetPublicKey'] as const;

interface Access {
  /** Actions of DynamoDB. */
  readonly ledger?: readonly string[];
  /** Of the ledger's rows of reads alone: what answers them records them, and writes nothing else. */
  readonly reads?: readonly string[];
  /** Of the ledger's index {@link INTAKE_INDEX}. */
  readonly intake?: readonly string[];
  readonly views?: readonly string[];
  /** Of what was told and is to be told of obligations. */
  readonly notices?: readonly string[];
  /** Of its index {@link PENDING_INDEX}. */
  readonly pending?: readonly string[];
  /** Actions of KMS on the key that signs checkpoints. */
  readonly signingKey?: readonly string[];
  /** On the key that seals entries. */
  readonly sealKey?: readonly string[];
  /** On the key that seals reads. */
  readonly accessKey?: readonly string[];
  /** On the key that signs notices to webhooks. */
  readonly noticeKey?: readonly string[];
  /** Actions of S3 on the archive. */
  readonly archive?: readonly OnBucket[];
  /** On the bucket of fingerprints. */
  readonly fingerprints?: readonly OnBucket[];
}

type OnBucket = 'GetObject' | 'PutObject' | 'ListBucket';

/** What answers reads, and may write nothing but that it was asked. */
const ANSWERING: Access = { ledger: READ, reads: ['PartiQLInsert'], accessKey: ['GenerateMac'] };

const TRACING: Access = {
  ledger: INSERT,
  views: READ,
  sealKey: ['GenerateMac'],
  // `trace` signs the puts of others, which then count as its own. Listing tells what is not there from what may not be seen.
  fingerprints: ['GetObject', 'PutObject', 'ListBucket'],
};

/** Every action on tables, keys and buckets that a function holds: there are no others. */
export const FUNCTION_ACCESS: Readonly<Record<FunctionName, Access>> = {
  authorize: {},
  record: { ledger: INSERT, sealKey: ['GenerateMac'], signingKey: ['GetPublicKey'] },
  query: { ...ANSWERING, views: READ },
  trace: { ...TRACING, accessKey: ['GenerateMac'] },
  investigate: TRACING,
  log: { ...ANSWERING, signingKey: ['GetPublicKey'], noticeKey: ['GetPublicKey'] },
  site: { ledger: READ, views: READ },
  sequence: {
    ledger: INSERT,
    sealKey: ['GenerateMac'],
    signingKey: SIGN,
    archive: ['PutObject', 'GetObject', 'ListBucket'],
  },
  sweep: {
    ledger: INSERT,
    intake: ['Query'],
    sealKey: ['GenerateMac'],
    accessKey: ['GenerateMac'],
    signingKey: SIGN,
    archive: ['PutObject', 'GetObject', 'ListBucket'],
  },
  archive: {
    ledger: READ,
    signingKey: ['GetPublicKey'],
    archive: ['PutObject', 'GetObject', 'ListBucket'],
  },
  restore: {
    ledger: INSERT,
    sealKey: ['GenerateMac'],
    signingKey: ['GetPublicKey'],
    archive: ['GetObject', 'ListBucket'],
  },
  cosign: { ledger: ['PartiQLInsert', 'GetItem', 'Query'], signingKey: ['GetPublicKey'] },
  project: {
    ledger: READ,
    views: [...READ_ALL, 'PutItem', 'UpdateItem', 'BatchWriteItem'],
    notices: ['PutItem'],
  },
  inspect: {
    ledger: READ_ALL,
    sealKey: ['GenerateMac'],
    accessKey: ['GenerateMac'],
    signingKey: ['GetPublicKey'],
    archive: ['GetObject', 'ListBucket'],
  },
  remind: { views: READ, notices: ['BatchGetItem', 'PutItem'] },
  notify: { ledger: ['Query', 'BatchGetItem'], notices: ['UpdateItem'], pending: ['Query'], noticeKey: SIGN },
};

const insertsIntoLedger = (name: FunctionName): boolean =>
  FUNCTION_ACCESS[name].ledger?.includes('PartiQLInsert') ?? false;

const putsIntoArchive = (name: FunctionName): boolean =>
  FUNCTION_ACCESS[name].archive?.includes('PutObject') ?? false;

/** The IAM path of a function's role, by which the policies of the ledger, its keys and the archive know it. */
export function rolePathOf(name: FunctionName, config: StageConfig): string {
  if (insertsIntoLedger(name)) return ledgerWriterPath(config);
  if (FUNCTION_ACCESS[name].reads) return accessWriterPath(config);
  if (putsIntoArchive(name)) return archiveWriterPath(config);
  if (name === 'notify') return notifierPath(config);
  return name === 'inspect' ? inspectorPath(config) : `/amanat/${config.stage}/`;
}

/** What there is to reach. The archive goes by its name, since it may stand in another account. */
export interface Reach {
  readonly config: StageConfig;
  readonly tables: LedgerStack;
}

/** Where a function finds what it may use. */
export function accessEnvironment(name: FunctionName, { config, tables }: Reach): Record<string, string> {
  const access = FUNCTION_ACCESS[name];
  const { origin, formerKeys, witnessing } = config.log;
  return {
    ...(access.ledger && { LEDGER_TABLE: tables.ledger.tableName }),
    ...(access.views && { VIEWS_TABLE: tables.views.tableName }),
    ...(access.notices && { NOTICES_TABLE: tables.notices.tableName }),
    ...(access.sealKey && { SEAL_KEY: tables.sealKey.keyArn }),
    ...(access.accessKey && { ACCESS_KEY: tables.accessKey.keyArn }),
    ...(access.noticeKey && { NOTICE_KEY: tables.noticeKey.keyArn }),
    ...(access.signingKey && {
      SIGNING_KEY: tables.signingKey.keyArn,
      LOG_ORIGIN: origin,
      FORMER_KEYS: JSON.stringify(formerKeys),
      WITNESSING: JSON.stringify(witnessing),
    }),
    ...(access.archive && { ARCHIVE_BUCKET: config.archive.bucketName }),
    ...(access.fingerprints && {
      FINGERPRINT_BUCKET: config.tracing.bucketName,
      TRACING: JSON.stringify(config.tracing),
    }),
  };
}

/** Gives a function's role what {@link FUNCTION_ACCESS} says, and the use of the tables' key that goes with it. */
export function grantAccess(name: FunctionName, role: IRole, { config, tables }: Reach): void {
  const access = FUNCTION_ACCESS[name];
  const { ledger, reads, intake, views, notices, pending, signingKey, sealKey, accessKey, noticeKey } =
    access;
  allow(role, 'ReachLedger', 'dynamodb', ledger, tables.ledger.tableArn);
  allow(role, 'RecordReads', 'dynamodb', reads, tables.ledger.tableArn, ROWS_OF_READS_ONLY);
  allow(role, 'ReachIntake', 'dynamodb', intake, `${tables.ledger.tableArn}/index/${INTAKE_INDEX}`);
  allow(role, 'ReachViews', 'dynamodb', views, tables.views.tableArn);
  allow(role, 'ReachNotices', 'dynamodb', notices, tables.notices.tableArn);
  allow(role, 'ReachPending', 'dynamodb', pending, `${tables.notices.tableArn}/index/${PENDING_INDEX}`);
  allow(role, 'UseSigningKey', 'kms', signingKey, tables.signingKey.keyArn);
  allow(role, 'UseSealKey', 'kms', sealKey, tables.sealKey.keyArn);
  allow(role, 'UseAccessKey', 'kms', accessKey, tables.accessKey.keyArn);
  allow(role, 'UseNoticeKey', 'kms', noticeKey, tables.noticeKey.keyArn);
  if (access.archive) grantBucket(role, 'Archive', access.archive, config.archive.bucketName);
  if (access.fingerprints) grantFingerprints(role, access.fingerprints, config, tables);
  const actions = [...(ledger ?? []), ...(reads ?? []), ...(views ?? []), ...(notices ?? [])];
  if (actions.length > 0) grantKeyThrough('dynamodb', role, tables.key, actions.some(isWrite), tables);
}

function grantFingerprints(
  role: IRole,
  actions: readonly OnBucket[],
  config: StageConfig,
  tables: LedgerStack,
): void {
  grantBucket(role, 'Fingerprints', actions, config.tracing.bucketName);
  grantKeyThrough('s3', role, tables.fingerprintKey, actions.includes('PutObject'), tables);
}

/** By its name, so that it may stand in another account; whole, since it holds nothing for anybody else. */
function grantBucket(role: IRole, name: string, actions: readonly OnBucket[], bucketName: string): void {
  const bucket = `arn:${Aws.PARTITION}:s3:::${bucketName}`;
  const onObjects = actions.filter((action) => action !== 'ListBucket');
  if (actions.includes('ListBucket')) allow(role, `List${name}`, 's3', ['ListBucket'], bucket);
  allow(role, `Reach${name}`, 's3', onObjects, `${bucket}/*`);
  acknowledge(
    role,
    `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${bucketName}/*]`,
    'Any object of the bucket: it holds nothing but what this function works with.',
  );
}

const isWrite = (action: string): boolean => !(READ_ALL as readonly string[]).includes(action);

function allow(
  role: IRole,
  sid: string,
  service: string,
  actions: readonly string[] | undefined,
  resource: string,
  conditions?: Readonly<Record<string, Record<string, unknown>>>,
): void {
  if (actions === undefined) return;
  role.addToPrincipalPolicy(
    new PolicyStatement({
      sid,
      actions: actions.map((action) => `${service}:${action}`),
      resources: [resource],
      ...(conditions && { conditions }),
    }),
  );
}

const VIA = {
  dynamodb: { sid: 'UseKeyThroughDynamoDB', read: ['Decrypt', 'DescribeKey'] },
  s3: { sid: 'UseKeyThroughS3', read: ['Decrypt'] },
} as const;
const TO_WRITE = {
  dynamodb: ['Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'],
  s3: ['GenerateDataKey'],
} as const;

/** The service uses the key in the name of whoever calls it; nobody may use it but through that service. */
function grantKeyThrough(
  service: keyof typeof VIA,
  role: IRole,
  key: IKey,
  write: boolean,
  tables: LedgerStack,
): void {
  const { sid, read } = VIA[service];
  const actions = [...read, ...(write ? TO_WRITE[service] : [])];
  role.addToPrincipalPolicy(
    new PolicyStatement({
      sid,
      actions: actions.map((action) => `kms:${action}`),
      resources: [key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `${service}.${Stack.of(tables).region}.amazonaws.com` },
      },
    }),
  );
}
