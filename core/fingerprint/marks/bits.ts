import type { Marking } from '../../model/transfer.ts';
import { BLOCK_WORDS, Cmac } from '../cmac.ts';
import type { EpochKeys } from '../keys.ts';
import { FINGERPRINT_FIELDS, type FingerprintField } from '../sets.ts';
import type { Bit } from './variants.ts';

/** What a row is known by to its marks. */
export const MARK_IDENTITIES = ['cnic', 'msisdn'] as const;
export type MarkIdentity = (typeof MARK_IDENTITIES)[number];

/**
 * What the key decides about rows: for each field which of two spellings it has, and whether the row is left out. 128
 * bits of PRF(key, label, row): the first bits are those of the fields, in their order, and the last 32 a number that is
 * below the omitted share or not.
 */
export class RowMarks {
  readonly #words: Uint32Array;
  readonly #omitted: number;

  /** @param identities normalised ids or numbers of the rows; what is negative has marks that mean nothing */
  constructor(
    keys: EpochKeys,
    { label, by, omitted }: Pick<Marking, 'label' | 'by' | 'omitted'>,
    identities: Float64Array,
  ) {
    const plane = new Uint32Array(identities.length * BLOCK_WORDS);
    identities.forEach((identity, row) => {
      const high = Math.floor(Math.max(0, identity) / 0x1_0000_0000);
      plane[row * BLOCK_WORDS] = Math.max(0, identity) - high * 0x1_0000_0000;
      plane[row * BLOCK_WORDS + 1] = high;
    });
    this.#words = new Cmac(keys.derive(`marks|${label}|${by}`)).macBlocks([plane], identities.length);
    this.#omitted = Math.round((omitted ?? 0) * 2 ** 32);
  }

  bit(row: number, field: FingerprintField): Bit {
    const bits = this.#words[row * BLOCK_WORDS] as number;
    return ((bits >>> FINGERPRINT_FIELDS.indexOf(field)) & 1) as Bit;
  }

  isOmitted(row: number): boolean {
    return (this.#words[row * BLOCK_WORDS + 3] as number) < this.#omitted;
  }
}
