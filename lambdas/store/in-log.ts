import type { EntryId } from '../../core/model/scalars.ts';
import { readIndexes } from './entries.ts';

/** What is in the log stays there, so it is asked for once. */
const inLog = new Set<EntryId>();

/** Whether an entry has its place in the log: whatever is accepted from now on comes after it there. */
export async function isInLog(entryId: EntryId): Promise<boolean> {
  if (inLog.has(entryId)) return true;
  if (!(await readIndexes([entryId])).has(entryId)) return false;
  inLog.add(entryId);
  return true;
}
