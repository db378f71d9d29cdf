import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { StageConfig } from '../config.ts';
import type { AmanatFunction } from '../function.ts';
import {
  ARCHIVE_LAG_METRIC,
  ARCHIVED_METRIC,
  AWAY_METRIC,
  COLLECTED_METRIC,
  LAG_METRIC,
  METRICS_NAMESPACE,
  SWEPT_METRIC,
  serviceName,
  TAMPERING_METRIC,
  UNDELIVERED_METRIC,
} from '../metrics.ts';
import type { WatchStackProps } from '../watch-stack.ts';

const ownMetric = (config: StageConfig, metricName: string, period: Duration) =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service: serviceName(config) },
    statistic: Stats.SUM,
    period,
  });

export const tampering = (config: StageConfig) => ownMetric(config, TAMPERING_METRIC, Duration.minutes(1));
export const swept = (config: StageConfig) => ownMetric(config, SWEPT_METRIC, Duration.minutes(5));
export const undelivered = (config: StageConfig) =>
  ownMetric(config, UNDELIVERED_METRIC, Duration.minutes(5));
export const collected = (config: StageConfig) => ownMetric(config, COLLECTED_METRIC, Duration.minutes(5));

/** The least of any run within the period: what one run met with and the next did not is no matter. */
const least = { statistic: Stats.MINIMUM };
export const away = (config: StageConfig) => ownMetric(config, AWAY_METRIC, Duration.minutes(5)).with(least);
export const lag = (config: StageConfig) => ownMetric(config, LAG_METRIC, Duration.minutes(5)).with(least);
export const archived = (config: StageConfig) => ownMetric(config, ARCHIVED_METRIC, Duration.minutes(5));
export const archiveLag = (config: StageConfig) =>
  ownMetric(config, ARCHIVE_LAG_METRIC, Duration.minutes(5)).with(least);

/** How old the newest stream record is that a function has read, in milliseconds. */
export const iteratorAge = ({ handler }: AmanatFunction) =>
  handler.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: Duration.minutes(1) });

/** Requests that DynamoDB turned away, of a table without its indexes, or of one index. */
export const throttles = (table: Table, operation: 'Read' | 'Write', index?: string) =>
  table.metric(`${operation}ThrottleEvents`, {
    statistic: Stats.SUM,
    period: Duration.minutes(5),
    dimensionsMap: {
      TableName: table.tableName,
      ...(index === undefined ? {} : { GlobalSecondaryIndexName: index }),
    },
  });

/** Every queue of what was given up, by who gave it up. */
export const failuresOf = ({ api, log, notices }: WatchStackProps) =>
  Object.entries({ ...log.failures, ...api.failures, ...notices.failures });

/** Every function by the name of its file. */
export const functionsOf = ({
  api,
  log,
  notices,
}: WatchStackProps): Readonly<Record<string, AmanatFunction>> => ({
  authorize: api.authorize,
  ...api.serving,
  investigate: api.investigate,
  sequence: log.sequence,
  sweep: log.sweep,
  cosign: log.cosign,
  archive: log.archive,
  restore: log.restore,
  project: log.project,
  inspect: log.inspector,
  remind: notices.remind,
  notify: notices.notify,
});
