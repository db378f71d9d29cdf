import { LogError } from './error.ts';
import { parseVerifierKey, type SignatureType, type VerifierKey } from './key.ts';

/** Whom a verifier trusts. */
export interface Policy {
  /** Keys of logs. A log may have several, of one name, while it changes from one to the next. */
  readonly logs: readonly VerifierKey[];
  readonly witnesses: readonly VerifierKey[];
  /** How many of the witnesses must have cosigned. */
  readonly quorum: number;
}

/**
 * A policy from verifier keys in text form. The same public key twice is refused: a cosignature does not say under
 * which name it was made, so one witness could be counted as two, or a log as its own witness.
 *
 * @throws LogError `bad-key`, `out-of-range` (a quorum that no set of these witnesses can reach)
 */
export function policyOf(logs: readonly string[], witnesses: readonly string[] = [], quorum = 0): Policy {
  if (!Number.isSafeInteger(quorum) || quorum < 0 || quorum > witnesses.length) {
    throw new LogError('out-of-range', `${quorum} of ${witnesses.length} witnesses is no quorum`);
  }
  const policy = { logs: keysOf(logs, 'note'), witnesses: keysOf(witnesses, 'cosignature'), quorum };
  const keys = [...policy.logs, ...policy.witnesses].map(({ publicKey }) =>
    Buffer.from(publicKey).toString('hex'),
  );
  if (new Set(keys).size < keys.length) throw new LogError('bad-key', 'one public key is listed twice');
  return policy;
}

function keysOf(texts: readonly string[], type: SignatureType): VerifierKey[] {
  return texts.map((text) => {
    const key = parseVerifierKey(text);
    if (key.type !== type)
      throw new LogError('bad-key', `${key.name} is a key for a ${key.type}, not for a ${type}`);
    return key;
  });
}
