import { rootOfLeaves } from '../../../core/log/merkle.ts';
import type { Row } from '../backdoor.ts';
import { nameOf } from '../backdoor.ts';
import { type Case, rowOf, type Tools } from '../case.ts';
import {
  again,
  fewerRows,
  idOf,
  isBatch,
  isCheckpoint,
  isEntry,
  isIndex,
  isTile,
  logOf,
  type Member,
  membersOf,
  reworded,
} from '../forge.ts';

const isTransfer = (row: Row) => isEntry(row) && row['kind']?.S === 'transfer-recorded';
const isOfTree = (row: Row) => isBatch(row) || isTile(row) || isIndex(row);

/** Of a checkpoint or a cosignature. */
const sizeOf = (row: Row): number =>
  Number(/^(?:CHECKPOINT|COSIGNATURE)#(\d{20})/.exec(row['sk']?.S ?? '')?.[1] ?? 0);

/** Has the table hold another log in place of the one it has. */
async function relog({ door, sealed }: Tools, batches: readonly (readonly Member[])[], isInsider: boolean) {
  const rows = await door.rows();
  const committedAt = rows.find(isBatch)?.['committedAt']?.S ?? '';
  const made = logOf(batches, committedAt);
  const wanted = isInsider ? await Promise.all(made.map((row) => (isBatch(row) ? sealed(row) : row))) : made;
  const known = new Map(rows.map((row) => [nameOf(row), row]));
  const names = new Set(wanted.map(nameOf));
  await door.remove(...rows.filter((row) => isOfTree(row) && !names.has(nameOf(row))));
  await door.put(...wanted.filter((row) => !sameTree(row, known.get(nameOf(row)))));
}

/** What of a row says what the log is: its seal and moment do not. */
const sameTree = (row: Row, other: Row | undefined): boolean =>
  other !== undefined &&
  ['index', 'hashes', 'leaves', 'ids', 'root'].every(
    (name) =>
      row[name]?.N === other[name]?.N &&
      Buffer.compare(row[name]?.B ?? new Uint8Array(), other[name]?.B ?? new Uint8Array()) === 0,
  );

/** The log with the last transfer of an early batch reworded, as if it had always been so. */
async function rewritten({ door, sealed }: Tools, isInsider: boolean): Promise<Member[][]> {
  const row = await rowOf(door, isTransfer, 1);
  const forged = reworded(row, fewerRows);
  await door.put(isInsider ? await sealed(forged) : forged);
  const leaf = forged['leaf']?.B ?? new Uint8Array();
  return membersOf(await door.rows()).map((members) =>
    members.map((member) => (member.id === idOf(row) ? { ...member, leaf } : member)),
  );
}

const forks = (deed: string, isInsider: boolean): Case => ({
  to: 'the whole log',
  deed,
  foundBy: ['signer', 'inspection'],
  act: async (tools) => {
    await relog(tools, await rewritten(tools, isInsider), isInsider);
    return [];
  },
});

/** Adds a batch that goes on from the last, as a sequencer would. */
async function addBatch(tools: Tools, members: readonly Member[], isInsider: boolean): Promise<void> {
  await relog(tools, [...membersOf(await tools.door.rows()), members], isInsider);
}

export const WHOLE_CASES: readonly Case[] = [
  {
    to: 'the whole table',
    deed: 'rolled back to an earlier state',
    foundBy: ['signer', 'inspection', 'reader'],
    act: async ({ door }) => {
      const rows = await door.rows();
      const batches = membersOf(rows);
      const kept = new Set(logOf(batches.slice(0, -1), '').map(nameOf));
      const size = batches.slice(0, -1).flat().length;
      const lost = new Set(batches.at(-1)?.map(({ id }) => id));
      await door.remove(
        ...rows.filter(
          (row) =>
            (isOfTree(row) && !kept.has(nameOf(row))) ||
            lost.has(idOf(row)) ||
            lost.has(row['entryId']?.S ?? '') ||
            sizeOf(row) > size,
        ),
      );
      return [];
    },
  },
  forks('forked, with valid batches that no sequencer committed', false),
  forks('forked by somebody with the role of the sequencer', true),
  {
    to: 'batch',
    deed: 'one added at the end, which brings a forged entry in',
    foundBy: ['stream', 'signer', 'inspection'],
    act: async (tools) => {
      const forged = again(await rowOf(tools.door, isTransfer), 'f'.repeat(32));
      await tools.door.put(forged);
      await addBatch(tools, [{ id: idOf(forged), leaf: forged['leaf']?.B ?? new Uint8Array() }], false);
      return [nameOf(forged)];
    },
  },
  {
    to: 'batch',
    deed: 'a delayed duplicate: one that commits an entry a second time, with a seal',
    foundBy: ['inspection'],
    act: async (tools) => {
      const [member] = membersOf(await tools.door.rows()).flat();
      if (member) await addBatch(tools, [member], true);
      return [];
    },
  },
  {
    to: 'the whole log',
    deed: 'forked and signed by somebody with its key, its archive emptied',
    foundBy: ['witness', 'reader'],
    act: async (tools) => {
      const { door, signed } = tools;
      const batches = await rewritten(tools, true);
      await relog(tools, batches, true);
      await door.removeObjects(await door.objects());
      const heads = (await door.rows()).filter(
        (row) => isCheckpoint(row) || row['sk']?.S?.startsWith('COSIGNATURE#'),
      );
      await door.remove(...heads);
      const leaves = batches.flat().map(({ leaf }) => leaf);
      const newest = heads.filter(isCheckpoint).at(-1);
      const note = await signed(leaves.length, rootOfLeaves(leaves));
      if (newest) await door.put({ ...newest, note: { S: note } });
      return [];
    },
  },
];
