import { Aws, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { acknowledge } from './acknowledge.ts';
import type { FunctionName, StageConfig } from './config.ts';
import { archiveWriterPath, ledgerWriterPath } from './ledger-policy.ts';
import { INTAKE_INDEX, type LedgerStack } from './ledger-stack.ts';

const READ = ['GetItem', 'Query', 'BatchGetItem'] as const;
/** A PartiQL transaction needs no action besides that of its statements. */
const INSERT = ['PartiQLInsert', ...READ] as const;
const SIGN = ['Sign', 'GetPublicKey'] as const;

interface Access {
  /** Actions of DynamoDB. */
  readonly ledger?: readonly string[];
  /** Of the ledger's index {@link INTAKE_INDEX}. */
  readonly intake?: readonly string[];
  readonly views?: readonly string[];
  /** Actions of KMS on the key that signs checkpoints. */
  readonly signingKey?: readonly string[];
  /** On the key that seals entries. */
  readonly sealKey?: readonly string[];
  /** Actions of S3 on the archive. */
  readonly archive?: readonly ('GetObject' | 'PutObject' | 'ListBucket')[];
}

/** Every action on tables, keys and the archive that a function holds: there are no others. */
export const FUNCTION_ACCESS: Readonly<Record<FunctionName, Access>> = {
  authorize: {},
  record: { ledger: INSERT, sealKey: ['GenerateMac'], signingKey: ['GetPublicKey'] },
  query: { ledger: READ, views: READ },
  trace: { ledger: INSERT, views: READ, sealKey: ['GenerateMac'] },
  log: { ledger: READ, signingKey: ['GetPublicKey'] },
  site: { ledger: ['GetItem'], views: ['GetItem'] },
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
    signingKey: SIGN,
    archive: ['PutObject', 'GetObject', 'ListBucket'],
  },
  archive: {
    ledger: READ,
    signingKey: ['GetPublicKey'],
    archive: ['PutObject', 'GetObject', 'ListBucket'],
  },
  cosign: { ledger: ['PartiQLInsert', 'GetItem', 'Query'], signingKey: ['GetPublicKey'] },
  project: { ledger: READ, views: [...READ, 'Scan', 'PutItem', 'UpdateItem', 'BatchWriteItem'] },
};

const insertsIntoLedger = (name: FunctionName): boolean =>
  FUNCTION_ACCESS[name].ledger?.includes('PartiQLInsert') ?? false;

const putsIntoArchive = (name: FunctionName): boolean =>
  FUNCTION_ACCESS[name].archive?.includes('PutObject') ?? false;

/** The IAM path of a function's role, by which the policies of the ledger and the archive know who may write. */
export function rolePathOf(name: FunctionName, config: StageConfig): string {
  if (insertsIntoLedger(name)) return ledgerWriterPath(config);
  return putsIntoArchive(name) ? archiveWriterPath(config) : `/amanat/${config.stage}/`;
}

/** What there is to reach. The archive goes by its name, since it may stand in another account. */
export interface Reach {
  readonly config: StageConfig;
  readonly tables: LedgerStack;
}

/** Where a function finds what it may use. */
export function accessEnvironment(name: FunctionName, { config, tables }: Reach): Record<string, string> {
  const access = FUNCTION_ACCESS[name];
  const { origin, witnessing } = config.log;
  return {
    ...(access.ledger && { LEDGER_TABLE: tables.ledger.tableName }),
    ...(access.views && { VIEWS_TABLE: tables.views.tableName }),
    ...(access.sealKey && { SEAL_KEY: tables.sealKey.keyArn }),
    ...(access.signingKey && {
      SIGNING_KEY: tables.signingKey.keyArn,
      LOG_ORIGIN: origin,
      WITNESSING: JSON.stringify(witnessing),
    }),
    ...(access.archive && { ARCHIVE_BUCKET: config.archive.bucketName }),
  };
}

/** Gives a function's role what {@link FUNCTION_ACCESS} says, and the use of the tables' key that goes with it. */
export function grantAccess(name: FunctionName, role: IRole, { config, tables }: Reach): void {
  const access = FUNCTION_ACCESS[name];
  const { ledger, intake, views, signingKey, sealKey } = access;
  allow(role, 'ReachLedger', 'dynamodb', ledger, tables.ledger.tableArn);
  allow(role, 'ReachIntake', 'dynamodb', intake, `${tables.ledger.tableArn}/index/${INTAKE_INDEX}`);
  allow(role, 'ReachViews', 'dynamodb', views, tables.views.tableArn);
  allow(role, 'UseSigningKey', 'kms', signingKey, tables.signingKey.keyArn);
  allow(role, 'UseSealKey', 'kms', sealKey, tables.sealKey.keyArn);
  if (access.archive) grantArchive(role, access.archive, config);
  const actions = [...(ledger ?? []), ...(views ?? [])];
  if (actions.length > 0) grantTableKey(role, tables, actions.some(isWrite));
}

function grantArchive(role: IRole, actions: NonNullable<Access['archive']>, config: StageConfig): void {
  const bucket = `arn:${Aws.PARTITION}:s3:::${config.archive.bucketName}`;
  const onObjects = actions.filter((action) => action !== 'ListBucket');
  if (actions.includes('ListBucket')) allow(role, 'ListArchive', 's3', ['ListBucket'], bucket);
  allow(role, 'ReachArchive', 's3', onObjects, `${bucket}/*`);
  acknowledge(
    role,
    `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${config.archive.bucketName}/*]`,
    'Any object of the archive: it holds nothing but the log.',
  );
}

const isWrite = (action: string): boolean => !(READ as readonly string[]).includes(action);

function allow(
  role: IRole,
  sid: string,
  service: string,
  actions: readonly string[] | undefined,
  resource: string,
): void {
  if (actions === undefined) return;
  role.addToPrincipalPolicy(
    new PolicyStatement({
      sid,
      actions: actions.map((action) => `${service}:${action}`),
      resources: [resource],
    }),
  );
}

/** DynamoDB uses the key in the name of whoever calls it; nobody may use it but through DynamoDB. */
function grantTableKey(role: IRole, tables: LedgerStack, write: boolean): void {
  role.addToPrincipalPolicy(
    new PolicyStatement({
      sid: 'UseKeyThroughDynamoDB',
      actions: [
        'kms:Decrypt',
        'kms:DescribeKey',
        ...(write
          ? [
              'kms:Encrypt',
              'kms:GenerateDataKey',
              'kms:GenerateDataKeyWithoutPlaintext',
              'kms:ReEncryptFrom',
              'kms:ReEncryptTo',
            ]
          : []),
      ],
      resources: [tables.key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(tables).region}.amazonaws.com` },
      },
    }),
  );
}
