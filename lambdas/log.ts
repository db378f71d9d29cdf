import { serve } from './http/serve.ts';
import { getCheckpoint, getCheckpointOfSize, getEntryBundle, getTile, getVerifierKey } from './log/public.ts';
import { getReceipt, listEntries } from './log/receipts.ts';

/** What the ledger can prove: the published log, and the place of entries in it. */
export const handler = serve({
  getCheckpoint,
  getCheckpointOfSize,
  getVerifierKey,
  getTile,
  getEntryBundle,
  getReceipt,
  listEntries,
});
