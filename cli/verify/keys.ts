import { readFileSync } from 'node:fs';
import { LogError } from '../../core/log/error.ts';
import { type Policy, policyOf } from '../../core/log/policy.ts';
import { errorCode, UsageError } from '../failure.ts';

/** Whom a verification trusts, as it was asked for. */
export interface TrustOptions {
  /** A verifier key, or a file that holds some. */
  readonly key?: string;
  readonly witness?: readonly string[];
  readonly quorum?: number;
}

/** `<name>+<8 hex digits>+<base64>`: no file is called that by chance. */
const VERIFIER_KEY = /^[^+\s]+\+[0-9a-f]{8}\+\S+$/;

/** The verifier keys that an option names: itself, or the lines of a file. @throws UsageError */
export function keysIn(option: string): string[] {
  if (VERIFIER_KEY.test(option)) return [option];
  const keys = readText(option)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length === 0) throw new UsageError(`${option} holds no verifier key`);
  return keys;
}

/**
 * The policy of these logs' keys with the witnesses asked for. All of them must have cosigned, unless a quorum says
 * how many will do.
 * @throws UsageError when a key is none, or the quorum is beyond the witnesses
 */
export function policyFrom(logs: readonly string[], { witness = [], quorum }: TrustOptions): Policy {
  const witnesses = witness.flatMap(keysIn);
  try {
    return policyOf(logs, witnesses, quorum ?? witnesses.length);
  } catch (error) {
    if (error instanceof LogError) throw new UsageError(`${error.message} (--key, --witness, --quorum)`);
    throw error;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} is no verifier key, and no file that can be read: ${errorCode(error)}`);
  }
}
