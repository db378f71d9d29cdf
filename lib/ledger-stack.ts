import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, type KeyProps, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { StageConfig } from './config.ts';
import { deny } from './deny.ts';
import { FingerprintBucket } from './fingerprint-bucket.ts';
import {
  accessWriterRoles,
  inspectorRoles,
  keyStatements,
  ledgerStatements,
  notifierRoles,
  writerRoles,
  writersOnly,
} from './ledger-policy.ts';

/** The index that `notify` looks in for notices that are still to be delivered. */
export const PENDING_INDEX = 'pending';

/** The index that the sweep looks in for entries whose doorbell was lost. */
export const INTAKE_INDEX = 'intake';

export interface LedgerStackProps extends StackProps {
  readonly config: StageConfig;
}

/**
 * All that holds state: the insert-only ledger, the views that can be made anew from it, what was told of obligations,
 * the key of these, the keys that sign the log's checkpoints and seal its entries and what was read of them, and the
 * fingerprints with a key of their own.
 */
export class LedgerStack extends Stack {
  readonly ledger: Table;
  readonly views: Table;
  readonly notices: Table;
  readonly key: Key;
  readonly signingKey: Key;
  readonly sealKey: Key;
  readonly accessKey: Key;
  readonly noticeKey: Key;
  readonly fingerprints: Bucket;
  readonly fingerprintKey: Key;

  constructor(scope: Construct, id: string, props: LedgerStackProps) {
    super(scope, id, props);
    const { config } = props;

    this.key = lastingKey(this, 'Key', config, {
      description: `Encrypts the ledger, the views and the notices of ${config.stage}`,
      enableKeyRotation: true,
    });

    this.signingKey = this.#keyThatSigns('SigningKey', config, {
      generation: config.log.keyGeneration,
      what: `Signs the checkpoints of ${config.log.origin}`,
      by: writersOnly('SignByWritersOnly', ['kms:Sign'], config),
    });
    this.sealKey = lastingKey(this, 'SealKey', config, {
      description: `Seals the entries that ${config.stage} accepts`,
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
    });
    this.sealKey.addToResourcePolicy(
      deny(
        'SealByWritersAndInspectorOnly',
        ['kms:GenerateMac', 'kms:VerifyMac'],
        [writerRoles(config), inspectorRoles(config)],
      ),
    );

    this.accessKey = lastingKey(this, 'AccessKey', config, {
      description: `Seals what was read of the ledger of ${config.stage}`,
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
    });
    this.accessKey.addToResourcePolicy(
      deny(
        'SealByThoseWhoAnswerWritersAndInspectorOnly',
        ['kms:GenerateMac', 'kms:VerifyMac'],
        [accessWriterRoles(config), writerRoles(config), inspectorRoles(config)],
      ),
    );
    this.noticeKey = this.#keyThatSigns('NoticeKey', config, {
      generation: config.notices.keyGeneration,
      what: `Signs the notices of ${config.stage} to webhooks`,
      by: deny('SignByNotifierOnly', ['kms:Sign'], notifierRoles(config)),
    });

    const byKeys = {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
    };

    this.ledger = new Table(this, 'Ledger', {
      ...byKeys,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      resourcePolicy: new PolicyDocument({ statements: ledgerStatements(config) }),
    });
    this.ledger.addGlobalSecondaryIndex({
      indexName: INTAKE_INDEX,
      partitionKey: { name: 'intake', type: AttributeType.STRING },
      sortKey: { name: 'at', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });

    this.views = new Table(this, 'Views', {
      ...byKeys,
      deletionProtection: config.removal === 'retain',
      removalPolicy: config.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });

    // What was told cannot be told from the ledger.
    this.notices = new Table(this, 'Notices', {
      ...byKeys,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.notices.addGlobalSecondaryIndex({
      indexName: PENDING_INDEX,
      partitionKey: { name: 'pending', type: AttributeType.STRING },
      sortKey: { name: 'next', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });

    this.fingerprintKey = lastingKey(this, 'FingerprintKey', config, {
      description: `Encrypts the fingerprints of ${config.stage}`,
      enableKeyRotation: true,
    });
    this.fingerprints = new FingerprintBucket(this, 'Fingerprints', { config, key: this.fingerprintKey });

    new CfnOutput(this, 'LedgerTableName', { value: this.ledger.tableName });
    new CfnOutput(this, 'ViewsTableName', { value: this.views.tableName });
    new CfnOutput(this, 'NoticesTableName', { value: this.notices.tableName });
  }

  /**
   * The key of the present generation. KMS does not rotate keys that sign, so each generation is a key of its own. Those
   * of before stay, with what names them to other stacks: a deployment may stop before those have gone over to the new one.
   */
  #keyThatSigns(
    name: string,
    config: StageConfig,
    { generation, what, by }: { generation: number; what: string; by: PolicyStatement },
  ): Key {
    const keys = Array.from({ length: generation }, (_, before) => {
      const key = lastingKey(this, before === 0 ? name : `${name}${before + 1}`, config, {
        description: what,
        keySpec: KeySpec.ECC_NIST_EDWARDS25519,
        keyUsage: KeyUsage.SIGN_VERIFY,
      });
      key.addToResourcePolicy(by);
      return key;
    });
    for (const former of keys.slice(0, -1)) this.exportValue(former.keyArn);
    return keys.at(-1) as Key;
  }
}

/** A key that outlives its stack, and that nobody can have deleted. */
function lastingKey(scope: Construct, id: string, config: StageConfig, props: KeyProps): Key {
  const key = new Key(scope, id, {
    ...props,
    pendingWindow: Duration.days(30),
    removalPolicy: RemovalPolicy.RETAIN,
  });
  for (const statement of keyStatements(config)) key.addToResourcePolicy(statement);
  return key;
}
