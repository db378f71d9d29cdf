import { recordedRead } from './access/recording.ts';
import { serve } from './http/serve.ts';
import { getNoticeKeys } from './log/notice-keys.ts';
import { getCheckpoint, getCheckpointOfSize, getEntryBundle, getTile, getVerifierKey } from './log/public.ts';
import { getReceipt, listEntries } from './log/receipts.ts';

/** What the ledger can prove: the published log, and the place of entries in it. */
export const handler = serve(
  {
    getCheckpoint,
    getCheckpointOfSize,
    getVerifierKey,
    getNoticeKeys,
    getTile,
    getEntryBundle,
    getReceipt,
    listEntries,
  },
  recordedRead,
);
