import { blockCount } from '../../core/index/block.ts';
import { readFacts } from '../store/blocks.ts';

/** The facts of every transfer among the first `size` entries of the log, block by block. */
export async function allFacts(size: number) {
  const blocks = await readFacts([...Array(blockCount(size)).keys()], size);
  return blocks.map((block) =>
    (block.at(-1)?.index ?? 0) < size ? block : block.filter(({ index }) => index < size),
  );
}
