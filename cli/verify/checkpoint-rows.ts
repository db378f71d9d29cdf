import type { VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../core/log/key.ts';
import { writeBase64 } from '../../core/log/strict.ts';

/** What a checkpoint says and who signed it, for a person. */
export function checkpointRows({
  origin,
  size,
  root,
  signature,
  cosignatures,
}: VerifiedCheckpoint): string[][] {
  return [
    ['log', origin],
    ['size', String(size)],
    ['root', writeBase64(root)],
    ['signed by', formatVerifierKey(signature.key)],
    ...cosignatures.map(({ key, time = 0 }) => [
      'cosigned by',
      `${formatVerifierKey(key)}, ${new Date(time * 1_000).toISOString()}`,
    ]),
  ];
}
