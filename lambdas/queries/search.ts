import { BLOCK_WIDTH, blockCount, blockOf, type Row } from '../../core/index/block.ts';
import {
  candidateBlocks,
  eraCount,
  type Facet,
  matchesRecord,
  matchesStatus,
  requirements,
  type Search,
} from '../../core/index/search.ts';
import type { Moment } from '../../core/lifecycle/moment.ts';
import { readRows } from '../store/blocks.ts';
import { viewKeys } from '../store/keys.ts';
import { getViews } from '../store/views.ts';
import { completed } from './beneath.ts';
import { today } from './clock.ts';
import { rowsAt } from './moment.ts';

export interface Found {
  readonly rows: Row[];
  /** Where to go on below, when there may be more. */
  readonly next?: number;
}

/** What else a transfer must fulfil as it stands now, of whatever moment it is shown. */
type Only = (row: Row) => boolean;

/** Blocks read at once grow from a few to many, so that a page of what is common costs little. */
const FIRST_READ = 2;
const LARGEST_READ = 32;
/** A search that finds little gives up for the moment after so many blocks, and says where to go on. */
const MOST_BLOCKS = 512;
/** Or after so many transfers that it had to look into beyond the index. */
const MOST_LOOKED_INTO = 512;
const LOOKED_INTO_AT_ONCE = 64;

/**
 * The newest `limit` transfers below the place `below` that match, newest first, each as it stands, or as it stood at
 * a moment. Reads only blocks that are listed under all that is asked for, and no more of them than the page takes.
 */
export async function search(
  asked: Search,
  options: { size: number; below: number; limit: number; moment?: Moment | undefined; only?: Only },
): Promise<Found> {
  const { size, limit, moment, only = () => true } = options;
  const day = moment?.validAt ?? today();
  const below = Math.min(options.below, size);
  if (below <= 0) return { rows: [] };
  const look = lookInto(asked, size, moment);

  const rows: Row[] = [];
  let lookedInto = 0;
  let width = Math.min(limit + 1, LOOKED_INTO_AT_ONCE);
  for await (const block of blocksFor(moment ? recordOnly(asked) : asked, size, below, day)) {
    if ('next' in block) return { rows, next: block.next };
    const candidates = block.rows.filter(
      (row) => row.facts.index < below && matchesRecord(row.facts, asked) && only(row),
    );
    while (candidates.length > 0) {
      if (lookedInto >= MOST_LOOKED_INTO) return { rows, next: (candidates[0]?.facts.index ?? 0) + 1 };
      const some = candidates.splice(0, width);
      if (look) lookedInto += some.length;
      width = Math.min(width * 2, LOOKED_INTO_AT_ONCE);
      for (const row of look ? await look(some) : some) {
        if (!matchesStatus(row, asked, day)) continue;
        if (rows.length === limit) return { rows, next: rows.at(-1)?.facts.index ?? 0 };
        rows.push(row);
      }
    }
  }
  return { rows };
}

/** What tells of rows what the index does not, where that is asked for. */
function lookInto({ state }: Search, size: number, moment: Moment | undefined) {
  if (moment) return (rows: readonly Row[]) => rowsAt(rows, moment, size);
  return state === 'incomplete' ? (rows: readonly Row[]) => completed(rows, size) : undefined;
}

/** The index lists a transfer for what is true of it now, or was; the record alone is true of it at all times. */
const recordOnly = ({ state: _now, flag: _since, ...record }: Search): Search => record;

/** The rows of the blocks that may hold what is asked for, newest first, until that was too many of them. */
async function* blocksFor(asked: Search, size: number, below: number, day: Moment['validAt']) {
  const groups = requirements(asked, day);
  const listed = await readPostings(groups.flat(), size);
  const blocks = candidateBlocks(groups, listed, blockCount(size)).filter(
    (block) => block <= blockOf(below - 1),
  );
  let read = 0;
  for (let width = FIRST_READ; read < blocks.length; width = Math.min(width * 2, LARGEST_READ)) {
    if (read >= MOST_BLOCKS) {
      yield { next: ((blocks[read] ?? 0) + 1) * BLOCK_WIDTH };
      return;
    }
    const some = blocks.slice(read, read + width);
    read += some.length;
    yield { rows: (await readRows(some, size)).sort((a, b) => b.facts.index - a.facts.index) };
  }
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
