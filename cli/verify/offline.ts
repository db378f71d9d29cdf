import { LogError } from '../../core/log/error.ts';
import type { Policy } from '../../core/log/policy.ts';
import { parseReceipt, type VerifiedReceipt, verifyReceipt } from '../../core/log/receipt.ts';
import { readFile, UsageError } from '../failure.ts';
import { Finding } from './finding.ts';
import { findingOf } from './finding-of.ts';
import { keysIn, policyFrom, type TrustOptions } from './keys.ts';
import { type PartyOptions, type PartyShown, verifyParty } from './party.ts';

export interface OfflineOptions extends TrustOptions, PartyOptions {
  /** Files: the receipt, and the exact bytes of the entry. */
  readonly receipt: string;
  readonly entry: string;
}

interface Offline {
  readonly verified: VerifiedReceipt;
  readonly party: PartyShown | undefined;
}

/**
 * Verifies that a receipt proves an entry, and that an agency signed it. Opens no connection, and trusts nothing but the key.
 * @throws Finding, UsageError
 */
export function verifyOffline(options: OfflineOptions): Offline {
  if (options.key === undefined)
    throw new UsageError('give the key of the log: --key; without it a receipt proves nothing');
  const policy = policyFrom(keysIn(options.key), options);
  const entry = readFile(options.entry);
  const verified = verifiedBy(readFile(options.receipt), entry, policy);
  const registeredAt = (registration: Uint8Array, receipt: string) =>
    verifiedBy(readFile(receipt), registration, policy).index;
  return { verified, party: verifyParty({ entry, index: verified.index }, options, registeredAt) };
}

function verifiedBy(receipt: Uint8Array, entry: Uint8Array, policy: Policy): VerifiedReceipt {
  try {
    return verifyReceipt(parseReceipt(receipt), entry, policy);
  } catch (error) {
    const finding = findingOf(error);
    const moved = error instanceof LogError && error.code === 'root-mismatch';
    throw moved ? new Finding(finding.kind, `${finding.message}: it is the receipt of other bytes`) : finding;
  }
}
