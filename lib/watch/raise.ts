import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** What is watched, and from when on it is told of. */
export interface Watch {
  /** The id of the alarm, and its name in the console after the prefix of its deployment. */
  readonly name: string;
  readonly description: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** How many periods of how many must be at the threshold or above: one of one when left out. */
  readonly periods?: readonly [number, number];
}

/** Every alarm tells the topic, when it starts and when it ends. */
export function raiseAlarms(
  scope: Construct,
  prefix: string,
  topic: ITopic,
  watches: readonly Watch[],
): Alarm[] {
  return watches.map(({ name, description, metric, threshold, periods = [1, 1] }) => {
    const alarm = new Alarm(scope, name, {
      alarmName: `${prefix}-${name}`,
      alarmDescription: description,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: periods[0],
      evaluationPeriods: periods[1],
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    return alarm;
  });
}
