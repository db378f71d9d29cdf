import { Chain } from '../../core/log/chain.ts';
import type { Finding } from '../../core/log/inspection.ts';
import { batchParts } from '../store/batches.ts';
import type { Item } from '../store/client.ts';
import { keyOf } from '../store/corrupt.ts';
import { ledgerKeys } from '../store/keys.ts';
import { range } from '../store/ledger.ts';
import { isSealedBatch } from '../store/seal.ts';
import { finding, hasForm, OTHER_FORM } from './judge.ts';

const FORM = {
  first: 'N',
  count: 'N',
  previousRoot: 'B',
  root: 'B',
  edge: 'B',
  ids: 'B',
  leaves: 'B',
  committedAt: 'S',
  seal: 'B',
} as const;

/** At most some 200 KB each. */
const BATCHES_A_READ = 100;

/** The chain of batches as the table has it, read as far as it goes, and again when there may be more. */
export class LoadedChain {
  readonly chain = new Chain();
  #isBroken = false;
  #after = '';

  /** Whether a batch is missing or unreadable: then nothing is known of what comes after. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /**
   * Reads on from where it came to.
   * @param told up to which place nothing need be told any more
   * @returns what is wrong with the batches that it read
   */
  async extend(told = 0): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (let more = true; more && !this.#isBroken; ) {
      const items = await range(ledgerKeys.log, {
        from: this.#after === '' ? ledgerKeys.batch(0).sk : `${this.#after} `,
        to: 'BATCH#~',
        limit: BATCHES_A_READ,
      });
      for (const item of items) {
        const { size } = this.chain;
        const found = await this.#add(item);
        if (size >= told) findings.push(...found);
      }
      more = items.length === BATCHES_A_READ;
    }
    return findings;
  }

  async #add(item: Item): Promise<Finding[]> {
    const key = keyOf(item);
    if (this.#isBroken) return [];
    this.#after = key.sk;
    const parts = batchParts(item);
    const { size } = this.chain;
    if (parts && parts.first < size) return []; // Beside the chain: the rows tell of it.
    if (parts && parts.first > size) {
      this.#isBroken = true;
      return [finding(ledgerKeys.batch(size), 'missing', `though the log goes on from ${parts.first}`)];
    }
    if (!parts || parts.ids.length === 0) {
      this.#isBroken = true;
      return [finding(key, 'changed', 'is no batch')];
    }
    const faults = this.chain.add(parts);
    if (!hasForm(item, FORM)) faults.push(OTHER_FORM);
    else if (!(await isSealedBatch(parts, parts.seal)))
      faults.push('was not committed by this log, or altered');
    return faults.map((fault) => finding(key, 'changed', fault));
  }
}
