/**
 * Every action of DynamoDB on a table, an index or a stream that the Service Authorization Reference lists, by what
 * these tests take it for.
 */
export const WRITES = [
  'BatchWriteItem',
  'DeleteItem',
  'PartiQLDelete',
  'PartiQLInsert',
  'PartiQLUpdate',
  'PutItem',
  'UpdateItem',
] as const;

export const SETTINGS = [
  'DeleteResourcePolicy',
  'DeleteTable',
  'PutResourcePolicy',
  'UpdateContinuousBackups',
  'UpdateTable',
  'UpdateTimeToLive',
] as const;

/** Neither changes an item, nor loosens what protects the table. */
export const HARMLESS = [
  'CreateBackup',
  'DescribeContinuousBackups',
  'DescribeContributorInsights',
  'DescribeKinesisStreamingDestination',
  'DescribeTable',
  'DescribeTableReplicaAutoScaling',
  'DescribeTimeToLive',
  'DisableKinesisStreamingDestination',
  'EnableKinesisStreamingDestination',
  'ExportTableToPointInTime',
  'GetResourcePolicy',
  'ListTagsOfResource',
  'RestoreTableToPointInTime',
  'TagResource',
  'UntagResource',
  'UpdateContributorInsights',
  'UpdateKinesisStreamingDestination',
  'UpdateTableReplicaAutoScaling',
] as const;

export const READS = [
  'BatchGetItem',
  'ConditionCheckItem',
  'GetItem',
  'PartiQLSelect',
  'Query',
  'Scan',
] as const;

export const ON_TABLE: readonly string[] = [...WRITES, ...SETTINGS, ...HARMLESS, ...READS];
export const ON_INDEX: readonly string[] = ['PartiQLSelect', 'Query', 'Scan'];
export const ON_STREAM: readonly string[] = ['DescribeStream', 'GetRecords', 'GetShardIterator'];
