import type { Chain } from '../../core/log/chain.ts';
import type { Counts, Finding } from '../../core/log/inspection.ts';
import type { VerifierKey } from '../../core/log/key.ts';
import type { Instant } from '../../core/model/scalars.ts';
import type { Item } from '../store/client.ts';
import { keyOf, written } from '../store/corrupt.ts';
import type { Key } from '../store/keys.ts';

/** What rows are judged by. */
export interface Grounds {
  readonly chain: Chain;
  /** Whether a batch is gone or unreadable: then nothing is known of what comes after `chain.size`. */
  readonly isBroken: boolean;
  /** How many entries the log had when the inspection began. */
  readonly size: number;
  readonly began: Instant;
  /** The key that the log signs with, and those that it signed with before. */
  readonly logKeys: readonly VerifierKey[];
  /** Its name. */
  readonly origin: string;
  /** Other rows that a judge asked for, by their written keys. */
  readonly others: ReadonlyMap<string, Item>;
}

/** What a row came to. */
export interface Verdict {
  readonly counts: Counts;
  readonly findings: readonly Finding[];
}

/** How rows of one kind are known and judged. */
export interface Kind {
  is(key: Key): boolean;
  /** The other rows that this one is to be held against. */
  needs?(row: Item): readonly Key[];
  judge(row: Item, grounds: Grounds): Verdict | Promise<Verdict>;
}

export const finding = (key: Key | string, what: Finding['what'], words: string): Finding => ({
  key: shown(typeof key === 'string' ? key : written(key)),
  what,
  words,
});

/** A verdict with what is wrong with the row itself. */
export const wrong = (counts: Counts, row: Item, what: Finding['what'], words: string): Verdict => ({
  counts,
  findings: [finding(keyOf(row), what, words)],
});

/** Whether a row has these attributes, of these types, besides its key, and no others. */
export function hasForm(row: Item, form: Readonly<Record<string, 'S' | 'N' | 'B'>>): boolean {
  const types = { pk: 'S', sk: 'S', ...form } as const;
  return (
    Object.keys(row).length === Object.keys(types).length &&
    Object.entries(types).every(([name, type]) => row[name]?.[type] !== undefined)
  );
}

export const OTHER_FORM = 'does not have the attributes of such a row';

/** A foreign key may hold anything: no more of it is told than helps to find the row. */
function shown(key: string): string {
  const plain = key.replaceAll(/[^\x20-\x7e]/g, '?');
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}
