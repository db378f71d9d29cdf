import { join, resolve } from 'node:path';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { FunctionName, StageConfig } from './config.ts';
import { ledgerWriterPath } from './ledger-policy.ts';
import type { LedgerStack } from './ledger-stack.ts';
import { METRICS_NAMESPACE, serviceName } from './metrics.ts';
import { grantTables, insertsIntoLedger, tableEnvironment } from './table-access.ts';

const PROJECT = resolve(import.meta.dirname, '..');

export interface AmanatFunctionProps {
  readonly config: StageConfig;
  /** Names the file under `lambdas/` that exports `handler`. */
  readonly name: FunctionName;
  readonly tables: LedgerStack;
  readonly timeout: Duration;
  /** In MiB; the share of a processor grows with it. */
  readonly memory: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of the project, by path, that are put beside the bundle under their own names. */
  readonly besideBundle?: readonly string[];
}

/**
 * A function of the system, with the defaults of all: its own role and log group, the tables that it may use and no
 * others, traces, JSON logs, and an ESM bundle of everything that it imports.
 */
export class AmanatFunction extends Construct {
  readonly handler: NodejsFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: AmanatFunctionProps) {
    super(scope, id);
    const { config, name, tables } = props;

    const logs = new LogGroup(this, 'Logs', {
      retention: config.logRetentionDays,
      removalPolicy: config.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      path: insertsIntoLedger(name) ? ledgerWriterPath(config) : `/amanat/${config.stage}/`,
      description: `What ${name} may do`,
    });
    this.role.addToPolicy(
      new PolicyStatement({
        sid: 'WriteOwnLogs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logs.logGroupArn],
      }),
    );
    grantTables(name, this.role, tables);

    this.handler = new NodejsFunction(this, 'Function', {
      entry: join(PROJECT, 'lambdas', `${name}.ts`),
      handler: 'handler',
      projectRoot: PROJECT,
      depsLockFilePath: join(PROJECT, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role: this.role,
      timeout: props.timeout,
      memorySize: props.memory,
      ...reserved(config, name),
      tracing: Tracing.ACTIVE,
      logGroup: logs,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: serviceName(config),
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        POWERTOOLS_LOG_LEVEL: 'INFO',
        STAGE: config.stage,
        ...tableEnvironment(name, tables),
        ...props.environment,
      },
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        // ESM builds first: esbuild then drops what is not used.
        mainFields: ['module', 'main'],
        bundleAwsSDK: true,
        minify: true,
        sourceMap: true,
        sourcesContent: false,
        commandHooks: {
          beforeBundling: () => [],
          beforeInstall: () => [],
          afterBundling: (from, to) =>
            (props.besideBundle ?? []).map((file) => `cp "${join(from, file)}" "${to}/"`),
        },
      },
    });

    acknowledge(
      this.role,
      'AwsSolutions-IAM5[Resource::*]',
      'X-Ray takes traces for no resource in particular: xray:PutTraceSegments knows none.',
    );
  }
}

function reserved(config: StageConfig, name: FunctionName) {
  const reservedConcurrentExecutions = config.reservedConcurrency[name];
  return reservedConcurrentExecutions === undefined ? {} : { reservedConcurrentExecutions };
}
