import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { ApiStack } from './api-stack.ts';
import type { StageConfig } from './config.ts';
import type { LedgerStack } from './ledger-stack.ts';
import type { LogStack } from './log-stack.ts';
import type { NoticeStack } from './notice-stack.ts';
import { AlarmTopic } from './watch/alarm-topic.ts';
import { addAlarms } from './watch/alarms.ts';
import { dashboardRows } from './watch/dashboard.ts';

export interface WatchStackProps extends StackProps {
  readonly config: StageConfig;
  readonly tables: LedgerStack;
  readonly api: ApiStack;
  readonly log: LogStack;
  readonly notices: NoticeStack;
}

/** Who is told what, and a page to look at. */
export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, props: WatchStackProps) {
    super(scope, id, props);
    const { topic } = new AlarmTopic(this, 'Alarms', { config: props.config });
    const alarms = addAlarms(this, props, topic);
    new Dashboard(this, 'Dashboard', {
      dashboardName: `amanat-${props.config.stage}`,
      defaultInterval: Duration.hours(12),
      widgets: dashboardRows(props, alarms),
    });
  }
}
