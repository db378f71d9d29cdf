import { bytesUpTo } from './filter/fuse.ts';
import type { Shard, Span } from './header.ts';

/*
 * Whoever weighs files against each other asks for the lowest keys of each, and looks them up in the others. They are
 * the first of a sketch, and their places are the first of the first filter. Of a file that was verified, digests of these
 * beginnings let them be read by themselves, a tenth of a file of a million rows and hardly anything of larger ones.
 */

/** So many keys of a sketch, the lowest, can be had without the others. */
export const BEGINNING_KEYS = 17_408;
/** And so small a part of all keys, the lowest, can be looked up without more of a filter than tells of them. */
const BEGINNING_OF_FILTER = 16;

/** What they must spare: a request takes as long as so many bytes. */
const WORTH_BYTES = 128 * 2 ** 10;

/** How many bytes of the sketch and the first filter of a set are their beginnings, where those are worth it. */
export const beginningsOf = (sketch: Span, filter: Shard): [Span, number][] =>
  (
    [
      [sketch, BEGINNING_KEYS * 8],
      [filter, bytesUpTo(filter, 2 ** 32 / BEGINNING_OF_FILTER - 1)],
    ] satisfies [Span, number][]
  ).filter(([part, bytes]) => part.bytes - bytes >= WORTH_BYTES);
