import { archiveKeys } from '../../core/log/archive-keys.ts';
import { getObject, keepObject, listKeys } from '../store/archive.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';

/** The newest checkpoint that the archive holds, not verified. */
export interface ArchivedHead {
  readonly key: string;
  readonly size: number;
  readonly note: string;
}

/** @returns `undefined` while the archive has none */
export async function archivedHead(): Promise<ArchivedHead | undefined> {
  const [key] = await listKeys(archiveKeys.checkpoints, { limit: 1 });
  if (key === undefined) return undefined;
  const size = archiveKeys.sizeIn(key);
  const note = await getObject(key);
  if (Number.isNaN(size) || !note) throw new LedgerCorrupt(key, 'is no checkpoint');
  return { key, size, note: Buffer.from(note).toString('utf8') };
}

/** The size of the newest checkpoint that the archive holds; 0 while it has none. */
export async function archivedSize(): Promise<number> {
  const [key] = await listKeys(archiveKeys.checkpoints, { limit: 1 });
  return key === undefined ? 0 : archiveKeys.sizeIn(key);
}

/** @throws LedgerCorrupt when the archive has another checkpoint of this size */
export const keepCheckpoint = (size: number, note: string): Promise<boolean> =>
  keepObject(archiveKeys.checkpoint(size), note);
