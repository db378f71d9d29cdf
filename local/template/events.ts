import { flag, list, numberOr, object, objects, text, textOr } from './read.ts';
import type { App, Json, JsonObject } from './resolve.ts';

/** A function fed from a table's stream. */
export interface StreamMapping {
  /** Its logical id: under it the position is kept. */
  readonly id: string;
  readonly tableName: string;
  readonly functionArn: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly startAt: 'TRIM_HORIZON' | 'LATEST';
  /** EventBridge patterns; a record that fits any of them is delivered. None: every record. */
  readonly patterns: readonly JsonObject[];
  readonly reportsItemFailures: boolean;
  readonly bisects: boolean;
  /** -1 for ever. */
  readonly maxRetries: number;
  /** -1 for ever. */
  readonly maxAgeSeconds: number;
  /** Where a batch that is given up goes, if anywhere. */
  readonly onFailure?: string;
}

/** The event-source mappings of an app that are enabled and read a table's stream. */
export function streamMappingsOf(app: App): StreamMapping[] {
  return app.resources('AWS::Lambda::EventSourceMapping').flatMap(({ id, stack, properties }) => {
    const table = /:table\/([^/]+)\/stream\//.exec(textOr(properties, 'EventSourceArn', ''))?.[1];
    if (table === undefined || properties['Enabled'] === false) return [];
    if (properties['TumblingWindowInSeconds'] !== undefined)
      throw new TypeError(
        `${stack.name} has a mapping ${id} with a tumbling window, which is not known here`,
      );
    const destination = object(object(properties, 'DestinationConfig'), 'OnFailure')['Destination'];
    return [
      {
        id,
        tableName: table,
        functionArn: functionArn(text(properties, 'FunctionName')),
        batchSize: numberOr(properties, 'BatchSize', 100),
        batchingWindowMs: 1000 * numberOr(properties, 'MaximumBatchingWindowInSeconds', 0),
        startAt:
          textOr(properties, 'StartingPosition', 'TRIM_HORIZON') === 'LATEST' ? 'LATEST' : 'TRIM_HORIZON',
        patterns: patternsOf(object(properties, 'FilterCriteria')),
        reportsItemFailures: list(properties, 'FunctionResponseTypes').includes('ReportBatchItemFailures'),
        bisects: flag(properties, 'BisectBatchOnFunctionError'),
        maxRetries: numberOr(properties, 'MaximumRetryAttempts', -1),
        maxAgeSeconds: numberOr(properties, 'MaximumRecordAgeInSeconds', -1),
        ...(typeof destination === 'string' && { onFailure: destination }),
      },
    ];
  });
}

/** A filter's pattern is JSON in a string. */
const patternsOf = (criteria: JsonObject): JsonObject[] =>
  objects(criteria, 'Filters').map((filter) => JSON.parse(text(filter, 'Pattern')) as JsonObject);

/** A function invoked by the clock. */
export interface Schedule {
  readonly ruleArn: string;
  /** `rate(1 minute)` or `cron(0 12 * * ? *)` */
  readonly expression: string;
  readonly functionArn: string;
  /** What it is invoked with in place of the scheduled event. */
  readonly input?: Json;
}

/** The enabled schedules of an app: `AWS::Events::Rule` with a schedule, and `AWS::Scheduler::Schedule`. */
export function schedulesOf(app: App): Schedule[] {
  const rules = app.resources('AWS::Events::Rule').flatMap(({ id, stack, properties }) => {
    const expression = textOr(properties, 'ScheduleExpression', '');
    if (expression === '' || textOr(properties, 'State', 'ENABLED') === 'DISABLED') return [];
    return objects(properties, 'Targets').map((target) =>
      schedule(String(stack.resolve({ 'Fn::GetAtt': [id, 'Arn'] })), expression, target),
    );
  });
  const schedules = app
    .resources('AWS::Scheduler::Schedule')
    .flatMap(({ id, stack, properties }) =>
      textOr(properties, 'State', 'ENABLED') === 'DISABLED'
        ? []
        : [
            schedule(
              String(stack.resolve({ 'Fn::GetAtt': [id, 'Arn'] })),
              text(properties, 'ScheduleExpression'),
              object(properties, 'Target'),
            ),
          ],
    );
  return [...rules, ...schedules];
}

function schedule(ruleArn: string, expression: string, target: JsonObject): Schedule {
  const input = textOr(target, 'Input', undefined);
  return {
    ruleArn,
    expression,
    functionArn: functionArn(text(target, 'Arn')),
    ...(input !== undefined && { input: JSON.parse(input) as Json }),
  };
}

/** A version's or alias's ARN, or a bare name, without what comes after the function. */
export function functionArn(arnOrName: string): string {
  const parts = arnOrName.split(':');
  return parts.length > 7 ? parts.slice(0, 7).join(':') : arnOrName;
}
