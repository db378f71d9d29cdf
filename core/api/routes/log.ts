import * as z from 'zod';
import { EntryId } from '../../model/scalars.ts';
import { EntryPlaces, NoticeKeys } from '../answers.ts';
import type { Described } from './described.ts';

/** The published log and its receipts: served by `lambdas/log.ts`. */
export const LOG_ROUTES = {
  listEntries: {
    method: 'GET',
    path: '/v1/entries',
    summary: 'The ids of the entries in the order of the log, with their places as the index has them',
    servedBy: 'log',
    underCase: true,
    query: z.strictObject({
      from: z.coerce.number<number>().int().min(0).default(0).describe('The first place in the log'),
      limit: z.coerce.number<number>().int().min(1).max(256).default(256).describe('The most of them'),
    }),
    answer: EntryPlaces,
  },
  getReceipt: {
    method: 'GET',
    path: '/v1/entries/{entryId}/receipt',
    summary: 'The proof that an entry is in the log, to be verified offline',
    servedBy: 'log',
    params: z.strictObject({ entryId: EntryId }),
    answer: z.string(),
    contentType: 'text/plain; charset=utf-8',
  },
  getCheckpoint: {
    method: 'GET',
    path: '/log/checkpoint',
    summary: 'The newest checkpoint of the log, with its cosignatures',
    servedBy: 'log',
    answer: z.string(),
    contentType: 'text/plain; charset=utf-8',
  },
  getCheckpointOfSize: {
    method: 'GET',
    path: '/log/checkpoint/{size}',
    summary: 'The checkpoint of a size that the log was signed at, with its cosignatures',
    servedBy: 'log',
    params: z.strictObject({
      size: z.coerce.number<number>().int().min(1).describe('How many entries the log had'),
    }),
    answer: z.string(),
    contentType: 'text/plain; charset=utf-8',
  },
  getVerifierKey: {
    method: 'GET',
    path: '/log/vkey',
    summary: 'The key that verifies the checkpoints of the log',
    servedBy: 'log',
    answer: z.string(),
    contentType: 'text/plain; charset=utf-8',
  },
  getNoticeKeys: {
    method: 'GET',
    path: '/notices/keys',
    summary: 'The key that notices to webhooks are signed with',
    servedBy: 'log',
    answer: NoticeKeys,
  },
  getTile: {
    method: 'GET',
    path: '/log/tile/{tile+}',
    summary: 'Hashes of the tree: a tile (C2SP tlog-tiles)',
    servedBy: 'log',
    params: z.strictObject({
      tile: z.string().max(80).describe('`<L>/<N>`, with `.p/<W>` behind it for a partial tile'),
    }),
    answer: z.string(),
    contentType: 'application/octet-stream',
  },
  getEntryBundle: {
    method: 'GET',
    path: '/log/tile/entries/{bundle+}',
    summary: 'The entries of a tile of level 0, each behind its length (C2SP tlog-tiles)',
    servedBy: 'log',
    underCase: true,
    params: z.strictObject({
      bundle: z.string().max(80).describe('`<N>`, with `.p/<W>` behind it for a partial bundle'),
    }),
    answer: z.string(),
    contentType: 'application/octet-stream',
  },
} as const satisfies Record<string, Described>;
