import type { VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { LogError } from '../../core/log/error.ts';
import { parseVerifierKey, type VerifierKey } from '../../core/log/key.ts';
import { EMPTY_ROOT } from '../../core/log/merkle.ts';
import { formatSignatures } from '../../core/log/note.ts';
import { type HashReader, proveConsistency } from '../../core/log/prove.ts';
import { tileHashReader } from '../../core/log/tile-reader.ts';
import { verifyConsistency } from '../../core/log/verify.ts';
import { encodeAddCheckpoint } from '../../core/log/witness.ts';
import { openStored } from '../log/published.ts';
import { witnessing } from '../log/witnessing.ts';
import {
  checkpointsDown,
  cosignaturesDown,
  insertCosignature,
  readCheckpoint,
  type StoredCheckpoint,
} from '../store/checkpoints.ts';
import { LedgerCorrupt } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { readTile } from '../store/tiles.ts';
import { ask, type Limits } from './ask.ts';
import { judge } from './verdict.ts';

/** What came of asking one witness for its cosignature of the newest checkpoint. */
export interface Outcome {
  /** The name of its key. */
  readonly witness: string;
  /**
   * - `cosigned`: it has, and the ledger has it
   * - `overtaken`: it is at a later checkpoint of this log already, for which another run has asked it
   * - `away`: it did not answer, or not so that it helps
   * - `contradicts`: it has seen another history of this log
   */
  readonly kind: 'cosigned' | 'overtaken' | 'away' | 'contradicts';
  readonly why?: string;
}

export interface Collected {
  /** Of the newest signed checkpoint. */
  readonly size: number;
  /** Of the witnesses that had not cosigned it before. */
  readonly outcomes: readonly Outcome[];
}

interface Witness {
  readonly url: string;
  readonly key: VerifierKey;
}

/** Well within the minute after which all of them are asked again. */
const LIMITS: Limits = { milliseconds: 5_000 };
/** A witness is told of a newer head by another run of this at most so often while this one asks it. */
const ATTEMPTS = 4;
/** How many checkpoints are looked through for what a witness cosigned last; one that is further behind says so itself. */
const LOOK_BACK = 8;

/**
 * Asks all witnesses that have not cosigned the newest signed checkpoint to do so, at once, and inserts what they give.
 * Nobody waits for anybody: a cosignature is in the ledger as soon as it came. Repeating, overlapping and crashing
 * anywhere are harmless: what a witness gave that was not inserted, it gives again.
 *
 * @throws LedgerCorrupt when the ledger itself is not what this log signed, after all witnesses were asked
 */
export async function collect(limits = LIMITS): Promise<Collected | undefined> {
  const [newest] = await checkpointsDown({ limit: 1 });
  if (!newest) return undefined;
  const { size } = newest;
  const checkpoint = await openStored(newest, await cosignaturesDown({ from: size, to: size }));
  const missing = witnessing()
    .witnesses.map(({ url, vkey }): Witness => ({ url, key: parseVerifierKey(vkey) }))
    .filter(({ key }) => !checkpoint.cosignatures.some((one) => isSame(one.key, key)));
  if (missing.length === 0) return { size, outcomes: [] };

  const last = await lastCosigned(
    size,
    missing.map(({ key }) => key),
  );
  const hashes = tileHashReader(size, readTile);
  const results = await Promise.allSettled(
    missing.map(async (witness): Promise<Outcome> => {
      const known = last.get(idOf(witness.key));
      const outcome = await collectFrom(witness, { stored: newest, checkpoint, hashes, known, limits });
      return { witness: witness.key.name, ...outcome };
    }),
  );
  const failure = results.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
  return { size, outcomes: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])) };
}

interface Asking {
  readonly stored: StoredCheckpoint;
  readonly checkpoint: VerifiedCheckpoint;
  readonly hashes: HashReader;
  /** The last size that the ledger has a cosignature of this witness for. */
  readonly known: number | undefined;
  readonly limits: Limits;
}

