import { signCheckpoint } from '../../core/log/checkpoint.ts';
import type { Tools } from './case.ts';

/** What somebody can do who holds the role of a sequencer. The environment must name the keys by now. */
export const sealed: Tools['sealed'] = async (row) => {
  const { sealOf, batchSealOf } = await import('../../lambdas/store/seal.ts');
  const { batchParts } = await import('../../lambdas/store/batches.ts');
  const { storedEntry } = await import('../../lambdas/store/entries.ts');
  const batch = batchParts(row);
  if (batch) return { ...row, seal: { B: await batchSealOf(batch) } };
  const { entry, leaf, request } = storedEntry(row);
  const seal = await sealOf({ entryId: entry.entryId, at: entry.recordedAt, leaf, request });
  return { ...row, seal: { B: seal } };
};

export const signed: Tools['signed'] = async (size, root) => {
  const [{ logKey }, { kmsSigner }] = await Promise.all([
    import('../../lambdas/log/key.ts'),
    import('../../lambdas/store/signer.ts'),
  ]);
  const key = await logKey();
  return signCheckpoint({ origin: key.name, size, root }, kmsSigner(process.env['SIGNING_KEY'] ?? '', key));
};
