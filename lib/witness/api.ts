import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { BundledFunction } from '../bundled-function.ts';
import type { WitnessConfig } from './config.ts';

const ACCESS_LOG = {
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  method: '$context.httpMethod',
  route: '$context.resourcePath',
  status: '$context.status',
  responseType: '$context.error.responseType',
  responseLatency: '$context.responseLatency',
  traceId: '$context.xrayTraceId',
} as const;

/**
 * What API Gateway says by itself. It answers 403 to a path or a method that it does not know; to whoever speaks the
 * witness's protocol that would be a bad signature.
 */
const STATUS_OF: Readonly<Record<string, string>> = {
  DEFAULT_4XX: '400',
  DEFAULT_5XX: '500',
  MISSING_AUTHENTICATION_TOKEN: '404',
  RESOURCE_NOT_FOUND: '404',
  REQUEST_TOO_LARGE: '413',
  THROTTLED: '429',
  INTEGRATION_TIMEOUT: '504',
};

export interface WitnessApiProps {
  readonly config: WitnessConfig;
  readonly witness: BundledFunction;
}

/** The protocol's one call, and the key that its answers verify with. */
export class WitnessApi extends Construct {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, { config, witness }: WitnessApiProps) {
    super(scope, id);
    const kept = {
      retention: config.logRetentionDays,
      removalPolicy: config.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    this.api = new RestApi(this, 'Api', {
      restApiName: `amanat-witness-${config.stage}`,
      description: 'Cosigns the checkpoints of logs (C2SP tlog-witness)',
      endpointTypes: [EndpointType.REGIONAL],
      // A body comes as the bytes that were sent: of text, API Gateway would mend what is not UTF-8.
      binaryMediaTypes: ['*/*'],
      // The account's permission to write logs. It is one for all APIs of a region, so it outlives this one.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: config.stage,
        tracingEnabled: true,
        metricsEnabled: true,
        throttlingRateLimit: config.throttling.requestsPerSecond,
        throttlingBurstLimit: config.throttling.burst,
        accessLogDestination: new LogGroupLogDestination(new LogGroup(this, 'AccessLogs', kept)),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
      },
    });
    // API Gateway would make this group itself, and keep it for ever.
    const executionLogs = new LogGroup(this, 'ExecutionLogs', {
      logGroupName: `API-Gateway-Execution-Logs_${this.api.restApiId}/${config.stage}`,
      ...kept,
    });
    this.api.deploymentStage.node.addDependency(executionLogs);

    const integration = new LambdaIntegration(witness.handler, { scopePermissionToMethod: false });
    const open = { authorizationType: AuthorizationType.NONE };
    this.api.root.addResource('add-checkpoint').addMethod('POST', integration, open);
    this.api.root.addResource('vkey').addMethod('GET', integration, open);
    for (const [type, statusCode] of Object.entries(STATUS_OF))
      this.api.addGatewayResponse(type, {
        type: ResponseType.of(type),
        statusCode,
        responseHeaders: { 'Content-Type': "'text/plain'", 'Cache-Control': "'no-store'" },
        templates: { 'application/json': '' },
      });
    this.acknowledgeFindings();
  }

  private acknowledgeFindings(): void {
    for (const id of ['AwsSolutions-APIG4', 'AwsSolutions-COG4'])
      acknowledge(this.api, id, 'The protocol knows no caller: what counts is who signed the checkpoint.');
    acknowledge(
      this.api,
      'AwsSolutions-APIG2',
      'The body is text, which API Gateway has no schema for; the function refuses whatever the protocol does not know.',
    );
    acknowledge(
      this.api,
      'AwsSolutions-APIG3',
      'Two routes, throttled, of which one takes nothing but what a known log has signed: a firewall would cost more than all the rest.',
    );
    acknowledge(
      this.api,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      'AWS names this very policy for the role with which API Gateway writes logs.',
    );
  }
}
