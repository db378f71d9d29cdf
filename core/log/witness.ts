import { openCheckpoint, type VerifiedCheckpoint } from './checkpoint.ts';
import { LogError, type LogErrorCode } from './error.ts';
import type { VerifierKey } from './key.ts';
import { EMPTY_ROOT } from './merkle.ts';
import { type NoteSignature, parseSignatures, type VerifiedSignature, verifySignatures } from './note.ts';
import { readDecimal, readHash, readText, writeBase64 } from './strict.ts';
import { MAX_PROOF_HASHES, verifyConsistency } from './verify.ts';

/** The body of `POST <prefix>/add-checkpoint` (C2SP tlog-witness). */
export interface AddCheckpoint {
  /** The size of the last checkpoint that the witness cosigned, as far as the log knows; 0 for none. */
  readonly oldSize: number;
  /** From `oldSize` to the checkpoint's size. */
  readonly proof: readonly Uint8Array[];
  /** The signed note, verbatim. */
  readonly checkpoint: string;
}

/** The head that a witness cosigned last. */
export interface CosignedHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** What a witness has for a log that it never cosigned. */
export const NEVER_COSIGNED: CosignedHead = { size: 0, root: EMPTY_ROOT };

/** A refusal, with the status that the protocol gives it. A conflict names the size that the witness has. */
export type Refusal =
  | { readonly status: 400 | 403 | 404 | 422; readonly detail: string }
  | { readonly status: 409; readonly size: number; readonly detail: string };

/** A request whose checkpoint a known log has signed. */
export interface Admitted {
  readonly status: 200;
  readonly request: AddCheckpoint;
  readonly checkpoint: VerifiedCheckpoint;
}

export const SIZE_CONTENT_TYPE = 'text/x.tlog.size';

export function encodeAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  if (proof.length > MAX_PROOF_HASHES) throw new LogError('bad-request', `a proof of ${proof.length} hashes`);
  return `old ${oldSize}\n${proof.map((hash) => `${writeBase64(hash)}\n`).join('')}\n${checkpoint}`;
}

/**
 * Reads the body of a request, which may be hostile. The checkpoint in it is left as it is.
 * @throws LogError `bad-request`, `out-of-range`
 */
export function parseAddCheckpoint(body: string | Uint8Array): AddCheckpoint {
  const text = readText(body, 'bad-request');
  const end = text.indexOf('\n\n');
  if (end < 0) throw new LogError('bad-request', 'no empty line before the checkpoint');
  const [old = '', ...proof] = text.slice(0, end).split('\n');
  if (!old.startsWith('old ')) throw new LogError('bad-request', 'does not begin with the old size');
  if (proof.length > MAX_PROOF_HASHES) throw new LogError('bad-request', `a proof of ${proof.length} hashes`);
  return {
    oldSize: readDecimal(old.slice('old '.length), 'bad-request'),
    proof: proof.map((line) => readHash(line, 'bad-request')),
    checkpoint: text.slice(end + 2),
  };
}

/** The first half of a witness's decision, before it looks up what it cosigned last: who signed this, for which log? */
export function admit(body: string | Uint8Array, logs: readonly VerifierKey[]): Admitted | Refusal {
  try {
    const request = parseAddCheckpoint(body);
    const checkpoint = openCheckpoint(request.checkpoint, { logs, witnesses: [], quorum: 0 });
    if (request.oldSize > checkpoint.size)
      return { status: 400, detail: 'the old size is larger than the checkpoint' };
    return { status: 200, request, checkpoint };
  } catch (error) {
    return refusalOf(error);
  }
}

/**
 * The second half: does the checkpoint extend what the witness cosigned last? On `undefined` it may cosign, once it has
 * stored the new head in place of just this `last`, atomically: or else two requests could roll it back.
 */
export function decide({ request, checkpoint }: Admitted, last: CosignedHead): Refusal | undefined {
  if (request.oldSize !== last.size) {
    return {
      status: 409,
      size: last.size,
      detail: `the last cosigned size is ${last.size}, not ${request.oldSize}`,
    };
  }
  try {
    verifyConsistency({
      oldSize: last.size,
      oldRoot: last.root,
      newSize: checkpoint.size,
      newRoot: checkpoint.root,
      proof: request.proof,
    });
    return undefined;
  } catch (error) {
    return refusalOf(error);
  }
}

/** The body of a 409. */
export function encodeSize(size: number): string {
  return `${size}\n`;
}

/** Reads the body of a 409: the size from which the witness wants its proof. */
export function parseSize(body: string | Uint8Array): number {
  const text = readText(body, 'bad-request');
  if (!text.endsWith('\n')) throw new LogError('bad-request', 'the size does not end in a newline');
  return readDecimal(text.slice(0, -1), 'bad-request');
}

/**
 * Reads a witness's 200, which may be hostile: the cosignatures of the known witnesses for the checkpoint's text.
 * Unknown keys are ignored.
 *
 * @throws LogError `bad-note`, `bad-signature`, `no-signature`
 */
export function readCosignatures(
  body: string | Uint8Array,
  text: string,
  witnesses: readonly VerifierKey[],
): VerifiedSignature[] {
  const signatures: NoteSignature[] = parseSignatures(body);
  const verified = verifySignatures({ text, signatures }, witnesses);
  if (verified.length === 0) throw new LogError('no-signature', 'no known witness has cosigned');
  return verified;
}

/** The status of each fault that a client can cause. Whatever else goes wrong is the witness's own trouble: a 500. */
const STATUSES: Partial<Record<LogErrorCode, 400 | 403 | 404 | 422>> = {
  'bad-request': 400,
  'bad-note': 400,
  'bad-checkpoint': 400,
  'out-of-range': 400,
  'unknown-origin': 404,
  'no-signature': 403,
  'bad-signature': 403,
  'bad-proof': 422,
  'root-mismatch': 422,
};

function refusalOf(error: unknown): Refusal {
  const status = error instanceof LogError ? STATUSES[error.code] : undefined;
  if (!(error instanceof LogError) || status === undefined) throw error;
  // The one message that would repeat words of whoever asks.
  const detail = error.code === 'unknown-origin' ? 'no key is known for this log' : error.message;
  return { status, detail };
}
