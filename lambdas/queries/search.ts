import { BLOCK_WIDTH, blockCount, blockOf, type Row } from '../../core/index/block.ts';
import {
  candidateBlocks,
  eraCount,
  type Facet,
  matches,
  requirements,
  type Search,
} from '../../core/index/search.ts';
import type { Day } from '../../core/model/scalars.ts';
import { readRows } from '../store/blocks.ts';
import { viewKeys } from '../store/keys.ts';
import { getViews } from '../store/views.ts';

export interface Found {
  readonly rows: Row[];
  /** Where to go on below, when there may be more. */
  readonly next?: number;
}

/** Blocks read at once grow from a few to many, so that a page of what is common costs little. */
const FIRST_READ = 2;
const LARGEST_READ = 32;
/** A search that finds little gives up for the moment after so many blocks, and says where to go on. */
const MOST_BLOCKS = 512;

/**
 * The newest `limit` transfers below the place `below` that match, newest first. Reads only blocks that are listed
 * under all that is asked for, and no more of them than the page takes.
 */
export async function search(
  asked: Search,
  options: { size: number; below: number; limit: number; today: Day },
): Promise<Found> {
  const { size, limit, today } = options;
  const below = Math.min(options.below, size);
  if (below <= 0) return { rows: [] };
  const groups = requirements(asked, today);
  const listed = await readPostings(groups.flat(), size);
  const blocks = candidateBlocks(groups, listed, blockCount(size)).filter(
    (block) => block <= blockOf(below - 1),
  );

  const rows: Row[] = [];
  let read = 0;
  for (let width = FIRST_READ; read < blocks.length; width = Math.min(width * 2, LARGEST_READ)) {
    if (read >= MOST_BLOCKS) return { rows, next: ((blocks[read] ?? 0) + 1) * BLOCK_WIDTH };
    const some = blocks.slice(read, read + width);
    read += some.length;
    const found = await readRows(some, size);
    for (const row of found.sort((a, b) => b.facts.index - a.facts.index)) {
      if (row.facts.index >= below || !matches(row, asked, today)) continue;
      if (rows.length === limit) return { rows, next: rows.at(-1)?.facts.index ?? 0 };
      rows.push(row);
    }
  }
  return { rows };
}

async function readPostings(facets: readonly Facet[], size: number): Promise<Map<Facet, Set<number>>> {
  const eras = Array.from({ length: eraCount(size) }, (_, era) => era);
  const distinct = [...new Set(facets)];
  const items = await getViews(distinct.flatMap((facet) => eras.map((era) => viewKeys.posting(facet, era))));
  const listed = new Map<Facet, Set<number>>();
  for (const item of items) {
    const facet = item['pk']?.S?.slice('POSTING#'.length) ?? '';
    const blocks = listed.get(facet) ?? new Set();
    for (const block of item['blocks']?.NS ?? []) blocks.add(Number(block));
    listed.set(facet, blocks);
  }
  return listed;
}
