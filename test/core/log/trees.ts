import { LogError, type LogErrorCode } from '../../../core/log/error.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from '../../../core/log/merkle.ts';

/** The hashes of the leaves `leaf-0`, `leaf-1`, …: the published test tree. */
export function leaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf-${index}`)));
}

/** The root as RFC 9162 §2.1.1 defines it, by recursion and nothing else. */
export function bruteRoot(hashes: readonly Uint8Array[]): Uint8Array {
  const [first] = hashes;
  if (first === undefined) return EMPTY_ROOT;
  if (hashes.length === 1) return first;
  const split = splitOf(hashes.length);
  return nodeHash(bruteRoot(hashes.slice(0, split)), bruteRoot(hashes.slice(split)));
}

/** The largest power of two that is less than `size`. */
export function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** The code of the `LogError` that it throws, or `undefined` when it does not throw; any other error passes on. */
export function codeOf(attempt: () => unknown): LogErrorCode | undefined {
  try {
    attempt();
  } catch (error) {
    if (error instanceof LogError) return error.code;
    throw error;
  }
  return undefined;
}
