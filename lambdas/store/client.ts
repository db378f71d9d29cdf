import { type AttributeValue, BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Problem } from '../../core/problem.ts';
import { environment } from '../environment.ts';
import type { Key } from './keys.ts';

/** An item as DynamoDB holds it, with its key among the attributes. */
export type Item = Record<string, AttributeValue>;

/** The one client of an execution environment. Attempts are few and short: the caller's own retry is safe. */
export const dynamo = new DynamoDBClient({
  maxAttempts: 4,
  // Without `throwOnRequestTimeout` the SDK only logs that the time is up, and waits on.
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 6_000, throwOnRequestTimeout: true },
});

/** A table's name, as the stack put it into the environment. */
export const tableName = (
  variable: 'LEDGER_TABLE' | 'VIEWS_TABLE' | 'NOTICES_TABLE' | 'WITNESS_TABLE',
): string => environment(variable);

export const attributeKey = (key: Key): Item => ({ pk: { S: key.pk }, sk: { S: key.sk } });

const KEYS_A_BATCH = 100;

/** The items of the keys that exist, in the order of the keys. */
export async function batchGet(
  table: string,
  keys: readonly Key[],
  options: { consistent: boolean } = { consistent: true },
): Promise<Item[]> {
  const found = new Map<string, Item>();
  await inParallel(chunks(keys, KEYS_A_BATCH), 4, async (chunk) => {
    let left: Item[] = chunk.map(attributeKey);
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt === 6) throw new Problem('try-again', 'the tables are throttled');
      if (attempt > 0) await backOff(attempt);
      const asked = left.length;
      const request = { Keys: left, ConsistentRead: options.consistent };
      const answer = await dynamo
        .send(new BatchGetItemCommand({ RequestItems: { [table]: request } }))
        .catch((error: unknown) => {
          throw passing(error);
        });
      for (const item of answer.Responses?.[table] ?? [])
        found.set(`${item['pk']?.S} ${item['sk']?.S}`, item);
      left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      if (left.length < asked) attempt = 0; // Large items: an answer ends at 16 MB.
    }
  });
  return keys.map((key) => found.get(`${key.pk} ${key.sk}`)).filter((item) => item !== undefined);
}

const PASSING = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'InternalServerError',
  'ServiceUnavailable',
  'TransactionInProgressException',
  'TransactionConflictException',
  'TimeoutError',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
]);

/** What the same request may yet achieve becomes `try-again`; anything else is a fault of ours and stays as it is. */
export function passing(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, $metadata } = error as { code?: string; $metadata?: { httpStatusCode?: number } };
  const named = PASSING.has(error.name) || (code !== undefined && PASSING.has(code));
  // What stands in front of a service answers 5xx in words of its own.
  const unnamed = ($metadata?.httpStatusCode ?? 0) >= 500;
  if (!named && !unnamed) return error;
  const problem = new Problem('try-again');
  problem.cause = error;
  return problem;
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let i = 0; i < items.length; i += size) result.push(items.slice(i, i + size));
  return result;
}

/** Runs `work` over all items, at most `width` at once; the first failure is thrown once the others have ended. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));
  const failure = lanes.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

/** Full jitter (Brooker, "Exponential Backoff And Jitter"): up to 50 ms · 2^attempt. */
export const backOff = (attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt));
