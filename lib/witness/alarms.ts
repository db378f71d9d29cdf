import { Duration } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { BundledFunction } from '../bundled-function.ts';
import { METRICS_NAMESPACE } from '../metrics.ts';
import { raiseAlarms } from '../watch/raise.ts';
import { type WitnessConfig, witnessService } from './config.ts';

export interface WitnessAlarmsProps {
  readonly config: WitnessConfig;
  readonly witness: BundledFunction;
  readonly api: RestApi;
  readonly topic: ITopic;
}

const FIVE_MINUTES = { period: Duration.minutes(5), statistic: Stats.SUM };

/** What a witness is for comes first; the rest is whether it can do it. */
export function addWitnessAlarms(scope: Construct, props: WitnessAlarmsProps): void {
  const { config, api, topic } = props;
  const { handler } = props.witness;
  const own = (metricName: string) =>
    new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { service: witnessService(config) },
      ...FIVE_MINUTES,
    });
  raiseAlarms(scope, `amanat-witness-${config.stage}`, topic, [
    {
      name: 'LogForked',
      description:
        'A log has signed two roots of one size. The log line holds both checkpoints, and they prove it: keep them.',
      metric: own('LogForked'),
      threshold: 1,
    },
    {
      name: 'ProofsRefused',
      description:
        'A checkpoint that a log signed came without proof that it extends the last one cosigned. Ask the log for it.',
      metric: own('ProofsRefused'),
      threshold: 1,
    },
    {
      name: 'ServerErrors',
      description: 'The witness answers 5xx, and does not cosign',
      metric: api.metricServerError(FIVE_MINUTES),
      threshold: 1,
    },
    {
      name: 'Throttles',
      description: 'Lambda turns away calls of the witness',
      metric: handler.metricThrottles(FIVE_MINUTES),
      threshold: 1,
    },
    {
      name: 'Errors',
      description: 'The witness failed without an answer: its log says at what',
      metric: handler.metricErrors(FIVE_MINUTES),
      threshold: 1,
    },
  ]);
}
