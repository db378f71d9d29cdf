import { nameOf, type Row } from '../backdoor.ts';
import { adds, type Case, changes, deletes, flipped, rowOf } from '../case.ts';
import {
  again,
  entryIn,
  fewerRows,
  idOf,
  isAnswer,
  isEntry,
  isIndex,
  isTransfer,
  isVersion,
  reworded,
} from '../forge.ts';

const isTrace = (row: Row) => isEntry(row) && row['kind']?.S === 'trace-run';
/** Nobody has an entry with this id. */
const NOBODYS = 'f'.repeat(32);

const ENTRY = { to: 'entry', foundBy: ['stream', 'inspection'] as const };
const INDEX = { to: 'place in the log', foundBy: ['stream', 'inspection'] as const };
const VERSION = { to: 'place in a history', foundBy: ['stream', 'inspection'] as const };
const ANSWER = { to: 'answer of a trace', foundBy: ['stream', 'inspection'] as const };
const byInspection = ({ to }: Pick<Case, 'to'>) => ({ to, foundBy: ['inspection'] as const });

const LONG_AGO = '2020-01-01T00:00:00.000Z';
const NOTHING = { B: new Uint8Array(32) };
const keyOf = ({ pk = { S: '' }, sk = { S: '' } }: Row): Row => ({ pk, sk });
const namesNothing = (entry: Record<string, unknown>) => ({
  ...entry,
  body: { ...(entry['body'] as object), answerSha256: '0'.repeat(64) },
});

export const ENTRY_CASES: readonly Case[] = [
  changes('reworded, leaf hash and all', isTransfer, (row) => reworded(row, fewerRows), ENTRY),
  changes(
    'leaf hash changed',
    isTransfer,
    (row) => ({ ...row, leaf: { B: flipped(row['leaf']?.B) } }),
    ENTRY,
  ),
  changes('moment beside it changed', isTransfer, (row) => ({ ...row, at: { S: LONG_AGO } }), ENTRY),
  changes('digest of its request changed', isTransfer, (row) => ({ ...row, request: NOTHING }), ENTRY),
  changes('seal taken off', isTransfer, ({ seal: _, ...rest }) => rest, ENTRY),
  changes('seal changed', isTransfer, (row) => ({ ...row, seal: { B: flipped(row['seal']?.B) } }), ENTRY),
  deletes('deleted', isTransfer, ENTRY),
  adds('forged as well as can be', isTransfer, (row) => again(row, NOBODYS), ENTRY),
  {
    to: 'two entries',
    deed: 'bodies swapped',
    foundBy: ENTRY.foundBy,
    act: async ({ door }) => {
      const [one, other] = [await rowOf(door, isTransfer), await rowOf(door, isTransfer, 1)];
      await door.put({ ...other, ...keyOf(one) }, { ...one, ...keyOf(other) });
      return [nameOf(one), nameOf(other)];
    },
  },
];

export const INDEX_CASES: readonly Case[] = [
  changes(
    'changed',
    isIndex,
    (row) => ({ ...row, index: { N: String(Number(row['index']?.N) + 1) } }),
    INDEX,
  ),
  deletes('deleted', isIndex, INDEX),
  adds(
    'given to what is not in the log, to keep it out',
    isIndex,
    (row) => ({ ...row, pk: { S: `ENTRY#${NOBODYS}` } }),
    byInspection(INDEX),
  ),
  {
    to: 'two places in the log',
    deed: 'swapped',
    foundBy: INDEX.foundBy,
    act: async ({ door }) => {
      const [one, other] = [await rowOf(door, isIndex), await rowOf(door, isIndex, 1)];
      await door.put({ ...other, ...keyOf(one) }, { ...one, ...keyOf(other) });
      return [nameOf(one), nameOf(other)];
    },
  },
];

export const VERSION_CASES: readonly Case[] = [
  changes('made to name another entry', isVersion, (row) => ({ ...row, entryId: { S: NOBODYS } }), VERSION),
  deletes('deleted', isVersion, VERSION),
  adds(
    'added, for an entry that has its place elsewhere',
    isTransfer,
    (row) => ({
      pk: { S: `STREAM#transfer#${entryIn(row)['subject']}` },
      sk: { S: '000900' },
      entryId: { S: idOf(row) },
    }),
    byInspection(VERSION),
  ),
];

export const ANSWER_CASES: readonly Case[] = [
  changes('changed', isAnswer, (row) => ({ ...row, body: { B: flipped(row['body']?.B, 20) } }), ANSWER),
  deletes('deleted', isAnswer, ANSWER),
  {
    ...byInspection(ANSWER),
    deed: 'a part added to it',
    act: async ({ door }) => {
      const first = await rowOf(door, isAnswer);
      await door.put({ ...first, sk: { S: '001' } });
      return [nameOf(first)];
    },
  },
  adds(
    'added, under a digest that it does not have',
    isAnswer,
    (row) => ({ ...row, pk: { S: `ANSWER#${'0'.repeat(64)}` } }),
    byInspection(ANSWER),
  ),
  changes('named otherwise by its trace', isTrace, (row) => reworded(row, namesNothing), ANSWER),
];

export const OTHER_CASES: readonly Case[] = [
  {
    to: 'row of no known kind',
    deed: 'added',
    foundBy: ['inspection'],
    act: async ({ door }) => {
      const row = { pk: { S: 'NOTE' }, sk: { S: '1' }, text: { S: 'remember' } };
      await door.put(row);
      return [nameOf(row)];
    },
  },
];
