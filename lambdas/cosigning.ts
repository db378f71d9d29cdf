import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { VerifiedCheckpoint } from '../core/log/checkpoint.ts';
import type { VerifierKey } from '../core/log/key.ts';
import { sameHash } from '../core/log/merkle.ts';
import { cosignText, formatNote, type NoteSignature, type Signer } from '../core/log/note.ts';
import { admit, decide, NEVER_COSIGNED, type Refusal } from '../core/log/witness.ts';
import { backOff } from './store/client.ts';
import { lastHead, replaceHead, type StoredHead } from './store/heads.ts';

const logger = new Logger();
const metrics = new Metrics({ namespace: 'Amanat' });

export interface Witness {
  /** The keys of the logs that it watches: several of one origin while a log changes keys. */
  readonly logs: readonly VerifierKey[];
  readonly signer: Signer;
  /** In seconds since 1970. */
  readonly now: () => number;
}

export interface Cosigned {
  readonly status: 200;
  readonly cosignature: NoteSignature;
}

const ATTEMPTS = 8;

/** KMS signs messages of at most 4,096 bytes; before the text of one there is a line for what it is, and one for the time. */
const MAX_TEXT_BYTES = 4_000;

/**
 * Cosigns a log's checkpoint, if it extends the last one of that log that was cosigned (C2SP tlog-witness). The body may
 * be hostile.
 *
 * A cosignature says: of all that I saw until this time, this is the largest head, and it extends every other. So that
 * this is true whatever is killed, repeated or raced, the steps stand in this order:
 * 1. Read the last head, and decide on it. Nothing is written for what is refused.
 * 2. Replace exactly that head, and none that came in between: then it is decided anew. **From here on no other root of
 *    this size is ever cosigned, and nothing smaller.** A crash before leaves everything as it was.
 * 3. Cosign. After a crash in between, or when KMS or the answer is lost, the head stands and the log has no
 *    cosignature of it. It asks again from its old size, is told the new one, asks from that, and the same root at the
 *    same size is cosigned, with a later time.
 */
export async function addCheckpoint(body: Uint8Array, witness: Witness): Promise<Cosigned | Refusal> {
  const admitted = admit(body, witness.logs);
  if (admitted.status !== 200) return admitted;
  const { origin, size, root, note } = admitted.checkpoint;
  // Before anything is stored: a head that cannot be cosigned would stand in the way of the next.
  if (Buffer.byteLength(note.text) > MAX_TEXT_BYTES)
    return { status: 400, detail: `the checkpoint has more than ${MAX_TEXT_BYTES} bytes` };
  const checkpoint = signedByLog(admitted.checkpoint);

  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await backOff(attempt);
    const last = await lastHead(origin);
    const refusal = decide(admitted, last ?? NEVER_COSIGNED);
    if (refusal?.status === 422) reportInconsistency(admitted.checkpoint, last);
    if (refusal !== undefined) return refusal;
    // Clocks differ: a time never goes back behind that of an earlier cosignature.
    const time = Math.max(witness.now(), last?.time ?? 0);
    if (await replaceHead(origin, last, { size, root, time, checkpoint }))
      return { status: 200, cosignature: await cosignText(note.text, witness.signer, time) };
  }
  throw new Error('others kept asking for cosignatures at the same moment');
}

/**
 * Two roots of one size under one key are a fork, and the two checkpoints prove it to anybody. A proof that does not
 * hold proves nothing of the log, since anybody may send a bad one with a good checkpoint; but it is what a log that
 * forked would look like.
 */
function reportInconsistency(checkpoint: VerifiedCheckpoint, last: StoredHead | undefined): void {
  const forked = last?.size === checkpoint.size && !sameHash(last.root, checkpoint.root);
  const evidence = { cosigned: last?.checkpoint, refused: signedByLog(checkpoint) };
  if (forked) logger.critical('the log has signed two roots of one size', evidence);
  else logger.warn('a checkpoint came without proof that it extends the last', evidence);
  metrics.addMetric(forked ? 'LogForked' : 'ProofsRefused', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}

/** The note with what the log itself has signed, and nothing that somebody else added. */
const signedByLog = ({ note: { text }, signature }: VerifiedCheckpoint): string =>
  formatNote({ text, signatures: [signature] });
