import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { StageConfig } from './config.ts';
import { failureQueue } from './failure-queue.ts';
import { AmanatFunction } from './function.ts';
import type { LedgerStack } from './ledger-stack.ts';
import type { NoticeStack } from './notice-stack.ts';
import { letCallItself, letRing } from './ring.ts';
import { daily, everyMinute } from './schedule.ts';

export interface LogStackProps extends StackProps {
  readonly config: StageConfig;
  readonly tables: LedgerStack;
  readonly notices: NoticeStack;
}

const { isEqual, beginsWith } = FilterRule;

/** What the stream rings `sequence` for: new entries, and whatever should not happen to the ledger at all. */
const NEW_ENTRIES_AND_INTRUSIONS = [
  { eventName: isEqual('INSERT'), dynamodb: { Keys: { sk: { S: isEqual('ENTRY') } } } },
  { eventName: isEqual('MODIFY') },
  { eventName: isEqual('REMOVE') },
];

const COMMITTED_BATCHES = [
  {
    eventName: isEqual('INSERT'),
    dynamodb: { Keys: { pk: { S: isEqual('LOG') }, sk: { S: beginsWith('BATCH#') } } },
  },
];

/**
 * What follows upon an accepted entry: `sequence` puts it into the log, `sweep` finds it if its doorbell was lost,
 * `cosign` has witnesses cosign the log, `archive` copies it to where nobody can take it back, `project` folds what is
 * in it into the views and tells of what is owed by it, and `inspect` holds every row against it each day. No third function reads the stream: DynamoDB
 * serves two readers a shard. `restore` waits for an operator's command.
 */
export class LogStack extends Stack {
  readonly sequence: AmanatFunction;
  readonly sweep: AmanatFunction;
  readonly cosign: AmanatFunction;
  readonly archive: AmanatFunction;
  readonly restore: AmanatFunction;
  readonly project: AmanatFunction;
  readonly inspector: AmanatFunction;
  readonly failures: Readonly<
    Record<'sequence' | 'sweep' | 'cosign' | 'archive' | 'project' | 'inspect', Queue>
  >;

  constructor(scope: Construct, id: string, props: LogStackProps) {
    super(scope, id, props);
    const { config, tables, notices } = props;
    const common = { config, tables };

    this.sequence = new AmanatFunction(this, 'Sequence', {
      ...common,
      name: 'sequence',
      timeout: Duration.minutes(1),
      memory: 1024,
    });
    this.project = new AmanatFunction(this, 'Project', {
      ...common,
      name: 'project',
      timeout: Duration.minutes(1),
      memory: 1024,
    });
    this.sweep = new AmanatFunction(this, 'Sweep', {
      ...common,
      name: 'sweep',
      environment: { SIGNATURES: JSON.stringify(config.signatures) },
      timeout: Duration.minutes(5),
      memory: 512,
    });
    this.cosign = new AmanatFunction(this, 'Cosign', {
      ...common,
      name: 'cosign',
      timeout: Duration.minutes(1),
      memory: 512,
    });
    this.archive = new AmanatFunction(this, 'Archive', {
      ...common,
      name: 'archive',
      timeout: Duration.minutes(5),
      memory: 1024,
    });
    this.inspector = new AmanatFunction(this, 'Inspect', {
      ...common,
      name: 'inspect',
      timeout: Duration.minutes(15),
      // It holds the whole chain: up to 170 MB for a million entries.
      memory: 2048,
    });
    this.restore = new AmanatFunction(this, 'Restore', {
      ...common,
      name: 'restore',
      timeout: Duration.minutes(15),
      memory: 1024,
    });
    this.failures = {
      sequence: failureQueue(this, 'SequenceFailures', config),
      sweep: failureQueue(this, 'SweepFailures', config),
      cosign: failureQueue(this, 'CosignFailures', config),
      archive: failureQueue(this, 'ArchiveFailures', config),
      project: failureQueue(this, 'ProjectFailures', config),
      inspect: failureQueue(this, 'InspectFailures', config),
    };

    readStream(this.sequence, tables, this.failures.sequence, NEW_ENTRIES_AND_INTRUSIONS);
    readStream(this.project, tables, this.failures.project, COMMITTED_BATCHES);
    everyMinute(this, 'EveryMinute', this.sweep, this.failures.sweep);
    everyMinute(this, 'CosignEveryMinute', this.cosign, this.failures.cosign);
    everyMinute(this, 'ArchiveEveryMinute', this.archive, this.failures.archive);
    letRing([this.sequence, this.sweep], 'COSIGN_FUNCTION', this.cosign);
    letRing([this.project], 'NOTIFY_FUNCTION', notices.notify);
    daily(this, 'EveryNight', this.inspector, this.failures.inspect, {
      description: 'Inspects the whole ledger each day',
      hour: 1,
    });
    letCallItself(this, this.inspector);

    for (const { node, handler } of [this.project, this.restore, this.inspector])
      new CfnOutput(this, `${node.id}FunctionName`, { value: handler.functionName });
  }
}

/**
 * Rings a function for the stream records that a filter lets through. A batch that fails is halved and tried again
 * until an hour before the stream forgets it; only then is it given up, and its place in the stream, no content, is
 * put into the queue. Nothing is lost even then: the next run takes up whatever the ledger holds.
 */
function readStream(
  { handler, role }: AmanatFunction,
  { ledger }: LedgerStack,
  failures: Queue,
  filters: readonly Record<string, unknown>[],
): void {
  const streamArn = ledger.tableStreamArn;
  if (streamArn === undefined) throw new TypeError('the ledger table has no stream');
  role.addToPolicy(
    new PolicyStatement({
      sid: 'ReadStream',
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: [streamArn],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({ sid: 'FindStream', actions: ['dynamodb:ListStreams'], resources: ['*'] }),
  );
  acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', 'dynamodb:ListStreams knows no resource.');
  handler.addEventSourceMapping('Stream', {
    eventSourceArn: streamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 1000,
    // In order within a shard, and no more than one invocation a shard.
    parallelizationFactor: 1,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    retryAttempts: -1,
    maxRecordAge: Duration.hours(23),
    filters: filters.map((filter) => FilterCriteria.filter(filter)),
    onFailure: new SqsDlq(failures),
  });
}
