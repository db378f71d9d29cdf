import { canonicalBytes } from '../../core/canonical.ts';
import { Access, type AccessRecordedBody } from '../../core/model/access.ts';
import type { EntryId } from '../../core/model/scalars.ts';
import type { Item } from './client.ts';
import { keyOf } from './corrupt.ts';
import { equalBytes, readHistory } from './entries.ts';
import { ACCESS_SHARDS, ledgerKeys } from './keys.ts';
import { insert, range } from './ledger.ts';
import { accessSealOf, isSealedAccess } from './seal.ts';

/** A read that is in an entry of the ledger. */
export type LoggedAccess = Access & { readonly entryId: EntryId };

/** Records a read, with the seal that shows that it was recorded and not merely written. */
export async function insertAccess(access: Access): Promise<void> {
  const { pk, sk } = ledgerKeys.access(access);
  const bytes = canonicalBytes(access);
  const seal = await accessSealOf({ ...access, bytes });
  // False where a first attempt went through and its answer was lost: nobody else has this id.
  await insert({ pk: { S: pk }, sk: { S: sk }, read: { B: bytes }, seal: { B: seal } });
}

/** The rows of the reads of an hour, strongly consistent, as they stand there. */
export async function accessRows(hour: string): Promise<Item[]> {
  const shards = Array.from({ length: ACCESS_SHARDS }, (_, n) => ledgerKeys.accessShard(hour, n));
  return (await Promise.all(shards.map((shard) => range(shard)))).flat();
}

/** The read in a row, by its own words: see {@link isGenuine}. `undefined` when it is none, or another's key. */
export function accessIn(row: Item): Access | undefined {
  const bytes = row['read']?.B ?? new Uint8Array();
  try {
    const access = Access.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    const [key, own] = [ledgerKeys.access(access), keyOf(row)];
    const isOwn = key.pk === own.pk && key.sk === own.sk && equalBytes(canonicalBytes(access), bytes);
    return isOwn ? access : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a row bears the seal of the read in it. */
export const isGenuine = ({ accessId, at }: Access, row: Item): Promise<boolean> =>
  isSealedAccess({ accessId, at, bytes: row['read']?.B ?? new Uint8Array() }, row['seal']?.B);

/** Parts reads that took place from what was merely written into the table, by anyone who could. */
export async function partForgedReads(
  rows: readonly Item[],
): Promise<{ readonly genuine: Access[]; readonly forged: Item[] }> {
  const genuine: Access[] = [];
  const forged: Item[] = [];
  for (const row of rows) {
    const access = accessIn(row);
    if (access && (await isGenuine(access, row))) genuine.push(access);
    else forged.push(row);
  }
  return { genuine, forged };
}

/** The reads of an hour that are in entries, strongly consistent, and how many entries these are. */
export async function loggedReads(
  hour: string,
): Promise<{ readonly entries: number; readonly reads: ReadonlyMap<string, LoggedAccess> }> {
  const history = await readHistory('access', hour);
  const reads = new Map<string, LoggedAccess>();
  for (const { entry } of history)
    for (const read of (entry.body as AccessRecordedBody).reads)
      reads.set(read.accessId, { ...read, entryId: entry.entryId });
  return { entries: history.length, reads };
}
