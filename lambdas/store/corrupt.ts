import type { Item } from './client.ts';
import type { Key } from './keys.ts';

/**
 * A row of the ledger table, or an object of the archive, that the system cannot have written: somebody wrote behind
 * its back.
 */
export class LedgerCorrupt extends Error {
  override readonly name = 'LedgerCorrupt';
  /** Where it stands: names and hashes of our own making. */
  readonly key: string;
  /** What is wrong with it, to be read after the key. */
  readonly what: string;

  constructor(key: Key | string, what: string, cause?: unknown) {
    const where = typeof key === 'string' ? key : written(key);
    super(`${where} ${what}`, { cause });
    this.key = where;
    this.what = what;
  }
}

/** A key in one line, as alarms and findings name it. */
export const written = ({ pk, sk }: Key): string => `${pk} / ${sk}`;

export const keyOf = (item: Item): Key => ({ pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' });

/** Reads a row; whatever goes wrong with that is the row's fault. @throws LedgerCorrupt */
export function reading<T>(item: Item, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LedgerCorrupt) throw error;
    throw new LedgerCorrupt(keyOf(item), 'does not hold what belongs there', error);
  }
}
