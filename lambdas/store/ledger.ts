import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementResponse,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { Problem } from '../../core/problem.ts';
import {
  attributeKey,
  backOff,
  batchGet,
  chunks,
  dynamo,
  type Item,
  inParallel,
  passing,
  tableName,
} from './client.ts';
import type { Key } from './keys.ts';

/** Everything that speaks to the ledger table: insert, and read. There is no other verb, here or in IAM. */

/**
 * Inserts one item. False when its key is taken, be it by this very call: a client that repeats after a lost answer
 * finds its own item, so whoever gets false reads what is there and compares.
 */
export async function insert(item: Item): Promise<boolean> {
  try {
    await dynamo.send(new ExecuteStatementCommand(insertStatement(item)));
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw passing(error);
  }
}

/**
 * Inserts all items or none. The answer tells, for each, whether its key was taken (then none was inserted).
 * A repetition by the SDK carries the same token, so a lost answer does not make it a duplicate of itself.
 */
export async function insertTogether(items: readonly Item[]): Promise<'inserted' | readonly boolean[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      await dynamo.send(new ExecuteTransactionCommand({ TransactStatements: items.map(insertStatement) }));
      return 'inserted';
    } catch (error) {
      const reasons = cancellationReasons(error);
      if (!reasons) throw passing(error);
      const taken = reasons.map(keyIsTaken);
      if (taken.includes(true)) return taken;
      if (!reasons.some(({ Code }) => Code !== undefined && MAY_PASS.has(Code))) throw error;
      if (attempt === 4) throw new Problem('try-again', 'the ledger table is busy');
      await backOff(attempt);
    }
  }
}

/** Codes of a refused statement that say nothing about its item. */
const MAY_PASS = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'InternalServerError',
]);

const STATEMENTS_A_BATCH = 25;

/**
 * Inserts each item by itself, in no order. Those whose keys were taken, be it by a lost attempt of this very call, stay
 * as they are, and are what this answers.
 */
export async function insertMissing(items: readonly Item[]): Promise<Item[]> {
  const taken: Item[] = [];
  const batches = chunks(items, STATEMENTS_A_BATCH);
  await inParallel(batches, 4, async (batch) => {
    let left: readonly Item[] = batch;
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt > 0) await backOff(attempt);
      const { Responses = [] } = await dynamo
        .send(new BatchExecuteStatementCommand({ Statements: left.map(insertStatement) }))
        .catch((error: unknown) => {
          throw passing(error);
        });
      taken.push(...left.filter((_, i) => Responses[i]?.Error?.Code === 'DuplicateItem'));
      left = left.filter((_, i) => mustBeRepeated(Responses[i]));
      if (left.length > 0 && attempt === 4) throw new Problem('try-again', 'the ledger table is throttled');
    }
  });
  return taken;
}

/** @throws Error for what no repetition would mend */
function mustBeRepeated(response: BatchStatementResponse | undefined): boolean {
  // A statement without an answer may not have been run.
  if (response === undefined) return true;
  const code = response.Error?.Code;
  if (code === undefined || code === 'DuplicateItem') return false;
  if (MAY_PASS.has(code)) return true;
  throw new Error(`the ledger table refused an insert: ${code}`);
}

export async function get(key: Key): Promise<Item | undefined> {
  const answer = await dynamo
    .send(
      new GetItemCommand({
        TableName: tableName('LEDGER_TABLE'),
        Key: attributeKey(key),
        ConsistentRead: true,
      }),
    )
    .catch((error: unknown) => {
      throw passing(error);
    });
  return answer.Item;
}

/** The items of the keys that exist, strongly consistent, in the order of the keys. */
export const getMany = (keys: readonly Key[]): Promise<Item[]> => batchGet(tableName('LEDGER_TABLE'), keys);

/** The items of a partition from `from` (inclusive) to `to` (inclusive), strongly consistent, by ascending key. */
export async function range(
  pk: string,
  options: { from?: string; to?: string; limit?: number; newestFirst?: boolean } = {},
): Promise<Item[]> {
  const { from = ' ', to = '~', limit = Number.POSITIVE_INFINITY, newestFirst = false } = options;
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const answer = await dynamo
      .send(
        new QueryCommand({
          TableName: tableName('LEDGER_TABLE'),
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          ExpressionAttributeValues: { ':pk': { S: pk }, ':from': { S: from }, ':to': { S: to } },
          ConsistentRead: true,
          ScanIndexForward: !newestFirst,
          ...(Number.isFinite(limit) ? { Limit: limit - items.length } : {}),
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      .catch((error: unknown) => {
        throw passing(error);
      });
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
  } while (start && items.length < limit);
  return items;
}

/** Keys of entries in a shard of the intake index, accepted from `from` to `to`; eventually consistent. */
export async function intakeBetween(shard: string, from: string, to: string): Promise<string[]> {
  const keys: string[] = [];
  let start: Item | undefined;
  do {
    const answer = await dynamo.send(
      new QueryCommand({
        TableName: tableName('LEDGER_TABLE'),
        IndexName: 'intake',
        KeyConditionExpression: 'intake = :shard AND #at BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':shard': { S: shard }, ':from': { S: from }, ':to': { S: to } },
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    keys.push(...(answer.Items ?? []).flatMap((item) => item['pk']?.S ?? []));
    start = answer.LastEvaluatedKey;
  } while (start);
  return keys;
}

/** All rows of the table, page by page, strongly consistent, in an order of DynamoDB's own. */
export async function scanPage(after: Key | undefined): Promise<{ items: Item[]; after: Key | undefined }> {
  const answer = await dynamo
    .send(
      new ScanCommand({
        TableName: tableName('LEDGER_TABLE'),
        ConsistentRead: true,
        ...(after ? { ExclusiveStartKey: attributeKey(after) } : {}),
      }),
    )
    .catch((error: unknown) => {
      throw passing(error);
    });
  const { Items: items = [], LastEvaluatedKey: last } = answer;
  return { items, after: last && { pk: last['pk']?.S ?? '', sk: last['sk']?.S ?? '' } };
}

function insertStatement(item: Item) {
  const names = Object.keys(item);
  const table = tableName('LEDGER_TABLE');
  return {
    Statement: `INSERT INTO "${table}" VALUE {${names.map((name) => `'${name}': ?`).join(', ')}}`,
    Parameters: names.map((name) => item[name] as AttributeValue),
  };
}

const isDuplicate = (error: unknown) =>
  error instanceof Error && (error.name === 'DuplicateItemException' || error.name === 'DuplicateItem');

interface CancellationReason {
  readonly Code?: string;
  readonly Message?: string;
}

function cancellationReasons(error: unknown): readonly CancellationReason[] | undefined {
  if (!(error instanceof Error) || error.name !== 'TransactionCanceledException') return undefined;
  return (error as { CancellationReasons?: CancellationReason[] }).CancellationReasons;
}

/** The local engine has no code of its own for a duplicate within a transaction, only the message. */
const keyIsTaken = ({ Code, Message }: CancellationReason): boolean =>
  Code === 'DuplicateItem' || (Code === 'ValidationError' && /duplicate primary key/i.test(Message ?? ''));
