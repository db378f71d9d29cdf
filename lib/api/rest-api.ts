import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  IdentitySource,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodDeploymentOptions,
  MethodLoggingLevel,
  RequestAuthorizer,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { OPERATIONS, route, type ServedBy } from '../../core/api/routes.ts';
import { acknowledge } from '../acknowledge.ts';
import type { StageConfig } from '../config.ts';
import type { AmanatFunction } from '../function.ts';
import { addGatewayResponses } from './gateway-responses.ts';

/**
 * One line a request: what was asked by which agency, how it went, how long it took. No address, no query string, no
 * path as it was sent, no subject; the request's id leads to the functions' own log lines.
 */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  method: '$context.httpMethod',
  route: '$context.resourcePath',
  status: '$context.status',
  agency: '$context.authorizer.agency',
  roles: '$context.authorizer.roles',
  responseType: '$context.error.responseType',
  responseLength: '$context.responseLength',
  responseLatency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  integrationStatus: '$context.integration.status',
  authorizerLatency: '$context.authorizer.latency',
  wafResponseCode: '$context.wafResponseCode',
  traceId: '$context.xrayTraceId',
} as const;

/** Of every method. Errors only are logged, and never the bodies. */
const METHODS: MethodDeploymentOptions = {
  metricsEnabled: true,
  loggingLevel: MethodLoggingLevel.ERROR,
  dataTraceEnabled: false,
};

/** What anybody may ask leaves the rest to agencies. A method with settings of its own takes none from the stage. */
const registerMethods = ({ register }: StageConfig): Record<string, MethodDeploymentOptions> =>
  Object.fromEntries(
    (['listPublicRegister', 'publicRegisterCsv', 'publicRegisterPage'] as const)
      .map(route)
      .map(({ method, path }) => [
        `${path}/${method}`,
        {
          ...METHODS,
          throttlingRateLimit: register.requestsPerSecond,
          throttlingBurstLimit: register.burst,
        },
      ]),
  );

export interface AmanatApiProps {
  readonly config: StageConfig;
  readonly authorize: AmanatFunction;
  readonly serving: Readonly<Record<ServedBy, AmanatFunction>>;
}

/** The REST API: a method for each route of the route table, before the function that serves it. */
export class AmanatApi extends Construct {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, props: AmanatApiProps) {
    super(scope, id);
    const { config } = props;
    const kept = {
      retention: config.logRetentionDays,
      removalPolicy: config.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };

    this.api = new RestApi(this, 'Api', {
      restApiName: `amanat-${config.stage}`,
      description: 'Records hand-overs of personal data, and answers about them',
      endpointTypes: [EndpointType.REGIONAL],
      // Some answers are bytes. Of all media types, since otherwise it would depend on what a caller accepts whether
      // he is sent the bytes or their base64.
      binaryMediaTypes: ['*/*'],
      // The account's permission to write logs. It is one for all APIs of a region, so it outlives this one.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: config.stage,
        tracingEnabled: true,
        ...METHODS,
        throttlingRateLimit: config.throttling.requestsPerSecond,
        throttlingBurstLimit: config.throttling.burst,
        methodOptions: registerMethods(config),
        accessLogDestination: new LogGroupLogDestination(new LogGroup(this, 'AccessLogs', kept)),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    // API Gateway would make this group itself, and keep it for ever.
    const executionLogs = new LogGroup(this, 'ExecutionLogs', {
      logGroupName: `API-Gateway-Execution-Logs_${this.api.restApiId}/${config.stage}`,
      ...kept,
    });
    this.api.deploymentStage.node.addDependency(executionLogs);

    this.addRoutes(props);
    addGatewayResponses(this.api);
    this.acknowledgeFindings();
  }

  private addRoutes({ config, authorize, serving }: AmanatApiProps): void {
    const authorizer = new RequestAuthorizer(this, 'Authorizer', {
      handler: authorize.handler,
      // Without it, API Gateway answers 401 and asks nobody. It is also what an answer is kept under.
      identitySources: [IdentitySource.header('Authorization')],
      resultsCacheTtl: Duration.seconds(config.identity.cacheSeconds),
    });
    const integrations = Object.fromEntries(
      Object.entries(serving).map(([name, { handler }]) => [
        name,
        // One permission for all of a function's methods: a function's policy holds 20 KB.
        new LambdaIntegration(handler, { scopePermissionToMethod: false }),
      ]),
    );
    for (const { method, path, servedBy, who } of OPERATIONS.map(route)) {
      const resource = this.api.root.resourceForPath(path);
      if (who !== 'anyone') {
        resource.addMethod(method, integrations[servedBy], {
          authorizationType: AuthorizationType.CUSTOM,
          authorizer,
        });
        continue;
      }
      const open = resource.addMethod(method, integrations[servedBy], {
        authorizationType: AuthorizationType.NONE,
      });
      acknowledge(open, 'AwsSolutions-APIG4', `${path} is for anyone: all that it tells is public.`);
      acknowledge(open, 'AwsSolutions-COG4', `${path} is for anyone: all that it tells is public.`);
    }
  }

  private acknowledgeFindings(): void {
    acknowledge(
      this.api,
      'AwsSolutions-COG4',
      'Tokens come from any OIDC issuer; the Lambda authorizer verifies them. Cognito would be one issuer more.',
    );
    acknowledge(
      this.api,
      'AwsSolutions-APIG2',
      'The functions check every part of a request by the schemas of the route table, and name each fault. API Gateway could only repeat a part of that, in other words.',
    );
    acknowledge(
      this.api,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      'AWS names this very policy for the role with which API Gateway writes logs.',
    );
  }
}
