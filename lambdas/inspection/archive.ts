import { archiveKeys } from '../../core/log/archive-keys.ts';
import type { ArchivePhase, Finding } from '../../core/log/inspection.ts';
import { getObject, listKeys } from '../store/archive.ts';
import { inParallel } from '../store/client.ts';
import { keyOf, written } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { getMany } from '../store/ledger.ts';
import { finding, type Grounds } from './judge.ts';
import { faultOfNote } from './rows/heads.ts';

const OBJECTS_A_STEP = 200;
const LANES = 16;

/** What is known without the rows. */
type ArchiveGrounds = Pick<Grounds, 'chain' | 'isBroken' | 'logKeys'>;

/** Judges the next archived objects of a kind, those of the newest sizes first. */
export async function judgeArchived(
  what: ArchivePhase,
  after: string | undefined,
  grounds: ArchiveGrounds,
): Promise<{ findings: Finding[]; count: number; after: string | undefined }> {
  const prefix = what === 'archivedCheckpoints' ? archiveKeys.checkpoints : archiveKeys.cosignatures;
  const keys = await listKeys(prefix, { limit: OBJECTS_A_STEP, ...(after && { after }) });
  const findings =
    what === 'archivedCheckpoints' ? await ofCheckpoints(keys, grounds) : await ofCosignatures(keys);
  return { findings, count: keys.length, after: keys.length === OBJECTS_A_STEP ? keys.at(-1) : undefined };
}

async function ofCheckpoints(keys: readonly string[], grounds: ArchiveGrounds): Promise<Finding[]> {
  const found = new Map<string, Finding>();
  await inParallel(keys, LANES, async (key) => {
    const note = await getObject(key);
    const fault = faultOfNote(Buffer.from(note ?? []).toString('utf8'), archiveKeys.sizeIn(key), grounds);
    if (fault) found.set(key, finding(key, fault.what, fault.words));
  });
  return keys.flatMap((key) => found.get(key) ?? []);
}

/** What was archived was in the table before; what stands there, its own row tells. */
async function ofCosignatures(keys: readonly string[]): Promise<Finding[]> {
  const rows = new Map(keys.map((key) => [key, rowOf(key)]));
  const wanted = [...rows.values()].flatMap((row) => row ?? []);
  const there = new Set((await getMany(wanted)).map((row) => written(keyOf(row))));
  return keys.flatMap((key) => {
    const row = rows.get(key);
    if (!row) return [finding(key, 'foreign', 'is no cosignature')];
    return there.has(written(row)) ? [] : [finding(row, 'missing', 'though the archive has the cosignature')];
  });
}

function rowOf(key: string) {
  const size = archiveKeys.sizeIn(key);
  const keyId = Number.parseInt(key.slice(-8), 16);
  return Number.isNaN(size) || archiveKeys.cosignature(size, keyId) !== key
    ? undefined
    : ledgerKeys.cosignature(size, keyId);
}
