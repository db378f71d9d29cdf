import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { StageConfig } from './config.ts';
import { deny } from './deny.ts';
import { writerRoles } from './ledger-policy.ts';

/** What no principal does to what is kept: a file is put once, and goes by the rule of its prefix or not at all. */
const NEVER = ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:DeleteBucket', 's3:DeleteBucketPolicy'];

/**
 * The bucket of fingerprint files, of samples that were brought before them, and of the sketches by which samples are
 * compared. All of it is pseudonymous personal data: whoever has the key of a file can test a person against it. So it
 * has a key of its own, and nobody but functions of the ledger reads it.
 */
export class FingerprintBucket extends Bucket {
  constructor(scope: Construct, id: string, props: { readonly config: StageConfig; readonly key: IKey }) {
    const { config, key } = props;
    super(scope, id, {
      bucketName: config.tracing.bucketName,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          prefix: 'samples/',
          expiration: Duration.days(config.tracing.sampleDays),
          noncurrentVersionExpiration: Duration.days(1),
        },
        { prefix: 'parts/', expiration: Duration.days(1), noncurrentVersionExpiration: Duration.days(1) },
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    const objects = [this.arnForObjects('*')];
    const writers = writerRoles(config);
    this.addToResourcePolicy(deny('NothingIsDeleted', NEVER, undefined, [this.bucketArn, ...objects]));
    // A presigned put counts as the role's that signed it.
    this.addToResourcePolicy(
      deny('ReadAndPutByFunctionsOnly', ['s3:GetObject', 's3:PutObject'], writers, objects),
    );
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'PutsOfFreeKeysOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: objects,
        conditions: { Null: { 's3:if-none-match': 'true' } },
      }),
    );
    acknowledge(
      this,
      'AwsSolutions-S1',
      'Each object is put once and read by one function; the ledger records each use, and CloudTrail who else tries.',
    );
  }
}
