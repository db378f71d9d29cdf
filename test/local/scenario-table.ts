import type { Item } from '../../lambdas/store/client.ts';
import type { Key } from '../../lambdas/store/keys.ts';

/** The ledger table in memory: stands in for `lambdas/store/ledger.ts` where a test mocks that. */
const items = new Map<string, Item>();

const nameOf = ({ pk, sk }: Key) => `${pk} ${sk}`;
const nameOfItem = (item: Item) => nameOf({ pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' });

export async function insert(item: Item): Promise<boolean> {
  if (items.has(nameOfItem(item))) return false;
  items.set(nameOfItem(item), item);
  return true;
}

export async function insertTogether(some: readonly Item[]): Promise<'inserted' | readonly boolean[]> {
  const taken = some.map((item) => items.has(nameOfItem(item)));
  if (taken.includes(true)) return taken;
  for (const item of some) items.set(nameOfItem(item), item);
  return 'inserted';
}

export const get = async (key: Key): Promise<Item | undefined> => items.get(nameOf(key));
export const getMany = async (keys: readonly Key[]): Promise<Item[]> =>
  keys.map((key) => items.get(nameOf(key))).filter((item) => item !== undefined);

export const range = async (pk: string): Promise<Item[]> =>
  [...items.values()]
    .filter((item) => item['pk']?.S === pk)
    .sort((a, b) => ((a['sk']?.S ?? '') < (b['sk']?.S ?? '') ? -1 : 1));

/** Every entry, in the order in which they were accepted. */
export const entryItems = (): Item[] => [...items.values()].filter((item) => item['sk']?.S === 'ENTRY');
