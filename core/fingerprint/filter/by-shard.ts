import { type KeyWords, place } from './order.ts';

/** The indexes of the keys of each shard that any of them is in. */
export function* byShard(words: KeyWords, shardBits: number): Generator<[number, Uint32Array]> {
  const shardOf = (i: number) => (shardBits === 0 ? 0 : (words[i * 2 + 1] as number) >>> (32 - shardBits));
  const count = words.length / 2;
  const ends = new Uint32Array(2 ** shardBits);
  for (let i = 0; i < count; i++) ends[shardOf(i)] = (ends[shardOf(i)] as number) + 1;
  for (let shard = 1; shard < ends.length; shard++)
    ends[shard] = (ends[shard] as number) + (ends[shard - 1] as number);
  const starts = ends.slice();
  const indexes = new Uint32Array(count);
  // From behind, so that what is the end of a shard becomes its start.
  for (let i = count - 1; i >= 0; i--) {
    const to = (starts[shardOf(i)] as number) - 1;
    starts[shardOf(i)] = to;
    indexes[to] = i;
  }
  for (const [shard, end] of ends.entries()) {
    const start = starts[shard] as number;
    if (end > start) yield [shard, indexes.subarray(start, end)];
  }
}

/** The highest {@link place} of some keys of a shard. */
export function highestPlace(words: KeyWords, indexes: Uint32Array, shardBits: number): number {
  let highest = 0;
  for (const index of indexes)
    highest = Math.max(highest, place(words[index * 2] as number, words[index * 2 + 1] as number, shardBits));
  return highest;
}
