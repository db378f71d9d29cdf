import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type EventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';

export interface AgencyTopicsProps {
  readonly config: StageConfig;
  readonly bus: EventBus;
  /** For what a topic did not take in a day. */
  readonly failures: IQueue;
}

/**
 * A topic for each agency that the stage names, and the rule of the bus that tells it what that agency owes and nothing
 * that others do. An agency's own account may subscribe to its topic and to no other.
 */
export class AgencyTopics extends Construct {
  constructor(scope: Construct, id: string, { config, bus, failures }: AgencyTopicsProps) {
    super(scope, id);
    const { topics } = config.notices;
    if (topics.length === 0) return;
    const key = new Key(this, 'Key', {
      description: `Encrypts the notices of ${config.stage}`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(7),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      // Rules of other accounts are not ours to serve.
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      path: `/amanat/${config.stage}/`,
      description: 'What the rules of the bus may do',
    });

    for (const { agencyId, account } of topics) {
      const topic = new Topic(this, `Topic-${agencyId}`, {
        topicName: `amanat-${config.stage}-${agencyId.replaceAll('.', '_')}`,
        displayName: `Amanat ${config.stage}: what ${agencyId} owes`,
        masterKey: key,
        enforceSSL: true,
      });
      if (account !== undefined) letSubscribe(topic, account);
      new Rule(this, `Rule-${agencyId}`, {
        eventBus: bus,
        description: `Tells ${agencyId} what it owes`,
        eventPattern: {
          source: ['amanat'],
          detailType: ['Obligation notice'],
          detail: { obliged: [agencyId] },
        },
        targets: [
          // By its ARN: of the topic itself CDK would have the key used for whatever begins with GenerateDataKey.
          new SnsTopic(Topic.fromTopicArn(this, `Told-${agencyId}`, topic.topicArn), {
            message: RuleTargetInput.fromEventPath('$.detail'),
            authorizeUsingRole: true,
            role,
            deadLetterQueue: failures,
            maxEventAge: Duration.hours(24),
          }),
        ],
      });
      new CfnOutput(this, `TopicOf-${agencyId}`, { value: topic.topicArn });
    }
    key.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}

const letSubscribe = (topic: Topic, account: string): void => {
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ItsAgencySubscribes',
      principals: [new AccountPrincipal(account)],
      actions: ['sns:Subscribe', 'sns:GetTopicAttributes'],
      resources: [topic.topicArn],
    }),
  );
};
