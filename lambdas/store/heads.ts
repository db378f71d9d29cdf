import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { HASH_BYTES } from '../../core/log/merkle.ts';
import type { CosignedHead } from '../../core/log/witness.ts';
import { dynamo, type Item, tableName } from './client.ts';

/** The head of a log that a witness cosigned last. */
export interface StoredHead extends CosignedHead {
  /** What it was cosigned with, in seconds since 1970. */
  readonly time: number;
  /** The checkpoint with the log's signature: with another of this size and another root, it proves a fork. */
  readonly checkpoint: string;
}

/** What the witness cosigned last of a log, strongly consistent; `undefined` for never. */
export async function lastHead(origin: string): Promise<StoredHead | undefined> {
  const { Item } = await dynamo.send(
    new GetItemCommand({
      TableName: tableName('WITNESS_TABLE'),
      Key: { origin: { S: origin } },
      ConsistentRead: true,
    }),
  );
  return Item && readHead(Item);
}

/**
 * Puts a head in the place of just the one that was decided on. False when another stands there by now: be it by this
 * very call, of which a first attempt was done and its answer lost.
 */
export async function replaceHead(
  origin: string,
  last: StoredHead | undefined,
  next: StoredHead,
): Promise<boolean> {
  const { size, root, time } = attributesOf(next);
  try {
    await dynamo.send(
      new PutItemCommand({
        TableName: tableName('WITNESS_TABLE'),
        Item: { origin: { S: origin }, size, root, time, checkpoint: { S: next.checkpoint } },
        ...(last === undefined ? NOTHING_STANDS_THERE : stillStandsThere(last)),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

const NOTHING_STANDS_THERE = { ConditionExpression: 'attribute_not_exists(origin)' };

/** With its time: or else the same head, cosigned again meanwhile, could be followed by one with an earlier time. */
function stillStandsThere(head: StoredHead) {
  const { size, root, time } = attributesOf(head);
  return {
    ConditionExpression: '#size = :size AND #root = :root AND #time = :time',
    ExpressionAttributeNames: { '#size': 'size', '#root': 'root', '#time': 'time' },
    ExpressionAttributeValues: { ':size': size, ':root': root, ':time': time },
  };
}

const attributesOf = ({ size, root, time }: StoredHead) => ({
  size: { N: String(size) },
  root: { B: root },
  time: { N: String(time) },
});

/** @throws Error when the item is no head: then nothing is cosigned any more, rather than anything */
function readHead(item: Item): StoredHead {
  const [size, root, time] = [Number(item['size']?.N), item['root']?.B, Number(item['time']?.N)];
  const checkpoint = item['checkpoint']?.S;
  if (
    !Number.isSafeInteger(size) ||
    root?.length !== HASH_BYTES ||
    !Number.isSafeInteger(time) ||
    !checkpoint
  )
    throw new Error('the stored head is no head');
  return { size, root, time, checkpoint };
}
