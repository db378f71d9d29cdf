import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { Fault } from './fault.ts';
import type { TableInput } from './template/tables.ts';

/** What the SDK needs to speak with the local engine, which takes any key of letters and digits. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

/**
 * Creates the tables that are not there yet.
 * @returns the ARN of each table's stream, by table name, for those that have one
 * @throws {Fault} when a table is there in another shape, or one that is not of the app
 */
export async function ensureTables(
  endpoint: string,
  region: string,
  tables: readonly TableInput[],
): Promise<Map<string, string>> {
  const client = new DynamoDBClient({ endpoint, region, credentials: LOCAL_CREDENTIALS });
  try {
    await refuseLeftOver(client, tables);
    const streams = new Map<string, string>();
    for (const table of tables) {
      const stands = await describe(client, table.TableName);
      if (stands !== undefined) refuseOtherShape(table, stands);
      const description = stands ?? (await client.send(new CreateTableCommand(table))).TableDescription;
      if (description?.LatestStreamArn !== undefined)
        streams.set(table.TableName, description.LatestStreamArn);
    }
    return streams;
  } finally {
    client.destroy();
  }
}

/** What a table holds would seem lost if one of another name took its place. */
async function refuseLeftOver(client: DynamoDBClient, tables: readonly TableInput[]): Promise<void> {
  const { TableNames: stand = [] } = await client.send(new ListTablesCommand({}));
  const leftOver = stand.filter((name) => !tables.some(({ TableName }) => TableName === name));
  if (leftOver.length > 0)
    throw new Fault(
      `the data folder holds ${leftOver.join(', ')}, which the app does not have any more; start anew with --fresh, or choose another folder with --data DIR`,
    );
}

async function describe(client: DynamoDBClient, TableName: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

function refuseOtherShape(wanted: TableInput, stands: TableDescription): void {
  if (shapeOf(wanted) !== shapeOf(stands))
    throw new Fault(
      `the table ${wanted.TableName} in the data folder is of an older shape; start anew with --fresh, or choose another folder with --data DIR`,
    );
}

/** What of a table cannot be changed in place: keys, indexes, whether it has a stream. */
const shapeOf = (table: TableInput | TableDescription): string =>
  JSON.stringify([
    table.KeySchema,
    [...(table.GlobalSecondaryIndexes ?? [])]
      .map(({ IndexName, KeySchema, Projection }) => [IndexName, KeySchema, Projection?.ProjectionType])
      .sort(),
    table.StreamSpecification?.StreamViewType,
  ]);
