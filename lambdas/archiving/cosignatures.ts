import { archiveKeys } from '../../core/log/archive-keys.ts';
import { formatSignatures } from '../../core/log/note.ts';
import { openStored } from '../log/published.ts';
import { keepObject, listKeys } from '../store/archive.ts';
import { cosignaturesDown, readCheckpoint, type StoredCosignature } from '../store/checkpoints.ts';

interface Cosignature {
  readonly key: string;
  readonly line: string;
}

/** Rows looked at at once: those of some checkpoints, with as many witnesses as a log can have. */
const PAGE = 100;

/**
 * Puts the cosignatures that the archive lacks there. Looks from the newest back, until a whole page of rows has none
 * that is missing, and then goes forward from the oldest that is: so a crash in between leaves no gap that the next
 * look would not come to. What a witness gives late is found unless a page of others came after it.
 * @returns how many were put
 */
export async function archiveCosignatures(goOn: () => boolean): Promise<number> {
  const missing: Cosignature[] = [];
  let to: number | undefined;
  for (;;) {
    const page = await cosignaturesDown({ limit: PAGE, ...(to !== undefined && { to }) });
    const found = await missingAmong(page);
    missing.push(...found);
    // A page may end amid the rows of a size: the next one begins with all of them.
    const next = page.at(-1)?.size;
    if (found.length === 0 || page.length < PAGE || next === to) break;
    to = next;
  }
  let put = 0;
  for (const { key, line } of missing.reverse()) if (goOn() && (await keepObject(key, line))) put += 1;
  return put;
}

/** Of the rows, newest first, those that hold what a witness of ours signed, and that the archive does not have. */
async function missingAmong(rows: readonly StoredCosignature[]): Promise<Cosignature[]> {
  const [newest] = rows;
  if (!newest) return [];
  const after = archiveKeys.cosignaturesOf(newest.size);
  const kept = new Set(await listKeys(archiveKeys.cosignatures, { after, limit: 2 * PAGE }));
  const missing: Cosignature[] = [];
  for (const [size, lines] of Map.groupBy(rows, (row) => row.size)) {
    const stored = await readCheckpoint(size);
    if (!stored || lines.every(({ keyId }) => kept.has(archiveKeys.cosignature(size, keyId)))) continue;
    for (const cosignature of (await openStored(stored, lines)).cosignatures) {
      const key = archiveKeys.cosignature(size, cosignature.keyId);
      if (!kept.has(key)) missing.push({ key, line: formatSignatures([cosignature]) });
    }
  }
  return missing;
}
