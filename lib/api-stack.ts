import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ServedBy } from '../core/api/routes.ts';
import { Firewall } from './api/firewall.ts';
import { AmanatApi } from './api/rest-api.ts';
import type { StageConfig } from './config.ts';
import { failureQueue } from './failure-queue.ts';
import { AmanatFunction } from './function.ts';
import type { LedgerStack } from './ledger-stack.ts';
import { letCallItself, letRing } from './ring.ts';

export interface ApiStackProps extends StackProps {
  readonly config: StageConfig;
  readonly tables: LedgerStack;
}

/** API Gateway waits 29 s; a function that takes longer is told off by the gateway, as `timeout`, and not by Lambda. */
const LONGER_THAN_THE_GATEWAY = Duration.seconds(30);

/** What agencies and auditors talk to. */
export class ApiStack extends Stack {
  readonly api: RestApi;
  readonly authorize: AmanatFunction;
  readonly serving: Readonly<Record<ServedBy, AmanatFunction>>;
  /** Goes on with traces that take longer than a request may. */
  readonly investigate: AmanatFunction;
  readonly failures: Readonly<Record<'investigate', Queue>>;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const { config, tables } = props;
    const { issuer, audience, rolesClaim, jwksUri } = config.identity;
    const common = { config, tables, timeout: LONGER_THAN_THE_GATEWAY };
    const answering = { ...common, environment: { ACCESS: JSON.stringify(config.access) } };

    this.authorize = new AmanatFunction(this, 'Authorize', {
      ...common,
      name: 'authorize',
      timeout: Duration.seconds(10),
      memory: 512,
      environment: {
        ISSUER: issuer,
        AUDIENCE: audience,
        ROLES_CLAIM: rolesClaim,
        ...(jwksUri === undefined ? {} : { JWKS_URI: jwksUri }),
      },
    });
    this.serving = {
      record: new AmanatFunction(this, 'Record', {
        ...common,
        name: 'record',
        memory: 1024,
        environment: { SIGNATURES: JSON.stringify(config.signatures), WEBHOOK_NETWORK: 'public' },
      }),
      query: new AmanatFunction(this, 'Query', { ...answering, name: 'query', memory: 1024 }),
      // A whole processor and a bit: a trace weighs every candidate.
      trace: new AmanatFunction(this, 'Trace', { ...answering, name: 'trace', memory: 2048 }),
      log: new AmanatFunction(this, 'Log', { ...answering, name: 'log', memory: 1024 }),
      site: new AmanatFunction(this, 'Site', {
        ...common,
        name: 'site',
        memory: 512,
        besideBundle: [
          'node_modules/redoc/bundles/redoc.standalone.js',
          'node_modules/redoc/bundles/redoc.standalone.js.LICENSE.txt',
        ],
      }),
    };
    this.investigate = new AmanatFunction(this, 'Investigate', {
      ...common,
      name: 'investigate',
      timeout: Duration.minutes(15),
      // The most that a new account may ask for: two processors, and room for what is kept of files.
      memory: 3008,
    });
    this.failures = { investigate: failureQueue(this, 'InvestigateFailures', config) };
    this.investigate.handler.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: new SqsDestination(this.failures.investigate),
    });
    letRing([this.serving.trace], 'INVESTIGATE_FUNCTION', this.investigate);
    letCallItself(this, this.investigate);

    this.api = new AmanatApi(this, 'Rest', { config, authorize: this.authorize, serving: this.serving }).api;
    new Firewall(this, 'Firewall', { config, api: this.api });

    new CfnOutput(this, 'ApiUrl', { value: this.api.url });
  }
}
