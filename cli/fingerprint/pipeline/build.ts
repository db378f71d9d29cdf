import type { Body } from '../../../core/fingerprint/encode.ts';
import { shardBitsFor, sketchBitsFor } from '../../../core/fingerprint/filter/shard.ts';
import type { FieldSet } from '../../../core/fingerprint/sets.ts';
import type { Run, Slice } from './plan.ts';
import type { Pool } from './pool.ts';
import { PARTITION_BITS } from './runs.ts';

/**
 * Builds the shards of all sets from the runs of all threads, and gives them to the body in order.
 * @param done told of each shard how many keys went into it
 */
export async function buildSets(
  pool: Pool,
  sets: readonly FieldSet[],
  runs: readonly Run[],
  body: Body,
  done: (keys: number) => void,
): Promise<void> {
  let written: Promise<void> = Promise.resolve();
  const afterwards = (write: () => Promise<void> | void) => {
    written = written.then(write);
    // Awaited at the end; until then, giving the next task fails too.
    written.catch(() => undefined);
  };
  for (const [at, set] of sets.entries()) {
    const own = runs.filter((run) => run.set === at);
    const [shardBits, sketchBits] = [shardBitsFor(keysIn(own)), sketchBitsFor(keysIn(own))];
    for (let shard = 0; shard < 2 ** shardBits; shard++) {
      const slices = own.map((run) => sliceOf(run, shard, shardBits)).filter(({ bytes }) => bytes > 0);
      const { answer } = await pool.give({ kind: 'build', slices, shardBits, sketchBits });
      afterwards(async () => {
        const built = await answer;
        if (built.kind === 'built') body.shard(built.shard);
        done(slices.reduce((sum, { bytes }) => sum + bytes, 0) / 8);
      });
    }
    afterwards(() => body.end(set, sketchBits));
  }
  await written;
}

export const keysIn = (runs: readonly Run[]): number =>
  runs.reduce((sum, { ends }) => sum + (ends.at(-1) ?? 0), 0);

/** Where in a run the keys of a shard are: those of as many partitions as it spans. */
export function sliceOf({ spillFd, position, ends }: Run, shard: number, shardBits: number): Slice {
  const span = 2 ** (PARTITION_BITS - shardBits);
  const from = shard === 0 ? 0 : (ends[shard * span - 1] ?? 0);
  const to = ends[(shard + 1) * span - 1] ?? 0;
  return { spillFd, position: position + from * 8, bytes: (to - from) * 8 };
}
