import { Duration } from 'aws-cdk-lib';
import { type Alarm, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { INTAKE_INDEX } from '../ledger-stack.ts';
import type { WatchStackProps } from '../watch-stack.ts';
import {
  archiveLag,
  away,
  failuresOf,
  functionsOf,
  iteratorAge,
  lag,
  swept,
  tampering,
  throttles,
  undelivered,
} from './metrics.ts';
import { raiseAlarms, type Watch } from './raise.ts';

const FIVE_MINUTES = Duration.minutes(5);
const BEHIND_MS = Duration.minutes(5).toMilliseconds();
const SLOW_MS = 5_000;

/** Every alarm of the system. */
export const addAlarms = (scope: Construct, watched: WatchStackProps, topic: ITopic): Alarm[] =>
  raiseAlarms(scope, `amanat-${watched.config.stage}`, topic, [
    ...ledger(watched),
    ...functions(watched),
    ...log(watched),
    ...api(watched),
  ]);

const ledger = ({ config, tables }: WatchStackProps): Watch[] => [
  {
    name: 'LedgerTampering',
    description:
      'The ledger or the archive is not what the system has written: treat it as an intrusion. The critical lines in the logs of the functions say what, and where.',
    metric: tampering(config),
    threshold: 1,
  },
  ...(['ledger', 'views', 'notices'] as const).flatMap((table) =>
    (['Read', 'Write'] as const).map((operation) => ({
      name: `${capital(table)}${operation}Throttles`,
      description: `DynamoDB turns away ${operation.toLowerCase()}s of the ${table} table`,
      metric: throttles(tables[table], operation),
      threshold: 10,
    })),
  ),
  {
    name: 'IntakeIndexThrottles',
    description: 'DynamoDB turns away writes of the intake index, and with them writes of the ledger',
    metric: throttles(tables.ledger, 'Write', INTAKE_INDEX),
    threshold: 10,
  },
];

const functions = (watched: WatchStackProps): Watch[] =>
  Object.entries(functionsOf(watched)).flatMap(([name, { handler }]) => [
    // `authorize` refuses a bad token by throwing, as API Gateway wants it. Its real errors are answered 503, which
    // the alarm on the API's own errors counts.
    ...(name === 'authorize'
      ? []
      : [
          {
            name: `${capital(name)}Errors`,
            description: `${name} failed: its log says at what`,
            metric: handler.metricErrors({ period: FIVE_MINUTES, statistic: Stats.SUM }),
            threshold: 1,
          },
        ]),
    {
      name: `${capital(name)}Throttles`,
      description: `Lambda turns away calls of ${name}`,
      metric: handler.metricThrottles({ period: FIVE_MINUTES, statistic: Stats.SUM }),
      threshold: 1,
    },
  ]);

const log = (watched: WatchStackProps): Watch[] => [
  ...failuresOf(watched).map(([name, queue]) => ({
    name: `${capital(name)}GaveUp`,
    description: `${name} gave something up: the queue says what. Empty it when that is dealt with.`,
    metric: queue.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(1),
      statistic: Stats.MAXIMUM,
    }),
    threshold: 1,
  })),
  ...(['sequence', 'project'] as const).map((name) => ({
    name: `${capital(name)}Behind`,
    description: `${name} is five minutes behind the stream`,
    metric: iteratorAge(watched.log[name]),
    threshold: BEHIND_MS,
    periods: [3, 3] as const,
  })),
  {
    name: 'DoorbellsLost',
    description: 'The sweep keeps finding entries that the stream did not bring to sequence',
    metric: swept(watched.config),
    threshold: 1,
    periods: [3, 6],
  },
  {
    name: 'NoticesUndelivered',
    description:
      'The webhook of an agency did not take what it was to be told: the queue of WebhooksGaveUp says which, and why',
    metric: undelivered(watched.config),
    threshold: 1,
  },
  {
    name: 'WitnessesAway',
    description:
      'A witness has given no cosignature for a quarter of an hour: the log of cosign says which, and why',
    metric: away(watched.config),
    threshold: 1,
    periods: [3, 3],
  },
  {
    name: 'WitnessesBehind',
    description: 'For a quarter of an hour no checkpoint got the cosignatures that the policy asks for',
    metric: lag(watched.config),
    threshold: 1,
    periods: [3, 3],
  },
  {
    name: 'ArchiveBehind',
    description:
      'For a quarter of an hour bundles have not been put together in the archive. The entries are there, in parts',
    metric: archiveLag(watched.config),
    threshold: 1,
    periods: [3, 3],
  },
];

const api = ({ api: { api } }: WatchStackProps): Watch[] => [
  {
    name: 'ApiServerErrors',
    description: 'The API answers 5xx',
    metric: api.metricServerError({ period: FIVE_MINUTES, statistic: Stats.SUM }),
    threshold: 5,
  },
  {
    name: 'ApiSlow',
    description: 'One request in a hundred takes longer than five seconds',
    metric: api.metricLatency({ period: FIVE_MINUTES, statistic: Stats.percentile(99) }),
    threshold: SLOW_MS,
    periods: [3, 3],
  },
];

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
