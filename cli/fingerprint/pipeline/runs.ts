import { writeSync } from 'node:fs';
import { errorCode, UsageError } from '../../failure.ts';
import type { Run } from './plan.ts';

/** The finest that keys are told apart by before they are sorted: one in 2^10, as many as a file has shards at most. */
export const PARTITION_BITS = 10;
const PARTITIONS = 2 ** PARTITION_BITS;
/** Keys in memory for each set before they are written away: 2 MB. */
const RUN_KEYS = 2 ** 18;

/**
 * Collects the keys of each field set, and writes them to a file whenever there are many. Within a run they lie in the
 * order of their first bits, so that whoever builds a shard reads one slice of each run; the memory that is needed does
 * not grow with the dataset.
 */
export class RunWriter {
  readonly runs: Run[] = [];
  readonly #spillFd: number;
  readonly #waiting: { readonly words: Uint32Array; count: number }[];
  readonly #ordered = new Uint32Array(RUN_KEYS * 2);
  #position = 0;

  constructor(spillFd: number, sets: number) {
    this.#spillFd = spillFd;
    this.#waiting = Array.from({ length: sets }, () => ({ words: new Uint32Array(RUN_KEYS * 2), count: 0 }));
  }

  /** @param words keys of rows, of which those count that are `present`; their stratum goes into the lowest bits */
  add(set: number, words: Uint32Array, present: Uint8Array, strata: Uint8Array): void {
    const waiting = this.#waiting[set];
    if (!waiting) return;
    for (let row = 0; row < present.length; row++) {
      if (present[row] === 0) continue;
      if (waiting.count === RUN_KEYS) this.#write(set, waiting);
      waiting.words[waiting.count * 2] = (words[row * 2] as number) | (strata[row] as number);
      waiting.words[waiting.count * 2 + 1] = words[row * 2 + 1] as number;
      waiting.count++;
    }
  }

  /** Writes what is left. */
  flush(): void {
    this.#waiting.forEach((waiting, set) => {
      if (waiting.count > 0) this.#write(set, waiting);
    });
  }

  #write(set: number, waiting: { readonly words: Uint32Array; count: number }): void {
    const { words, count } = waiting;
    const ends = new Uint32Array(PARTITIONS);
    for (let at = 1; at < count * 2; at += 2) {
      const partition = (words[at] as number) >>> (32 - PARTITION_BITS);
      ends[partition] = (ends[partition] as number) + 1;
    }
    for (let partition = 1; partition < PARTITIONS; partition++)
      ends[partition] = (ends[partition] as number) + (ends[partition - 1] as number);
    const next = ends.slice();
    for (let at = count * 2 - 2; at >= 0; at -= 2) {
      const partition = (words[at + 1] as number) >>> (32 - PARTITION_BITS);
      const to = (next[partition] as number) - 1;
      next[partition] = to;
      this.#ordered[to * 2] = words[at] as number;
      this.#ordered[to * 2 + 1] = words[at + 1] as number;
    }
    this.runs.push({ set, spillFd: this.#spillFd, position: this.#position, ends });
    this.#append(new Uint8Array(this.#ordered.buffer, 0, count * 8));
    waiting.count = 0;
  }

  #append(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; )
        at += writeSync(this.#spillFd, bytes, at, bytes.length - at, this.#position + at);
    } catch (error) {
      throw new UsageError(`cannot write beside the output: ${errorCode(error)}`);
    }
    this.#position += bytes.length;
  }
}
