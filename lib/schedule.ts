import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AmanatFunction } from './function.ts';

/** For what a lost doorbell or ring left behind. The next minute is the retry. */
export const everyMinute = (scope: Construct, id: string, fn: AmanatFunction, failures: Queue): void =>
  onSchedule(scope, id, fn, failures, {
    description: 'Looks each minute for what was left behind',
    schedule: Schedule.rate(Duration.minutes(1)),
    maxEventAge: Duration.minutes(5),
    retries: 0,
  });

/** At an hour (UTC) at which little else is done. A run that fails is tried again `retries` times. */
export const daily = (
  scope: Construct,
  id: string,
  fn: AmanatFunction,
  failures: Queue,
  { description, hour, retries = 0 }: { description: string; hour: number; retries?: 0 | 1 | 2 },
): void =>
  onSchedule(scope, id, fn, failures, {
    description,
    schedule: Schedule.cron({ hour: String(hour), minute: '17' }),
    maxEventAge: Duration.hours(6),
    retries,
  });

interface When {
  readonly description: string;
  readonly schedule: Schedule;
  readonly maxEventAge: Duration;
  readonly retries: number;
}

function onSchedule(
  scope: Construct,
  id: string,
  { handler }: AmanatFunction,
  failures: Queue,
  { description, schedule, maxEventAge, retries }: When,
): void {
  new Rule(scope, id, {
    description,
    schedule,
    targets: [new LambdaFunction(handler, { deadLetterQueue: failures, retryAttempts: 2, maxEventAge })],
  });
  handler.configureAsyncInvoke({
    retryAttempts: retries,
    maxEventAge,
    onFailure: new SqsDestination(failures),
  });
}
