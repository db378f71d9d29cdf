import { rootOfLeaves } from '../../../core/log/merkle.ts';
import { type Backdoor, nameOf, type Row } from '../backdoor.ts';
import { type Case, rowOf, type Tools } from '../case.ts';
import {
  again,
  fewerRows,
  idOf,
  isCheckpoint,
  isCosignature,
  isTransfer,
  logOf,
  type Member,
  membersOf,
  reworded,
} from '../forge.ts';
import { isOfTree, relog } from '../relog.ts';

/** Of a checkpoint or a cosignature. */
const sizeOf = (row: Row): number =>
  Number(/^(?:CHECKPOINT|COSIGNATURE)#(\d{20})/.exec(row['sk']?.S ?? '')?.[1] ?? 0);

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
    await relog(tools.door, await rewritten(tools, isInsider), isInsider ? tools.sealed : undefined);
    return [];
  },
});

/** Adds a batch that goes on from the last, as a sequencer would. */
async function addBatch(door: Backdoor, members: readonly Member[], seal?: Tools['sealed']): Promise<void> {
  await relog(door, [...membersOf(await door.rows()), members], seal);
}

export const WHOLE_CASES: readonly Case[] = [
  {
    to: 'batch at the end of the log',
    deed: 'added, for a forged entry',
    foundBy: ['stream', 'signer', 'inspection'],
    act: async (tools) => {
      const forged = again(await rowOf(tools.door, isTransfer), 'f'.repeat(32));
      await tools.door.put(forged);
      await addBatch(tools.door, [{ id: idOf(forged), leaf: forged['leaf']?.B ?? new Uint8Array() }]);
      return [nameOf(forged)];
    },
  },
  {
    to: 'batch at the end of the log',
    deed: 'added with a seal, for an old entry',
    foundBy: ['inspection'],
    act: async ({ door, sealed }) => {
      const [member] = membersOf(await door.rows()).flat();
      if (member) await addBatch(door, [member], sealed);
      return [];
    },
  },
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
  forks('forked, without seals', false),
  forks('forked, sealed as a sequencer can', true),
  {
    to: 'the whole log',
    deed: 'forked, signed, archive emptied',
    foundBy: ['witness', 'reader'],
    act: async (tools) => {
      const { door, sealed, signed } = tools;
      const batches = await rewritten(tools, true);
      await relog(door, batches, sealed);
      await door.removeObjects(await door.objects());
      const heads = (await door.rows()).filter((row) => isCheckpoint(row) || isCosignature(row));
      await door.remove(...heads);
      const leaves = batches.flat().map(({ leaf }) => leaf);
      const newest = heads.filter(isCheckpoint).at(-1);
      const note = await signed(leaves.length, rootOfLeaves(leaves));
      // Or readers would be shown nothing for a while, until its witnesses count as being away.
      const signedAt = { S: '2020-01-01T00:00:00.000Z' };
      if (newest) await door.put({ ...newest, signedAt, note: { S: note } });
      return [];
    },
  },
];
