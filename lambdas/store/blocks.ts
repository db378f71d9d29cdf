import { BLOCK_WIDTH, type Block, blockOf, type Row, type Status } from '../../core/index/block.ts';
import type { TransferFacts } from '../../core/index/facts.ts';
import { type Packed, pack, unpack } from '../../core/index/pack.ts';
import type { Item } from './client.ts';
import { viewKeys } from './keys.ts';
import { getViews, packed, unpacked, writeViews } from './views.ts';

type Statuses = Readonly<Record<string, Status>>;

/** The blocks, each an empty one where the views hold none. */
export async function readBlocks(numbers: readonly number[]): Promise<Map<number, Block>> {
  const items = await getViews(
    numbers.flatMap((block) => [viewKeys.facts(block), viewKeys.standings(block)]),
  );
  const byKey = new Map(items.map((item) => [`${item['pk']?.S} ${item['sk']?.S}`, item]));
  const value = (key: { pk: string; sk: string }) => byKey.get(`${key.pk} ${key.sk}`);
  return new Map(
    numbers.map((block) => [block, toBlock(value(viewKeys.facts(block)), value(viewKeys.standings(block)))]),
  );
}

function toBlock(facts: Item | undefined, standings: Item | undefined): Block {
  if (!facts || !standings) return new Map();
  const statuses = unpacked<Statuses>(standings);
  return new Map(
    factsIn(facts).flatMap((each): [number, Row][] => {
      const status = statuses[each.index];
      return status ? [[each.index, { facts: each, status }]] : [];
    }),
  );
}

const factsIn = (item: Item): TransferFacts[] => unpack(unpacked<Packed>(item));

/** Writes blocks; facts only where there are new ones. Facts go first: without a status a transfer is not seen yet. */
export async function writeBlocks(
  blocks: ReadonlyMap<number, Block>,
  before: ReadonlyMap<number, Block>,
): Promise<void> {
  const inOrder = (block: Block) => [...block.values()].sort((a, b) => a.facts.index - b.facts.index);
  const grown = [...blocks].filter(([number, block]) => block.size !== before.get(number)?.size);
  await writeViews(
    grown.map(([number, block]) =>
      packed(viewKeys.facts(number), pack(inOrder(block).map(({ facts }) => facts))),
    ),
  );
  await writeViews(
    [...blocks].map(([number, block]) =>
      packed(
        viewKeys.standings(number),
        Object.fromEntries(inOrder(block).map(({ facts, status }) => [facts.index, status])),
      ),
    ),
  );
}

/** Facts of full blocks never change; what a running function has read of them it keeps, newest use last. */
const kept = new Map<number, readonly TransferFacts[]>();
const MOST_KEPT = 4_000;

/**
 * The facts of blocks, in the order asked. `size` is that of the log that the views reflect: only what is full by
 * then is kept.
 */
export async function readFacts(
  numbers: readonly number[],
  size: number,
): Promise<(readonly TransferFacts[])[]> {
  const missing = numbers.filter((block) => !kept.has(block));
  const read = new Map<number, readonly TransferFacts[]>();
  for (const item of await getViews(missing.map(viewKeys.facts))) {
    const block = Number(item['pk']?.S?.slice('BLOCK#'.length));
    read.set(block, factsIn(item));
  }
  for (const [block, facts] of read) if ((block + 1) * BLOCK_WIDTH <= size) keep(block, facts);
  return numbers.map((block) => read.get(block) ?? kept.get(block) ?? []);
}

/** What was read while the views were not whole may be half a block. */
export const forgetFacts = (): void => kept.clear();

function keep(block: number, facts: readonly TransferFacts[]): void {
  const oldest = kept.keys().next().value;
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(block, facts);
}

/** The rows of blocks, as far as the first `size` entries of the log go, in no order. */
export async function readRows(numbers: readonly number[], size: number): Promise<Row[]> {
  const [facts, items] = await Promise.all([
    readFacts(numbers, size),
    getViews(numbers.map(viewKeys.standings)),
  ]);
  const statuses = new Map(items.flatMap((item) => Object.entries(unpacked<Statuses>(item))));
  return facts.flat().flatMap((each) => {
    const status = statuses.get(String(each.index));
    return status && each.index < size ? [{ facts: each, status }] : [];
  });
}

/** The rows at places of the log, by place; places that hold no transfer are left out. */
export async function readRowsAt(indexes: readonly number[], size: number): Promise<Map<number, Row>> {
  const wanted = new Set(indexes);
  const rows = await readRows([...new Set(indexes.map(blockOf))], size);
  return new Map(
    rows.flatMap((row) => (wanted.has(row.facts.index) ? [[row.facts.index, row] as const] : [])),
  );
}
