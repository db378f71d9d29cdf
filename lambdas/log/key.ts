import type { VerifierKey } from '../../core/log/key.ts';
import { environment } from '../environment.ts';
import { kmsVerifierKey } from '../store/signer.ts';

let asked: Promise<VerifierKey> | undefined;

/** The key that verifies the log's checkpoints; KMS is asked for it once an execution environment. */
export function logKey(): Promise<VerifierKey> {
  asked ??= kmsVerifierKey(environment('SIGNING_KEY'), environment('LOG_ORIGIN'), 'note');
  asked.catch(() => {
    asked = undefined;
  });
  return asked;
}
