import { archiveKeys } from '../../core/log/archive-keys.ts';
import type { VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { LogError } from '../../core/log/error.ts';
import { parseVerifierKey } from '../../core/log/key.ts';
import { parseSignatures, verifySignatures } from '../../core/log/note.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { openSigned } from '../log/signed.ts';
import { witnessing } from '../log/witnessing.ts';
import { findObject, listKeys } from '../store/archive.ts';
import type { StoredCheckpoint, StoredCosignature } from '../store/checkpoints.ts';
import { chunks } from '../store/client.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';

/** A checkpoint of the archive, and what it says. */
export interface ArchivedCheckpoint extends StoredCheckpoint {
  readonly opened: VerifiedCheckpoint;
}

/** The sizes of the archive's checkpoints from `from + 1` to `to`, ascending. */
export async function checkpointSizes(from: number, to: number): Promise<number[]> {
  const keys = await listKeys(archiveKeys.checkpoints, {
    after: archiveKeys.checkpoint(to + 1),
    upTo: archiveKeys.checkpoint(from + 1),
  });
  return keys.map(archiveKeys.sizeIn).reverse();
}

/** The size of the archive's largest checkpoint of at most `size`; 0 when there is none. */
export async function checkpointSizeUpTo(size: number): Promise<number> {
  const after = archiveKeys.checkpoint(size + 1);
  const [key] = await listKeys(archiveKeys.checkpoints, { after, limit: 1 });
  return key === undefined ? 0 : archiveKeys.sizeIn(key);
}

/**
 * A checkpoint of the archive. When it was put there is taken for when it was signed, which was just before.
 * @throws LedgerCorrupt when it is not what this log signed
 */
export async function readCheckpointOf(size: number): Promise<ArchivedCheckpoint> {
  const key = archiveKeys.checkpoint(size);
  const object = await findObject(key);
  if (!object) throw new LedgerCorrupt(key, 'is gone');
  const note = Buffer.from(object.body).toString('utf8');
  const signedAt = object.keptAt.toISOString() as Instant;
  return { size, note, signedAt, opened: await openSigned(key, { size, note }) };
}

/**
 * The cosignatures that the archive has of these checkpoints, ascending. One of a witness that is no longer ours is
 * kept, and shown to nobody.
 * @throws LedgerCorrupt when one is none
 */
export async function readCosignaturesOf(
  checkpoints: readonly ArchivedCheckpoint[],
): Promise<StoredCosignature[]> {
  const [first, last] = [checkpoints.at(0), checkpoints.at(-1)];
  if (!first || !last) return [];
  const keys = await listKeys(archiveKeys.cosignatures, {
    after: archiveKeys.cosignaturesOf(last.size),
    upTo: `${archiveKeys.cosignaturesOf(first.size)}~`,
  });
  const bySize = new Map(checkpoints.map((checkpoint) => [checkpoint.size, checkpoint]));
  return readAll(keys, async (key) => {
    const checkpoint = bySize.get(archiveKeys.sizeIn(key));
    if (!checkpoint) throw new LedgerCorrupt(key, 'is of no checkpoint in the archive');
    return readCosignature(key, checkpoint.opened);
  });
}

async function readCosignature(key: string, { size, note }: VerifiedCheckpoint): Promise<StoredCosignature> {
  const line = Buffer.from((await findObject(key))?.body ?? []).toString('utf8');
  const known = witnessing().witnesses.map(({ vkey }) => parseVerifierKey(vkey));
  try {
    const [signature, more] = parseSignatures(line);
    const keyId = signature?.keyId ?? Number.NaN;
    if (signature && !more && key === archiveKeys.cosignature(size, keyId)) {
      verifySignatures({ text: note.text, signatures: [signature] }, known);
      return { size, keyId, line };
    }
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    throw new LedgerCorrupt(key, `is no cosignature of the checkpoint of ${size}`, error);
  }
  throw new LedgerCorrupt(key, `is no cosignature of the checkpoint of ${size}`);
}

/** S3 answers many thousand requests a second. */
const AT_ONCE = 32;

/** Reads one after the other, many at once. */
export async function readAll<From, To>(
  items: readonly From[],
  read: (item: From) => Promise<To>,
): Promise<To[]> {
  const all: To[] = [];
  for (const some of chunks(items, AT_ONCE)) all.push(...(await Promise.all(some.map(read))));
  return all;
}
