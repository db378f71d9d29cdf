import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { BundledFunction } from '../bundled-function.ts';
import { deny, rolesOfAccount } from '../deny.ts';
import { AlarmTopic } from '../watch/alarm-topic.ts';
import { addWitnessAlarms } from './alarms.ts';
import { WitnessApi } from './api.ts';
import { type WitnessConfig, witnessService } from './config.ts';

export interface WitnessStackProps extends StackProps {
  readonly config: WitnessConfig;
}

const TABLE_ACTIONS = ['dynamodb:GetItem', 'dynamodb:PutItem'];
/** No other way leads to another head; what the table's own conditions are worth hangs on it. */
const NEVER_ON_HEADS = [
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PartiQLDelete',
  'dynamodb:UpdateTimeToLive',
  'dynamodb:DeleteResourcePolicy',
];

/**
 * A witness, whole: what it cosigned last of each log, the key that it cosigns with, the function that does it, and the
 * API before that. It is no part of a ledger: another agency deploys it, to its own account.
 */
export class WitnessStack extends Stack {
  constructor(scope: Construct, id: string, props: WitnessStackProps) {
    super(scope, id, props);
    const { config } = props;
    const rolePath = `/amanat-witness/${config.stage}/`;
    const itself = `${rolesOfAccount()}${rolePath}*`;

    const signingKey = this.signingKey(config, itself);
    const encryptionKey = new Key(this, 'EncryptionKey', {
      description: `Encrypts what the witness ${config.name} has cosigned`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const heads = new Table(this, 'Heads', {
      partitionKey: { name: 'origin', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      resourcePolicy: new PolicyDocument({
        statements: [
          deny('NothingButPuts', NEVER_ON_HEADS),
          deny('PutsByTheWitnessOnly', ['dynamodb:PutItem'], itself),
        ],
      }),
    });

    const witness = new BundledFunction(this, 'Witness', {
      config,
      name: 'witness',
      service: witnessService(config),
      rolePath,
      timeout: Duration.seconds(20),
      memory: 512,
      environment: {
        WITNESS_TABLE: heads.tableName,
        WITNESS_NAME: config.name,
        SIGNING_KEY: signingKey.keyArn,
        LOGS: JSON.stringify(config.logs),
      },
    });
    for (const statement of this.needed(heads, encryptionKey, signingKey))
      witness.role.addToPolicy(statement);

    const { api } = new WitnessApi(this, 'Rest', { config, witness });
    const { topic } = new AlarmTopic(this, 'Alarms', { config });
    addWitnessAlarms(this, { config, witness, api, topic });

    new CfnOutput(this, 'WitnessUrl', { value: api.url.replace(/\/$/, '') });
    new CfnOutput(this, 'SigningKeyArn', { value: signingKey.keyArn });
  }

  /** Who could sign without the table could cosign a fork: so nobody signs but the function. */
  private signingKey({ name }: WitnessConfig, itself: string): Key {
    const key = new Key(this, 'SigningKey', {
      description: `Cosigns as ${name}`,
      keySpec: KeySpec.ECC_NIST_EDWARDS25519,
      keyUsage: KeyUsage.SIGN_VERIFY,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    key.addToResourcePolicy(deny('SignedByTheWitnessOnly', ['kms:Sign'], itself));
    return key;
  }

  private needed(heads: Table, encryptionKey: Key, signingKey: Key): PolicyStatement[] {
    return [
      new PolicyStatement({ sid: 'KeepHeads', actions: TABLE_ACTIONS, resources: [heads.tableArn] }),
      new PolicyStatement({
        sid: 'Cosign',
        actions: ['kms:GetPublicKey', 'kms:Sign'],
        resources: [signingKey.keyArn],
      }),
      new PolicyStatement({
        sid: 'UseKeyThroughDynamoDB',
        actions: [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:GenerateDataKeyWithoutPlaintext',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        resources: [encryptionKey.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${this.region}.amazonaws.com` } },
      }),
    ];
  }
}
