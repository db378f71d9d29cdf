import {
  ConditionalCheckFailedException,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { Notice } from '../../core/lifecycle/notices.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { attributeKey, batchGet, dynamo, type Item, inParallel, tableName } from './client.ts';
import { noticeKeys } from './keys.ts';

/**
 * Everything that speaks to the table of notices, the outbox: one item a notice, which is never deleted, since it says
 * what an agency was told and when.
 *
 * | attribute | holds |
 * |---|---|
 * | `notice`, `at` | the notice as JSON, and since when it is here |
 * | `bus`, `webhook` | when that channel took it |
 * | `pending`, `next` | while something is to be done: the key of the index that deliveries are found by, and when to try |
 * | `failures` | how often the webhook did not take it |
 * | `givenUp` | why the webhook is not told any more |
 */
const notices = () => tableName('NOTICES_TABLE');

/** The index of those that are still to be delivered, by when. */
export const PENDING_INDEX = 'pending';

export type Channel = 'bus' | 'webhook';

/** A notice that somebody has taken on to deliver. */
export interface Outgoing {
  readonly notice: Notice;
  /** Since when it is in the outbox. */
  readonly at: Instant;
  /** Whether the bus took it. */
  readonly onBus: boolean;
  /** How often the webhook did not. */
  readonly failures: number;
}

/** When a notice that is still to be delivered is to be tried next. */
export interface Pending {
  readonly noticeId: string;
  readonly next: Instant;
}

/**
 * Inserts those that are not there, to be delivered from now on.
 * @returns how many were not
 */
export async function insertNotices(all: readonly Notice[], at: Instant): Promise<number> {
  let inserted = 0;
  await inParallel(all, 16, async (notice) => {
    const { noticeId } = notice;
    const isNew = await unlessRefused(
      new PutItemCommand({
        TableName: notices(),
        Item: {
          ...attributeKey(noticeKeys.notice(noticeId)),
          notice: { S: JSON.stringify(notice) },
          at: { S: at },
          pending: { S: noticeKeys.pendingOf(noticeId) },
          next: { S: at },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    if (isNew) inserted++;
  });
  return inserted;
}

/** Those of the notices that are not in the outbox. Reading costs less than a write that is refused. */
export async function notYetTold(all: readonly Notice[]): Promise<Notice[]> {
  const keys = all.map(({ noticeId }) => noticeKeys.notice(noticeId));
  const known = new Set((await batchGet(notices(), keys)).map((item) => item['pk']?.S));
  return all.filter(({ noticeId }) => !known.has(noticeKeys.notice(noticeId).pk));
}

/** Those of a shard that are to be tried by now, the longest waiting first. The index may lag behind the table. */
export async function pendingNotices(shard: number, now: Instant, limit: number): Promise<Pending[]> {
  const { Items = [] } = await dynamo.send(
    new QueryCommand({
      TableName: notices(),
      IndexName: PENDING_INDEX,
      KeyConditionExpression: 'pending = :shard AND #next <= :now',
      ExpressionAttributeNames: { '#next': 'next' },
      ExpressionAttributeValues: { ':shard': { S: noticeKeys.pending(shard) }, ':now': { S: now } },
      Limit: limit,
    }),
  );
  return Items.map((item) => ({
    noticeId: item['pk']?.S?.slice('NOTICE#'.length) ?? '',
    next: item['next']?.S as Instant,
  }));
}

/**
 * Takes a notice on until a time, after which somebody else may; `undefined` when somebody else has. Whoever took it on
 * and is gone has told at most what is told again then, under the same id.
 */
export async function takeOn({ noticeId, next }: Pending, until: Instant): Promise<Outgoing | undefined> {
  const item = await updated(noticeId, {
    set: { next: { S: until } },
    condition: '#next = :seen',
    values: { ':seen': { S: next } },
  });
  return item && outgoing(item);
}

/** A channel took it. Marked before the next is told, so that a failure there does not repeat this one. */
export async function markTaken({ noticeId }: Notice, channel: Channel, at: Instant): Promise<void> {
  await updated(noticeId, { set: { [channel]: { S: at } } });
}

/** Nothing is left to do. @param last the channel that took it just now, if any did */
export async function finish({ noticeId }: Notice, last?: { channel: Channel; at: Instant }): Promise<void> {
  const set: Item = last ? { [last.channel]: { S: last.at } } : {};
  await updated(noticeId, { set, remove: ['pending', 'next'] });
}

/** The webhook did not take it, for the so manieth time: the next try is at a time. */
export async function postpone({ noticeId }: Notice, failures: number, next: Instant): Promise<void> {
  await updated(noticeId, { set: { failures: { N: String(failures) }, next: { S: next } } });
}

/** The webhook is not told any more, for a reason. */
export async function giveUp({ noticeId }: Notice, why: string): Promise<void> {
  await updated(noticeId, { set: { givenUp: { S: why } }, remove: ['pending', 'next'] });
}

/** Has a notice that was given up be tried again from a time on. False when it was not. */
export async function tryAgain(noticeId: string, at: Instant): Promise<boolean> {
  const item = await updated(noticeId, {
    set: { pending: { S: noticeKeys.pendingOf(noticeId) }, next: { S: at }, failures: { N: '0' } },
    remove: ['givenUp'],
    condition: 'attribute_exists(#givenUp)',
  });
  return item !== undefined;
}

interface Change {
  readonly set: Item;
  readonly remove?: readonly string[];
  readonly condition?: string;
  readonly values?: Item;
}

/** The item after a change; `undefined` when the condition does not hold, or there is no such notice. */
async function updated(noticeId: string, { set, remove = [], condition, values }: Change) {
  const names = [...Object.keys(set), ...remove];
  const sets = Object.keys(set).map((name) => `#${name} = :${name}`);
  const removes = remove.map((name) => `#${name}`);
  const Values = { ...values, ...Object.fromEntries(Object.entries(set).map(([n, v]) => [`:${n}`, v])) };
  try {
    const { Attributes } = await dynamo.send(
      new UpdateItemCommand({
        TableName: notices(),
        Key: attributeKey(noticeKeys.notice(noticeId)),
        UpdateExpression: [
          ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
          ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
        ].join(' '),
        // Nothing but an insertion makes a notice.
        ConditionExpression: ['attribute_exists(pk)', ...(condition ? [condition] : [])].join(' AND '),
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ...(Object.keys(Values).length > 0 && { ExpressionAttributeValues: Values }),
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

async function unlessRefused(command: PutItemCommand): Promise<boolean> {
  try {
    await dynamo.send(command);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

const outgoing = (item: Item): Outgoing => ({
  notice: Notice.parse(JSON.parse(item['notice']?.S ?? '')),
  at: item['at']?.S as Instant,
  onBus: item['bus'] !== undefined,
  failures: Number(item['failures']?.N ?? 0),
});
