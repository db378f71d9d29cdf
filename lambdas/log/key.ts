import * as z from 'zod';
import { parseVerifierKey, type VerifierKey } from '../../core/log/key.ts';
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

/** The keys whose checkpoints are this log's: the one that it signs with, and those that it signed with before. */
export async function logKeys(): Promise<readonly VerifierKey[]> {
  const former = FormerKeys.parse(JSON.parse(environment('FORMER_KEYS')));
  return [await logKey(), ...former.map(parseVerifierKey)];
}

const FormerKeys = z.array(z.string());
