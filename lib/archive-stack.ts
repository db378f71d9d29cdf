import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { StageConfig } from './config.ts';
import { deny } from './deny.ts';
import { archiveWriterRoles, deploymentRoleArn, inspectorRoles } from './ledger-policy.ts';

export interface ArchiveStackProps extends StackProps {
  readonly config: StageConfig;
}

/** What nobody may do to the archive, whatever their own policies allow. Object Lock stands behind it all. */
const NEVER_ON_ARCHIVE = [
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:BypassGovernanceRetention',
  's3:PutObjectRetention',
  's3:PutLifecycleConfiguration',
  's3:DeleteBucket',
  's3:DeleteBucketPolicy',
];

const BY_DEPLOYMENT_ONLY = [
  's3:PutBucketPolicy',
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketVersioning',
];

/**
 * The archive: a bucket under Object Lock, best in an account of its own. What was published can be read from it when
 * the tables are gone, and it remembers what was published when they were rolled back.
 */
export class ArchiveStack extends Stack {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: ArchiveStackProps) {
    super(scope, id, props);
    const { config } = props;
    const { bucketName, lockMode, lockYears } = config.archive;
    const lock = Duration.days(365 * lockYears);

    this.bucket = new Bucket(this, 'Archive', {
      bucketName,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention:
        lockMode === 'compliance'
          ? ObjectLockRetention.compliance(lock)
          : ObjectLockRetention.governance(lock),
      // A key of KMS would be one more thing whose loss loses the archive.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const statement of archiveStatements(config, this.bucket))
      this.bucket.addToResourcePolicy(statement);
    acknowledge(
      this.bucket,
      'AwsSolutions-S1',
      'Each object is put once and read by few functions; CloudTrail tells who else tries.',
    );

    new CfnOutput(this, 'ArchiveBucketName', { value: this.bucket.bucketName });
  }
}

function archiveStatements(config: StageConfig, { bucketArn }: Bucket): PolicyStatement[] {
  const objects = [`${bucketArn}/*`];
  const both = [bucketArn, ...objects];
  const writers = archiveWriterRoles(config);
  return [
    deny('NothingIsTakenBack', NEVER_ON_ARCHIVE, undefined, both),
    deny(
      'SettingsByDeploymentOnly',
      BY_DEPLOYMENT_ONLY,
      deploymentRoleArn({ ...config, account: config.archive.account ?? config.account }),
      [bucketArn],
    ),
    deny('PutsByWritersOnly', ['s3:PutObject'], writers, objects),
    // A later version would hide the first one, locked as that may be.
    new PolicyStatement({
      sid: 'PutsOfFreeKeysOnly',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: objects,
      conditions: { Null: { 's3:if-none-match': 'true' } },
    }),
    ...(config.archive.account === undefined ? [] : fromTheOtherAccount(bucketArn, config)),
  ];
}

/** Within one account a role's own policy suffices; across accounts the bucket must allow it as well. */
function fromTheOtherAccount(bucketArn: string, config: StageConfig): PolicyStatement[] {
  const writers = archiveWriterRoles(config);
  const readers = [...writers, inspectorRoles(config)];
  const objects = `${bucketArn}/*`;
  return [
    allowTo(readers, { sid: 'Listed', actions: ['s3:ListBucket'], resources: [bucketArn] }),
    allowTo(readers, { sid: 'Read', actions: ['s3:GetObject'], resources: [objects] }),
    allowTo(writers, { sid: 'PutByWriters', actions: ['s3:PutObject'], resources: [objects] }),
  ];
}

const allowTo = (
  roles: string[],
  allowed: Required<Pick<PolicyStatementProps, 'sid' | 'actions' | 'resources'>>,
): PolicyStatement =>
  new PolicyStatement({
    ...allowed,
    principals: [new AnyPrincipal()],
    conditions: { ArnLike: { 'aws:PrincipalArn': roles } },
  });