async function collectFrom({ url, key }: Witness, asking: Asking): Promise<Omit<Outcome, 'witness'>> {
  const { checkpoint, known = 0, limits } = asking;
  for (let attempt = 0, oldSize = known; attempt < ATTEMPTS; attempt++) {
    const answer = await ask(url, await requestFrom(oldSize, asking), limits);
    if (typeof answer === 'string') return { kind: 'away', why: answer };
    const verdict = judge(answer, { text: checkpoint.note.text, oldSize, witness: key });
    switch (verdict.kind) {
      case 'cosigned':
        await keep(checkpoint, key, formatSignatures([verdict.cosignature]), asking.stored);
        return { kind: 'cosigned' };
      case 'elsewhere': {
        const { size } = verdict;
        // What it cosigned it may not forget: it could cosign another history from there.
        if (size < known) return { kind: 'away', why: `it has forgotten what it cosigned of ${known}` };
        if (size < oldSize) return { kind: 'contradicts', why: `it went back from ${oldSize} to ${size}` };
        if (size > 0 && !(await readCheckpoint(size)))
          return { kind: 'contradicts', why: `it has cosigned ${size}, which was never published here` };
        if (size > checkpoint.size) return { kind: 'overtaken' };
        oldSize = size;
        break;
      }
      default:
        return verdict;
    }
  }
  return { kind: 'away', why: 'it is asked by others all the time' };
}

/**
 * The body that asks for a cosignature. The proof in it is verified before it is sent: what a witness then does not
 * take is not for want of a right one.
 * @throws LedgerCorrupt when the newest checkpoint does not go on from the one of the old size
 */
async function requestFrom(oldSize: number, { stored, checkpoint, hashes }: Asking): Promise<string> {
  const proof = await proveConsistency(oldSize, checkpoint.size, hashes);
  try {
    verifyConsistency({
      oldSize,
      oldRoot: await rootAt(oldSize),
      newSize: checkpoint.size,
      newRoot: checkpoint.root,
      proof,
    });
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    throw new LedgerCorrupt(
      ledgerKeys.checkpoint(checkpoint.size),
      `does not go on from the checkpoint of ${oldSize}`,
      error,
    );
  }
  return encodeAddCheckpoint({ oldSize, proof, checkpoint: stored.note });
}

async function rootAt(size: number): Promise<Uint8Array> {
  if (size === 0) return EMPTY_ROOT;
  const stored = await readCheckpoint(size);
  if (!stored) throw new LedgerCorrupt(ledgerKeys.checkpoint(size), 'is gone');
  return (await openStored(stored)).root;
}

/** @throws LedgerCorrupt when something else stands in its place */
async function keep(
  { size }: VerifiedCheckpoint,
  key: VerifierKey,
  line: string,
  stored: StoredCheckpoint,
): Promise<void> {
  if (await insertCosignature(size, key.keyId, line)) return;
  // Another run was faster, and has one of another time; both are good.
  const { cosignatures } = await openStored(stored, await cosignaturesDown({ from: size, to: size }));
  if (!cosignatures.some((one) => isSame(one.key, key)))
    throw new LedgerCorrupt(ledgerKeys.cosignature(size, key.keyId), 'is not the cosignature of its witness');
}

/** The sizes that the witnesses cosigned last before `size`, as far as the ledger knows without looking far. */
async function lastCosigned(size: number, keys: readonly VerifierKey[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  if (size === 0) return found;
  const limit = LOOK_BACK * witnessing().witnesses.length;
  const rows = await cosignaturesDown({ to: size - 1, limit });
  for (const [earlier, lines] of Map.groupBy(rows, (row) => row.size)) {
    const stored = await readCheckpoint(earlier);
    for (const { key } of stored ? (await openStored(stored, lines)).cosignatures : [])
      if (!found.has(idOf(key))) found.set(idOf(key), earlier);
    if (keys.every((key) => found.has(idOf(key)))) break;
  }
  return found;
}

const idOf = ({ name, keyId }: VerifierKey): string => `${name} ${keyId}`;
const isSame = (one: VerifierKey, other: VerifierKey): boolean => idOf(one) === idOf(other);
