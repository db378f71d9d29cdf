import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { StageConfig } from './config.ts';

/** A queue for what a function gave up: kept for two weeks, and an alarm as soon as anything is in it. */
export function failureQueue(scope: Construct, id: string, config: StageConfig): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    removalPolicy: config.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  acknowledge(queue, 'AwsSolutions-SQS3', 'It is itself where undeliverable things go; an alarm watches it.');
  return queue;
}
