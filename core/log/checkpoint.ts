import { LogError } from './error.ts';
import { checkKeyName } from './key.ts';
import { checkHash, checkSize, EMPTY_ROOT, sameHash } from './merkle.ts';
import {
  formatNote,
  type Note,
  parseNote,
  type Signer,
  signText,
  type VerifiedSignature,
  verifySignatures,
} from './note.ts';
import type { Policy } from './policy.ts';
import { readDecimal, readHash, readText, writeBase64 } from './strict.ts';

/** The head of a log: how many leaves it has, and the root over them. */
export interface Checkpoint {
  /** The log's name: its URL prefix without the scheme, and the name of the key that it signs with. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** A checkpoint that the log has signed, with the cosignatures of the witnesses that the policy knows. */
export interface VerifiedCheckpoint extends Checkpoint {
  readonly note: Note;
  readonly signature: VerifiedSignature;
  readonly cosignatures: readonly VerifiedSignature[];
}

/** The text of a checkpoint, to be signed. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  checkKeyName(origin, 'bad-checkpoint');
  checkSize(size);
  checkRoot(size, root);
  return `${origin}\n${size}\n${writeBase64(root)}\n`;
}

/**
 * Reads the text of a checkpoint, which may be hostile. Extension lines are allowed and ignored: they are signed, but
 * nothing here gives them a meaning.
 *
 * @throws LogError `bad-checkpoint`, `out-of-range`
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', sizeLine = '', rootLine = '', ...extensions] = readText(text, 'bad-checkpoint').split(
    '\n',
  );
  if (extensions.pop() !== '')
    throw new LogError('bad-checkpoint', 'not three lines that each end in a newline');
  if (extensions.includes('')) throw new LogError('bad-checkpoint', 'an empty line');
  if (origin === '') throw new LogError('bad-checkpoint', 'no origin');
  const size = readDecimal(sizeLine, 'bad-checkpoint');
  const root = readHash(rootLine, 'bad-checkpoint');
  checkRoot(size, root);
  return { origin, size, root };
}

/** Signs a checkpoint as its log. The key's name must be the origin. */
export async function signCheckpoint(checkpoint: Checkpoint, signer: Signer): Promise<string> {
  const text = formatCheckpoint(checkpoint);
  if (signer.key.name !== checkpoint.origin) {
    throw new LogError(
      'bad-key',
      `the key ${signer.key.name} is not the one of the log ${checkpoint.origin}`,
    );
  }
  return formatNote({ text, signatures: [await signText(text, signer)] });
}

/**
 * Reads and verifies a signed checkpoint, which may be hostile: one of the policy's logs must have signed it, and as
 * many of its witnesses as it asks for.
 *
 * @throws LogError `bad-note`, `bad-checkpoint`, `out-of-range`, `unknown-origin`, `bad-signature`, `no-signature`,
 *   `too-few-cosignatures`
 */
export function openCheckpoint(input: string | Uint8Array, policy: Policy): VerifiedCheckpoint {
  const note = parseNote(input);
  const checkpoint = parseCheckpoint(note.text);
  const logKeys = policy.logs.filter(({ name }) => name === checkpoint.origin);
  if (logKeys.length === 0)
    throw new LogError('unknown-origin', `no key is known for the log ${checkpoint.origin}`);
  const [signature] = verifySignatures(note, logKeys);
  if (signature === undefined)
    throw new LogError('no-signature', `not signed by the log ${checkpoint.origin}`);
  const cosignatures = verifySignatures(note, policy.witnesses);
  if (cosignatures.length < policy.quorum) {
    throw new LogError(
      'too-few-cosignatures',
      `${cosignatures.length} of ${policy.quorum} cosignatures asked for`,
    );
  }
  return { ...checkpoint, note, signature, cosignatures };
}

function checkRoot(size: number, root: Uint8Array): void {
  checkHash(root);
  if (size === 0 && !sameHash(root, EMPTY_ROOT)) {
    throw new LogError('bad-checkpoint', 'a tree of no leaves has the root of nothing');
  }
}
