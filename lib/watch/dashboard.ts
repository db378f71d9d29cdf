import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  GraphWidget,
  type IMetric,
  type IWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { WatchStackProps } from '../watch-stack.ts';
import {
  archived,
  archiveLag,
  away,
  collected,
  failuresOf,
  functionsOf,
  iteratorAge,
  lag,
  swept,
  tampering,
  throttles,
} from './metrics.ts';

const HALF = 12;
const WHOLE = 24;
const FIVE_MINUTES = Duration.minutes(5);

/** From what must never move to what may: alarms, the ledger, the log, the API, the functions. */
export function dashboardRows(watched: WatchStackProps, alarms: Alarm[]): IWidget[][] {
  const { config, tables, log, api } = watched;
  const functions = Object.entries(functionsOf(watched));
  return [
    [new AlarmStatusWidget({ title: 'Alarms', alarms, width: WHOLE, height: 6 })],
    [
      graph('Changes of the ledger that are no insert', [tampering(config)]),
      graph('Turned away by DynamoDB', [
        throttles(tables.ledger, 'Read').with({ label: 'ledger reads' }),
        throttles(tables.ledger, 'Write').with({ label: 'ledger writes' }),
        throttles(tables.views, 'Read').with({ label: 'views reads' }),
        throttles(tables.views, 'Write').with({ label: 'views writes' }),
        throttles(tables.notices, 'Write').with({ label: 'notices writes' }),
      ]),
    ],
    [
      graph(
        'Behind the stream (ms)',
        (['sequence', 'project'] as const).map((name) => iteratorAge(log[name]).with({ label: name })),
      ),
      graph('Left behind and given up', [
        swept(config).with({ label: 'found by the sweep' }),
        ...failuresOf(watched).map(([name, queue]) =>
          queue
            .metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM })
            .with({ label: `given up by ${name}` }),
        ),
      ]),
    ],
    [
      graph('Witnesses', [
        collected(config).with({ label: 'cosignatures collected' }),
        away(config).with({ label: 'witnesses away' }),
      ]),
      graph('Entries without their quorum of cosignatures', [lag(config).with({ label: 'entries' })]),
    ],
    [
      graph('Entries put together in bundles of the archive', [archived(config).with({ label: 'entries' })]),
      graph('Entries that are to be, and are not yet', [archiveLag(config).with({ label: 'entries' })]),
    ],
    [
      graph('Requests', [
        api.api.metricCount({ period: FIVE_MINUTES, label: 'all' }),
        api.api.metricClientError({ period: FIVE_MINUTES, statistic: Stats.SUM, label: '4xx' }),
        api.api.metricServerError({ period: FIVE_MINUTES, statistic: Stats.SUM, label: '5xx' }),
      ]),
      graph(
        'Latency (ms)',
        [50, 90, 99].map((share) =>
          api.api.metricLatency({
            period: FIVE_MINUTES,
            statistic: Stats.percentile(share),
            label: `p${share}`,
          }),
        ),
      ),
    ],
    [
      graph(
        'Errors of functions',
        functions.map(([label, { handler }]) => handler.metricErrors({ period: FIVE_MINUTES, label })),
      ),
      graph(
        'Duration of functions, p99 (ms)',
        functions.map(([label, { handler }]) =>
          handler.metricDuration({ period: FIVE_MINUTES, statistic: Stats.percentile(99), label }),
        ),
      ),
    ],
  ];
}

const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: HALF });
