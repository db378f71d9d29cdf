import type { Case } from './case.ts';
import { ACCESS_CASES } from './cases/accesses.ts';
import { ANSWER_CASES, ENTRY_CASES, INDEX_CASES, OTHER_CASES, VERSION_CASES } from './cases/entries.ts';
import { BATCH_CASES, HEAD_CASES, TILE_CASES } from './cases/log.ts';
import { WHOLE_CASES } from './cases/whole.ts';

/** All that the drill does to the ledger: each kind of row changed, deleted and added, and more than rows. */
export const CASES: readonly Case[] = [
  ...ENTRY_CASES,
  ...INDEX_CASES,
  ...BATCH_CASES,
  ...TILE_CASES,
  ...HEAD_CASES,
  ...VERSION_CASES,
  ...ANSWER_CASES,
  ...ACCESS_CASES,
  ...OTHER_CASES,
  ...WHOLE_CASES,
];
