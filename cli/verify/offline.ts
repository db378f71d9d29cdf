import { readFileSync } from 'node:fs';
import { LogError } from '../../core/log/error.ts';
import { parseReceipt, type VerifiedReceipt, verifyReceipt } from '../../core/log/receipt.ts';
import { errorCode, UsageError } from '../failure.ts';
import { Finding } from './finding.ts';
import { findingOf } from './finding-of.ts';
import { keysIn, policyFrom, type TrustOptions } from './keys.ts';

export interface OfflineOptions extends TrustOptions {
  /** Files: the receipt, and the exact bytes of the entry. */
  readonly receipt: string;
  readonly entry: string;
}

/**
 * Verifies that a receipt proves an entry. Opens no connection, and trusts nothing but the key.
 * @throws Finding, UsageError
 */
export function verifyOffline(options: OfflineOptions): VerifiedReceipt {
  if (options.key === undefined)
    throw new UsageError('give the key of the log: --key; without it a receipt proves nothing');
  const policy = policyFrom(keysIn(options.key), options);
  const [receipt, entry] = [readFile(options.receipt), readFile(options.entry)];
  try {
    return verifyReceipt(parseReceipt(receipt), entry, policy);
  } catch (error) {
    const finding = findingOf(error);
    const moved = error instanceof LogError && error.code === 'root-mismatch';
    throw moved ? new Finding(finding.kind, `${finding.message}: it is the receipt of other bytes`) : finding;
  }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}
