import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { rootOf } from '../../core/log/merkle.ts';
import { parseBatch } from '../store/batches.ts';
import { attributeKey, type Item } from '../store/client.ts';
import { keyOf, LedgerCorrupt } from '../store/corrupt.ts';
import { equalBytes, storedEntry } from '../store/entries.ts';
import { getMany, insertMissing } from '../store/ledger.ts';
import { isSealed, isSealedBatch } from '../store/seal.ts';

/** What of a row is of the moment at which it was written. */
const OF_THE_MOMENT = new Set(['committedAt', 'signedAt', 'seal']);

/**
 * Inserts the rows that are not there. What is there must be the same, whoever put it there.
 * @throws LedgerCorrupt when another row stands in its place
 */
export async function putBack(items: readonly Item[]): Promise<void> {
  await refuseOthers(await insertMissing(items));
}

/** @throws LedgerCorrupt when other rows stand where these belong */
export async function refuseOthers(items: readonly Item[]): Promise<void> {
  const own = new Map(items.map((item) => [nameOf(item), item]));
  for (const kept of await getMany(items.map(keyOf))) {
    const item = own.get(nameOf(kept)) ?? {};
    if (!isSame(item, kept)) throw new LedgerCorrupt(keyOf(kept), 'is not what the archive has');
    if (!(await bearsItsSeal(kept))) throw new LedgerCorrupt(keyOf(kept), 'was not written by this log');
  }
}

const nameOf = (item: Item): string => JSON.stringify(attributeKey(keyOf(item)));

/** The body of an entry may be deflated otherwise; that it is the same, the leaf hash beside it says. */
function isSame(item: Item, kept: Item): boolean {
  const isEntry = kept['sk']?.S === 'ENTRY';
  if (isEntry) storedEntry(kept);
  const names = [...new Set([...Object.keys(item), ...Object.keys(kept)])];
  return names.every(
    (name) => OF_THE_MOMENT.has(name) || (isEntry && name === 'body') || isSameValue(item[name], kept[name]),
  );
}

/** Rows hold texts, numbers and bytes. */
const isSameValue = (one: AttributeValue | undefined, other: AttributeValue | undefined): boolean =>
  one?.S === other?.S &&
  one?.N === other?.N &&
  equalBytes(one?.B ?? new Uint8Array(), other?.B ?? new Uint8Array());

/** Only entries and batches have one. */
async function bearsItsSeal(item: Item): Promise<boolean> {
  const sk = item['sk']?.S ?? '';
  if (sk.startsWith('BATCH#')) {
    const { seal, ...batch } = parseBatch(item);
    return isSealedBatch({ ...batch, root: rootOf(batch.frontier) }, seal);
  }
  if (sk !== 'ENTRY') return true;
  const { entry, leaf, request } = storedEntry(item);
  return isSealed({ entryId: entry.entryId, at: entry.recordedAt, leaf, request }, item['seal']?.B);
}
