import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { StageConfig } from './config.ts';
import { failureQueue } from './failure-queue.ts';
import { AmanatFunction } from './function.ts';
import type { LedgerStack } from './ledger-stack.ts';
import { AgencyTopics } from './notices/agency-topics.ts';
import { letCallItself, letRing } from './ring.ts';
import { daily, everyMinute } from './schedule.ts';

export interface NoticeStackProps extends StackProps {
  readonly config: StageConfig;
  readonly tables: LedgerStack;
}

/**
 * Who owes what is told of it: `remind` looks each day at what is owed, and `notify` delivers what it and `project` put
 * into the outbox. All of it goes to an event bus, and from there to the topics of the agencies that have one; an agency
 * that has a webhook is told there as well.
 */
export class NoticeStack extends Stack {
  readonly remind: AmanatFunction;
  readonly notify: AmanatFunction;
  readonly failures: Readonly<Record<'remind' | 'notify' | 'topics' | 'webhooks', Queue>>;

  constructor(scope: Construct, id: string, props: NoticeStackProps) {
    super(scope, id, props);
    const { config, tables } = props;
    const common = { config, tables };

    const bus = new EventBus(this, 'Bus', {
      eventBusName: `amanat-${config.stage}`,
      description: `Notices of obligations, of ${config.stage}`,
    });
    this.notify = new AmanatFunction(this, 'Notify', {
      ...common,
      name: 'notify',
      timeout: Duration.minutes(2),
      memory: 512,
      environment: { NOTICE_BUS: bus.eventBusName, WEBHOOK_NETWORK: 'public' },
    });
    this.notify.role.addToPolicy(
      new PolicyStatement({
        sid: 'PutOnBus',
        actions: ['events:PutEvents'],
        resources: [bus.eventBusArn],
      }),
    );
    this.remind = new AmanatFunction(this, 'Remind', {
      ...common,
      name: 'remind',
      timeout: Duration.minutes(5),
      memory: 1024,
    });
    this.failures = {
      remind: failureQueue(this, 'RemindFailures', config),
      notify: failureQueue(this, 'NotifyFailures', config),
      topics: failureQueue(this, 'TopicsFailures', config),
      webhooks: failureQueue(this, 'WebhooksFailures', config),
    };

    everyMinute(this, 'NotifyEveryMinute', this.notify, this.failures.notify);
    // The views may be in the making; a day without its look is made up for by the next one only.
    daily(this, 'RemindEveryDay', this.remind, this.failures.remind, {
      description: 'Tells each day of what is due',
      hour: 0,
      retries: 2,
    });
    letRing([this.remind], 'NOTIFY_FUNCTION', this.notify);
    letCallItself(this, this.remind);
    new Rule(this, 'GivenUp', {
      eventBus: bus,
      description: 'Keeps what webhooks did not take',
      eventPattern: { source: ['amanat'], detailType: ['Obligation notice given up'] },
      targets: [new SqsQueue(this.failures.webhooks, { maxEventAge: Duration.hours(24) })],
    });
    new AgencyTopics(this, 'Topics', { config, bus, failures: this.failures.topics });

    new CfnOutput(this, 'BusName', { value: bus.eventBusName });
    new CfnOutput(this, 'RemindFunctionName', { value: this.remind.handler.functionName });
  }
}
