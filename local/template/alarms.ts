import { numberOr, objects, text, textOr } from './read.ts';
import type { App, JsonObject } from './resolve.ts';

/** An alarm on what functions count, which a count of one raises. */
export interface Alarm {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** For whoever is told. */
  readonly description: string;
  readonly periodMs: number;
}

/**
 * The alarms of an app on what its functions count, of those that want it not to happen even once. The others speak of
 * a load, or of what AWS itself measures.
 */
export function alarmsOf(app: App): Alarm[] {
  return app
    .resources('AWS::CloudWatch::Alarm')
    .filter(({ properties }) => oneRaises(properties))
    .map(({ properties }) => ({
      namespace: text(properties, 'Namespace'),
      metric: text(properties, 'MetricName'),
      dimensions: Object.fromEntries(
        objects(properties, 'Dimensions').map((dimension) => [
          text(dimension, 'Name'),
          text(dimension, 'Value'),
        ]),
      ),
      description: textOr(properties, 'AlarmDescription', ''),
      periodMs: 1000 * numberOr(properties, 'Period', 60),
    }));
}

const oneRaises = (properties: JsonObject): boolean =>
  !textOr(properties, 'Namespace', 'AWS/').startsWith('AWS/') &&
  properties['Statistic'] === 'Sum' &&
  properties['ComparisonOperator'] === 'GreaterThanOrEqualToThreshold' &&
  numberOr(properties, 'Threshold', 0) === 1 &&
  numberOr(properties, 'EvaluationPeriods', 1) === 1;
