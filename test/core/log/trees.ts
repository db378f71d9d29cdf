import { LogError, type LogErrorCode } from '../../../core/log/error.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from '../../../core/log/merkle.ts';
import type { HashReader } from '../../../core/log/prove.ts';

/** The hashes of the leaves `leaf-0`, `leaf-1`, …: the published test tree. */
export function leaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => leafHash(Buffer.from(`leaf-${index}`)));
}

/** The tree as RFC 9162 §2.1 defines it: by recursion and nothing else. */
export class Definition {
  readonly hashes: readonly Uint8Array[];
  readonly #roots = new Map<string, Uint8Array>();

  constructor(hashes: readonly Uint8Array[]) {
    this.hashes = hashes;
  }

  /** `MTH(D[start:end])`, §2.1.1. */
  root(start: number, end: number): Uint8Array {
    const key = `${start}:${end}`;
    const root = this.#roots.get(key) ?? this.#root(start, end);
    this.#roots.set(key, root);
    return root;
  }

  /** `PATH(index - start, D[start:end])`, §2.1.3.1. */
  path(index: number, start: number, end: number): Uint8Array[] {
    if (end - start === 1) return [];
    const middle = start + splitOf(end - start);
    return index < middle
      ? [...this.path(index, start, middle), this.root(middle, end)]
      : [...this.path(index, middle, end), this.root(start, middle)];
  }

  /** `SUBPROOF(old - start, D[start:end], whole)`, §2.1.4.1. */
  subproof(old: number, start: number, end: number, whole = true): Uint8Array[] {
    if (old === end) return whole ? [] : [this.root(start, end)];
    const middle = start + splitOf(end - start);
    return old <= middle
      ? [...this.subproof(old, start, middle, whole), this.root(middle, end)]
      : [...this.subproof(old, middle, end, false), this.root(start, middle)];
  }

  /** Reads perfect subtrees straight from the definition. */
  get reader(): HashReader {
    return (level, index) => Promise.resolve(this.root(index * 2 ** level, (index + 1) * 2 ** level));
  }

  #root(start: number, end: number): Uint8Array {
    if (start === end) return EMPTY_ROOT;
    if (end - start === 1) return at(this.hashes, start);
    const middle = start + splitOf(end - start);
    return nodeHash(this.root(start, middle), this.root(middle, end));
  }
}

/** The root by definition. */
export function bruteRoot(hashes: readonly Uint8Array[]): Uint8Array {
  return new Definition(hashes).root(0, hashes.length);
}

/** The element that must be there. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`nothing at ${index}`);
  return element;
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

/** The largest power of two that is less than `size`. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}
