import * as z from 'zod';
import type { Alarm } from './template/alarms.ts';

/** A line of CloudWatch's embedded metric format; the values stand beside `_aws`, under the names in it. */
const Line = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});
type Line = z.infer<typeof Line>;

/** Of a metric that was added to more than once there is a list. */
const Values = z.union([z.array(z.number()), z.number().transform((value) => [value])]);

/** Tells of alarms, where there is no CloudWatch to. */
export class Alarms {
  readonly #alarms: readonly Alarm[];
  readonly #report: (line: string) => void;
  readonly #raised = new Map<Alarm, number>();

  constructor(alarms: readonly Alarm[], report: (line: string) => void) {
    this.#alarms = alarms;
    this.#report = report;
  }

  /** Takes what a function wrote, and tells of each alarm that it raises: once in the alarm's period. */
  hear = (output: string): void => {
    for (const line of output.split('\n').flatMap(readLine))
      for (const alarm of this.#alarms) if (raises(line, alarm)) this.#raise(alarm, Date.now());
  };

  #raise(alarm: Alarm, now: number): void {
    if (now - (this.#raised.get(alarm) ?? Number.NEGATIVE_INFINITY) < alarm.periodMs) return;
    this.#raised.set(alarm, now);
    this.#report(`ALARM ${alarm.metric}: ${alarm.description}`);
  }
}

/** Whatever else a function writes is none of ours. */
function readLine(text: string): Line[] {
  try {
    const { success, data } = Line.safeParse(JSON.parse(text));
    return success ? [data] : [];
  } catch {
    return [];
  }
}

function raises(line: Line, { namespace, metric, dimensions }: Alarm): boolean {
  const isMeasured = line._aws.CloudWatchMetrics.some(
    ({ Namespace, Dimensions, Metrics }) =>
      Namespace === namespace &&
      Metrics.some(({ Name }) => Name === metric) &&
      Dimensions.some((names) => isSame(names, line, dimensions)),
  );
  const values = Values.safeParse(line[metric]);
  return isMeasured && values.success && values.data.reduce((sum, value) => sum + value, 0) >= 1;
}

const isSame = (names: readonly string[], line: Line, dimensions: Alarm['dimensions']): boolean =>
  names.length === Object.keys(dimensions).length && names.every((name) => line[name] === dimensions[name]);
