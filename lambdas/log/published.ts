import { openCheckpoint, type VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { LogError } from '../../core/log/error.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { formatNote, type Note, parseNote } from '../../core/log/note.ts';
import type { Policy } from '../../core/log/policy.ts';
import { readCosignatures } from '../../core/log/witness.ts';
import { policyFor } from '../../core/log/witnessing.ts';
import {
  checkpointsDown,
  cosignaturesDown,
  readCheckpoint,
  type StoredCheckpoint,
  type StoredCosignature,
} from '../store/checkpoints.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { logKey, logKeys } from './key.ts';
import { witnessing } from './witnessing.ts';

/** A checkpoint to be shown, with the cosignatures that it has by now. */
export interface PublishedCheckpoint extends VerifiedCheckpoint {
  /** The whole note, as it is served. */
  readonly text: string;
}

/**
 * The newest checkpoint that the witnessing policy lets out, verified; `undefined` while there is none. Cosignatures
 * that come in later are added to what is shown.
 * @throws LedgerCorrupt when what is stored is not what this log signed
 */
export async function publishedCheckpoint(): Promise<PublishedCheckpoint | undefined> {
  const { quorum, holdSeconds } = witnessing();
  const [newest] = await checkpointsDown({ limit: 1 });
  if (!newest) return undefined;
  if (quorum === 0 || holdSeconds === 0 || isOlder(newest, holdSeconds)) return shown(newest);

  const aged = await newestOlder(newest.size, holdSeconds);
  const cosigned = await newestWithQuorum(newest.size, aged ? aged.size + 1 : 0);
  return cosigned ?? (aged && shown(aged));
}

const ROWS_A_LOOK = 100;

/**
 * The newest of sizes `from` … `upTo` that has the quorum, however old it is. Looks through the cosignatures rather
 * than the checkpoints: with witnesses away there may be many of the latter.
 */
export async function newestWithQuorum(upTo: number, from = 0): Promise<PublishedCheckpoint | undefined> {
  const { quorum } = witnessing();
  for (let to = upTo; to >= from; ) {
    const rows = await cosignaturesDown({ from, to, limit: ROWS_A_LOOK });
    const isLast = rows.length < ROWS_A_LOOK;
    const smallest = rows.at(-1)?.size ?? 0;
    for (const [size, cosignatures] of Map.groupBy(rows, (row) => row.size)) {
      // The look may have ended amid the rows of a size, be they for the most part somebody's rubbish.
      const areAll = isLast || size !== smallest;
      if (areAll && cosignatures.length < quorum) continue;
      const checkpoint = await readCheckpoint(size);
      const opened = checkpoint && (await shown(checkpoint));
      if (opened && opened.cosignatures.length >= quorum) return opened;
    }
    if (isLast) return undefined;
    to = smallest - 1;
  }
  return undefined;
}

/** The newest that has been held back for long enough. There are only so many younger ones. */
async function newestOlder(
  upTo: number,
  holdSeconds: number | 'forever',
): Promise<StoredCheckpoint | undefined> {
  if (holdSeconds === 'forever') return undefined;
  for (let to = upTo; ; ) {
    const some = await checkpointsDown({ to, limit: 100 });
    const old = some.find((checkpoint) => isOlder(checkpoint, holdSeconds));
    const last = some.at(-1);
    if (old || !last || last.size === 0 || some.length < 100) return old;
    to = last.size - 1;
  }
}

const isOlder = ({ signedAt }: StoredCheckpoint, seconds: number | 'forever') =>
  seconds !== 'forever' && Date.now() - Date.parse(signedAt) >= seconds * 1_000;

/** A checkpoint with the cosignatures that it has by now. @throws LedgerCorrupt as {@link openStored} */
export const shown = async (checkpoint: StoredCheckpoint): Promise<PublishedCheckpoint> =>
  openStored(checkpoint, await cosignaturesDown({ from: checkpoint.size, to: checkpoint.size }));

/**
 * Verifies a row, and as cosignatures to it what of other rows is one.
 * @throws LedgerCorrupt when the row does not hold what this log signed under this size
 */
export async function openStored(
  checkpoint: StoredCheckpoint,
  cosignatures: readonly StoredCosignature[] = [],
): Promise<PublishedCheckpoint> {
  const policy = { ...policyFor(formatVerifierKey(await logKey()), witnessing()), logs: await logKeys() };
  try {
    const note = parseNote(checkpoint.note);
    const given = cosignatures.flatMap(({ line }) => cosignaturesIn(line, note, policy));
    // Each witness once, in however many rows somebody may have put what it gave.
    const valid = new Map(given.map((cosignature) => [cosignature.key, cosignature])).values();
    const text = formatNote({ text: note.text, signatures: [...note.signatures, ...valid] });
    const opened = openCheckpoint(text, policy);
    if (opened.size === checkpoint.size) return { ...opened, text };
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
  }
  throw new LedgerCorrupt(ledgerKeys.checkpoint(checkpoint.size), 'is no checkpoint that this log signed');
}

/** None in a row that is not the cosignature of a witness of ours: whoever put it there, nobody is shown it. */
function cosignaturesIn(line: string, { text }: Note, { witnesses }: Policy) {
  try {
    return readCosignatures(line, text, witnesses);
  } catch (error) {
    if (error instanceof LogError) return [];
    throw error;
  }
}
