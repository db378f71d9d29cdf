import { openCheckpoint, type VerifiedCheckpoint } from './checkpoint.ts';
import { LogError } from './error.ts';
import { checkSize, leafHash } from './merkle.ts';
import type { Policy } from './policy.ts';
import { readBase64, readDecimal, readHash, readText, writeBase64 } from './strict.ts';
import { MAX_PROOF_HASHES, verifyInclusion } from './verify.ts';

/** A receipt (C2SP tlog-proof): with the entry itself and a policy, all that is needed to verify offline. */
export interface Receipt {
  /** For the application, and authenticated by nothing. */
  readonly extra?: Uint8Array;
  readonly index: number;
  /** The inclusion proof, the leaf's sibling first. */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint, verbatim, with its cosignatures. */
  readonly checkpoint: string;
}

/** What a verified receipt says: the entry is at this index of the log with this checkpoint. */
export interface VerifiedReceipt {
  readonly index: number;
  readonly checkpoint: VerifiedCheckpoint;
}

export const RECEIPT_HEADER = 'c2sp.org/tlog-proof@v1';

export function formatReceipt({ extra, index, proof, checkpoint }: Receipt): string {
  checkSize(index);
  const extraLine = extra === undefined || extra.length === 0 ? '' : `extra ${writeBase64(extra)}\n`;
  const proofLines = proof.map((hash) => `${writeBase64(hash)}\n`).join('');
  return `${RECEIPT_HEADER}\n${extraLine}index ${index}\n${proofLines}\n${checkpoint}`;
}

/**
 * Reads a receipt, which may be hostile. The checkpoint in it is left as it is, to be verified.
 * @throws LogError `bad-receipt`, `out-of-range`
 */
export function parseReceipt(input: string | Uint8Array): Receipt {
  const text = readText(input, 'bad-receipt');
  const end = text.indexOf('\n\n');
  if (end < 0) throw new LogError('bad-receipt', 'no empty line before the checkpoint');
  const [header, ...lines] = text.slice(0, end).split('\n');
  if (header !== RECEIPT_HEADER) throw new LogError('bad-receipt', `does not begin with ${RECEIPT_HEADER}`);
  const extra = lines[0]?.startsWith('extra ') ? readExtra(lines.shift()) : undefined;
  const indexLine = lines.shift();
  if (!indexLine?.startsWith('index ')) throw new LogError('bad-receipt', 'no index line');
  if (lines.length > MAX_PROOF_HASHES) throw new LogError('bad-receipt', `a proof of ${lines.length} hashes`);
  return {
    ...(extra === undefined ? {} : { extra }),
    index: readDecimal(indexLine.slice('index '.length), 'bad-receipt'),
    proof: lines.map((line) => readHash(line, 'bad-receipt')),
    checkpoint: text.slice(end + 2),
  };
}

/**
 * Verifies that the log has just this entry: the policy accepts the receipt's checkpoint, and the proof leads from the
 * entry to its root. Receipt and entry may be hostile.
 *
 * @throws LogError whatever `openCheckpoint` and `verifyInclusion` throw
 */
export function verifyReceipt(
  { index, proof, checkpoint }: Receipt,
  entry: Uint8Array,
  policy: Policy,
): VerifiedReceipt {
  const verified = openCheckpoint(checkpoint, policy);
  verifyInclusion({ index, size: verified.size, leaf: leafHash(entry), proof, root: verified.root });
  return { index, checkpoint: verified };
}

function readExtra(line = ''): Uint8Array {
  const extra = readBase64(line.slice('extra '.length), 'bad-receipt');
  if (extra.length === 0) throw new LogError('bad-receipt', 'an extra line without data');
  return extra;
}
