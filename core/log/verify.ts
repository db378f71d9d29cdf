import { LogError } from './error.ts';
import { checkHash, checkSize, EMPTY_ROOT, nodeHash, sameHash } from './merkle.ts';

/** The most hashes in a proof: one a level, of a tree of at most 2^63 leaves. */
export const MAX_PROOF_HASHES = 63;

/** The claim that the tree of `size` leaves with this root has `leaf` (a leaf hash) at `index`. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  /** The leaf's sibling first. */
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** The claim that the tree of `newSize` leaves begins with the very leaves of the tree of `oldSize`. */
export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Returns when the claim holds (RFC 9162 §2.1.3.2). Every part of it may come from someone hostile, save the size and
 * root, which must come from a verified checkpoint.
 *
 * @throws LogError `out-of-range`, `bad-hash`, `bad-proof` (too long or short), `root-mismatch`
 */
export function verifyInclusion({ index, size, leaf, proof, root }: InclusionClaim): void {
  checkSize(size);
  checkSize(index);
  if (index >= size) throw new LogError('out-of-range', `index ${index} is not in a tree of ${size}`);
  checkProof(proof);
  checkHash(leaf);

  let [fn, sn] = [index, size - 1];
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0) throw new LogError('bad-proof', 'the inclusion proof is too long');
    if (odd(fn) || fn === sn) {
      hash = nodeHash(sibling, hash);
      // On the right edge a node without a sibling moves up unchanged.
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) throw new LogError('bad-proof', 'the inclusion proof is too short');
  if (!sameHash(hash, root))
    throw new LogError('root-mismatch', 'the inclusion proof does not lead to the root');
}

/**
 * Returns when the claim holds (RFC 9162 §2.1.4.2). The sizes and roots must come from verified checkpoints; the proof
 * may come from anyone.
 *
 * @throws LogError `out-of-range` (the old tree is larger, too), `bad-hash`, `bad-proof`, `root-mismatch`
 */
export function verifyConsistency(claim: ConsistencyClaim): void {
  const { oldSize, oldRoot, newSize, newRoot, proof } = claim;
  checkSize(oldSize);
  checkSize(newSize);
  if (oldSize > newSize) throw new LogError('out-of-range', `size ${oldSize} is beyond a tree of ${newSize}`);
  checkProof(proof);
  if (oldSize === newSize || oldSize === 0) {
    verifyWithoutProof(claim);
    return;
  }
  checkHash(oldRoot);
  checkHash(newRoot);

  // A perfect old tree is itself a node of the new one, and the proof leaves it out.
  const [first, ...rest] = perfect(oldSize) ? [oldRoot, ...proof] : proof;
  if (first === undefined || proof.length === 0) throw new LogError('bad-proof', 'the proof is empty');
  let [fn, sn] = [oldSize - 1, newSize - 1];
  while (odd(fn)) [fn, sn] = [half(fn), half(sn)];
  let [oldHash, newHash] = [first, first];
  for (const hash of rest) {
    if (sn === 0) throw new LogError('bad-proof', 'the consistency proof is too long');
    if (odd(fn) || fn === sn) {
      oldHash = nodeHash(hash, oldHash);
      newHash = nodeHash(hash, newHash);
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      newHash = nodeHash(newHash, hash);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) throw new LogError('bad-proof', 'the consistency proof is too short');
  if (!sameHash(oldHash, oldRoot))
    throw new LogError('root-mismatch', 'the proof does not lead to the old root');
  if (!sameHash(newHash, newRoot))
    throw new LogError('root-mismatch', 'the proof does not lead to the new root');
}

/** A tree begins with itself and with the empty one: there the proof is empty, and only the roots can be wrong. */
function verifyWithoutProof({ oldSize, oldRoot, newSize, newRoot, proof }: ConsistencyClaim): void {
  if (proof.length > 0)
    throw new LogError('bad-proof', 'there is nothing to prove, so the proof must be empty');
  if (oldSize === 0 && !sameHash(oldRoot, EMPTY_ROOT)) {
    throw new LogError('root-mismatch', 'not the root of the empty tree');
  }
  if (oldSize < newSize) checkHash(newRoot);
  else if (!sameHash(oldRoot, newRoot)) throw new LogError('root-mismatch', `two roots at size ${oldSize}`);
}

function checkProof(proof: readonly Uint8Array[]): void {
  if (proof.length > MAX_PROOF_HASHES) throw new LogError('bad-proof', `a proof of ${proof.length} hashes`);
  proof.forEach(checkHash);
}

// Shifts and masks by arithmetic: the bitwise operators would cut an index to 32 bits.
const odd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);

function perfect(size: number): boolean {
  let rest = size;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}
