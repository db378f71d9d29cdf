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
import type { Deployment } from './deployment.ts';
import { METRICS_NAMESPACE } from './metrics.ts';

const PROJECT = resolve(import.meta.dirname, '..');

export interface BundledFunctionProps {
  readonly config: Pick<Deployment, 'stage' | 'logRetentionDays' | 'removal'>;
  /** Names the file under `lambdas/` that exports `handler`. */
  readonly name: string;
  /** The `service` of its log lines and metrics. */
  readonly service: string;
  /** The IAM path of its role. */
  readonly rolePath: string;
  readonly timeout: Duration;
  /** In MiB; the share of a processor grows with it. */
  readonly memory: number;
  /** Concurrency kept for it, and the most given to it. */
  readonly reservedConcurrency?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of the project, by path, that are put beside the bundle under their own names. */
  readonly besideBundle?: readonly string[];
}

/**
 * A function with the defaults of all: its own role, which may do nothing but write logs and traces, its own log group,
 * JSON logs, and an ESM bundle of everything that it imports.
 */
export class BundledFunction extends Construct {
  readonly handler: NodejsFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const { config, name, reservedConcurrency } = props;

    const logs = new LogGroup(this, 'Logs', {
      retention: config.logRetentionDays,
      removalPolicy: config.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      path: props.rolePath,
      description: `What ${name} may do`,
    });
    this.role.addToPolicy(
      new PolicyStatement({
        sid: 'WriteOwnLogs',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logs.logGroupArn],
      }),
    );

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
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
      tracing: Tracing.ACTIVE,
      logGroup: logs,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: props.service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        POWERTOOLS_LOG_LEVEL: 'INFO',
        STAGE: config.stage,
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
