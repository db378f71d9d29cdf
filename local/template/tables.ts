import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { list, object, textOr } from './read.ts';
import type { App, JsonObject } from './resolve.ts';

/** What the local engine takes to create a table, under the name that functions know it by. */
export type TableInput = CreateTableCommandInput & { readonly TableName: string };

/**
 * The tables of an app (`AWS::DynamoDB::GlobalTable`, which CDK's `TableV2` renders, and `AWS::DynamoDB::Table`) for
 * the local engine: keys, indexes and the stream. Left out is what it does not have: recovery points, keys of one's
 * own, resource policies, tags, throughput; all tables are on demand.
 */
export function tablesOf(app: App): TableInput[] {
  return ['AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'].flatMap((type) =>
    app
      .resources(type)
      .map(({ id, stack, properties }) => tableInput(String(stack.resolve({ Ref: id })), properties)),
  );
}

function tableInput(TableName: string, properties: JsonObject): TableInput {
  const stream = properties['StreamSpecification'] && object(properties, 'StreamSpecification');
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: copy(properties, 'KeySchema'),
    AttributeDefinitions: copy(properties, 'AttributeDefinitions'),
    ...indexes(properties, 'GlobalSecondaryIndexes'),
    ...indexes(properties, 'LocalSecondaryIndexes'),
    ...(stream && {
      StreamSpecification: {
        StreamEnabled: true,
        StreamViewType: textOr(stream, 'StreamViewType', 'NEW_AND_OLD_IMAGES') as 'NEW_AND_OLD_IMAGES',
      },
    }),
    DeletionProtectionEnabled: deletionProtection(properties),
  };
}

/** A global table says it of its replica, a table of itself. */
const deletionProtection = (properties: JsonObject): boolean =>
  [properties, ...(list(properties, 'Replicas') as JsonObject[])].some(
    (place) => place['DeletionProtectionEnabled'] === true,
  );

/** CloudFormation writes keys and attributes as the engine's own API does. */
const copy = <Key extends 'KeySchema' | 'AttributeDefinitions'>(properties: JsonObject, key: Key) =>
  list(properties, key) as unknown as NonNullable<CreateTableCommandInput[Key]>;

type Indexes = Pick<CreateTableCommandInput, 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'>;

function indexes(properties: JsonObject, key: keyof Indexes): Indexes {
  const declared = list(properties, key) as JsonObject[];
  if (declared.length === 0) return {};
  const kept = declared.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));
  return { [key]: kept } as unknown as Indexes;
}
