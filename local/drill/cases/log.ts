import { archiveKeys } from '../../../core/log/archive-keys.ts';
import type { Row } from '../backdoor.ts';
import { adds, type Case, changes, deletes, flipped, rowOf } from '../case.ts';
import { digits, isBatch, isCheckpoint, isCosignature, isTile } from '../forge.ts';

const AT_ONCE = ['stream', 'inspection'] as const;
const BY_SIGNER = ['stream', 'signer', 'inspection'] as const;

const BATCH = { to: 'batch', foundBy: AT_ONCE };
const LAST_BATCH = { to: 'last batch', foundBy: BY_SIGNER, at: -1 };
const TILE = { to: 'tile', foundBy: AT_ONCE };
const CHECKPOINT = { to: 'checkpoint', foundBy: AT_ONCE };
const NEWEST_CHECKPOINT = { to: 'newest checkpoint', foundBy: BY_SIGNER, at: -1 };
const COSIGNATURE = { to: 'cosignature', foundBy: AT_ONCE };

const LONG_AGO = { S: '2020-01-01T00:00:00.000Z' };
/** No log of a drill is so large. */
const BEYOND = 1_000_000;

const isLong = (row: Row): boolean => isBatch(row) && Number(row['count']?.N) > 1;

/** Two ids of 16 bytes change places. */
const swappedIds = (ids: Uint8Array = new Uint8Array()): Uint8Array =>
  Buffer.concat([ids.subarray(16, 32), ids.subarray(0, 16), ids.subarray(32)]);

const otherRoot = (note = ''): string => {
  const [origin, size, , ...rest] = note.split('\n');
  return [origin, size, Buffer.alloc(32, 1).toString('base64'), ...rest].join('\n');
};

/** The time stands in the eight bytes after the key's four. */
function otherTime(line = ''): string {
  const [dash, name, encoded = ''] = line.trimEnd().split(' ');
  return `${dash} ${name} ${Buffer.from(flipped(Buffer.from(encoded, 'base64'), 11)).toString('base64')}\n`;
}

const withOtherRoot = (row: Row): Row => ({ ...row, note: { S: otherRoot(row['note']?.S) } });
const besideIt = (row: Row): Row => {
  const first = Number(row['first']?.N) + 1;
  return { ...row, sk: { S: `BATCH#${digits(first, 20)}` }, first: { N: String(first) } };
};

export const BATCH_CASES: readonly Case[] = [
  changes('leaf changed', isBatch, (row) => ({ ...row, leaves: { B: flipped(row['leaves']?.B) } }), BATCH),
  changes('entries swapped', isLong, (row) => ({ ...row, ids: { B: swappedIds(row['ids']?.B) } }), BATCH),
  changes('root changed', isBatch, (row) => ({ ...row, root: { B: flipped(row['root']?.B) } }), BATCH),
  changes('right edge changed', isBatch, (row) => ({ ...row, edge: { B: flipped(row['edge']?.B) } }), BATCH),
  changes('moment changed', isBatch, (row) => ({ ...row, committedAt: LONG_AGO }), BATCH),
  deletes('deleted', isBatch, { ...BATCH, at: 1 }),
  adds('added beside the log', isBatch, besideIt, { to: 'batch', foundBy: ['inspection'], at: -1 }),
  changes('moment changed', isBatch, (row) => ({ ...row, committedAt: LONG_AGO }), LAST_BATCH),
  {
    ...LAST_BATCH,
    deed: 'deleted',
    act: async ({ door }) => {
      await door.remove(await rowOf(door, isBatch, -1));
      return [];
    },
  },
];

export const TILE_CASES: readonly Case[] = [
  changes('hash changed', isTile, (row) => ({ ...row, hashes: { B: flipped(row['hashes']?.B) } }), TILE),
  deletes('deleted', isTile, TILE),
  adds('added that the log never had', isTile, (row) => ({ ...row, sk: { S: '001' } }), {
    to: 'tile',
    foundBy: ['inspection'],
  }),
];

export const HEAD_CASES: readonly Case[] = [
  changes('root changed', isCheckpoint, withOtherRoot, CHECKPOINT),
  deletes('deleted', isCheckpoint, CHECKPOINT),
  adds(
    'added, of a size that the log does not have',
    isCheckpoint,
    (row) => ({ ...row, sk: { S: `CHECKPOINT#${digits(BEYOND, 20)}` } }),
    { to: 'checkpoint', foundBy: ['signer', 'inspection'], at: -1 },
  ),
  changes('root changed', isCheckpoint, withOtherRoot, NEWEST_CHECKPOINT),
  {
    to: 'archived checkpoint',
    deed: 'root changed',
    foundBy: ['signer', 'inspection'],
    act: async ({ door }) => {
      const { sk, note } = await rowOf(door, isCheckpoint, -1);
      const key = archiveKeys.checkpoint(Number(sk?.S?.slice('CHECKPOINT#'.length)));
      await door.putObject(key, otherRoot(note?.S));
      return [key];
    },
  },
  {
    to: 'archived checkpoint',
    deed: 'added, of a size that the log does not have',
    foundBy: ['signer', 'inspection'],
    act: async ({ door }) => {
      const key = archiveKeys.checkpoint(BEYOND);
      await door.putObject(key, (await rowOf(door, isCheckpoint, -1))['note']?.S ?? '');
      return [key];
    },
  },
  changes(
    'time changed',
    isCosignature,
    (row) => ({ ...row, line: { S: otherTime(row['line']?.S) } }),
    COSIGNATURE,
  ),
  deletes('deleted', isCosignature, COSIGNATURE),
  adds(
    'added, of a witness that nobody named',
    isCosignature,
    (row) => ({ ...row, sk: { S: (row['sk']?.S ?? '').replace(/[0-9a-f]{8}$/, '00000000') } }),
    { to: 'cosignature', foundBy: ['inspection'] },
  ),
];
