import { BLOCK_BYTES, BLOCK_WORDS, type Cmac } from './cmac.ts';
import { KEY_MASK, NO_STRATUM } from './filter/order.ts';
import { firstDigit } from './normalise/id.ts';
import type { TextField } from './normalise/row.ts';
import { TEXT_BYTES } from './normalise/text.ts';
import { FIELD_SET_TAGS, type FieldSet, fieldsOf } from './sets.ts';

/**
 * Normalised rows as the PRF takes them. The message of a field set is
 *
 *   tag + 256 · number, 8 bytes little-endian ‖ id, 8 bytes little-endian ‖ 64 bytes for each text of the set
 *
 * with 0 for a number or id that is not of the set. So a message has 1, 5 or 9 whole blocks, and a batch of them is laid
 * out for `Cmac.macBlocks`: block by block, not row by row.
 */
export class RowBatch {
  readonly capacity: number;
  /** Rows in it; whoever fills it sets this. */
  count = 0;
  /** Normal form of each row's number and id, negative where there is none. */
  readonly numbers: Float64Array;
  readonly ids: Float64Array;
  readonly #texts = new Map<TextField, TextColumn>();

  constructor(capacity: number, texts: readonly TextField[]) {
    this.capacity = capacity;
    this.numbers = new Float64Array(capacity).fill(-1);
    this.ids = new Float64Array(capacity).fill(-1);
    for (const field of texts) this.#texts.set(field, new TextColumn(capacity));
  }

  /** @param normal the 64 bytes of the normal form, as words; undefined where the row has no such text */
  setText(field: TextField, row: number, normal: Uint32Array | undefined): void {
    this.#texts.get(field)?.set(row, normal);
  }

  /**
   * The fingerprints of all rows for one set: two words each, low and high. What `present` says of a row without one of
   * the fields is 0, and its fingerprint means nothing.
   */
  fingerprints(set: FieldSet, prf: Cmac): { words: Uint32Array; present: Uint8Array } {
    const fields = fieldsOf(set);
    const { head, present } = this.#heads(
      FIELD_SET_TAGS[set],
      fields.includes('msisdn'),
      fields.includes('cnic'),
    );
    const planes = [head];
    for (const field of fields) {
      if (field === 'msisdn' || field === 'cnic') continue;
      const column = this.#texts.get(field);
      if (!column) present.fill(0);
      else {
        planes.push(...column.planes.map((plane) => plane.subarray(0, head.length)));
        for (let row = 0; row < this.count; row++)
          present[row] = (present[row] as number) & (column.present[row] as number);
      }
    }
    return { words: cut(prf.macBlocks(planes, this.count)), present };
  }

  /** The first digit of its id, {@link NO_STRATUM} without one: four bits. */
  stratum(row: number): number {
    const id = this.ids[row] as number;
    return id < 0 ? NO_STRATUM : firstDigit(id);
  }

  #heads(tag: number, withNumber: boolean, withId: boolean): { head: Uint32Array; present: Uint8Array } {
    const { count, numbers, ids } = this;
    const head = new Uint32Array(count * 4);
    const present = new Uint8Array(count);
    for (let row = 0, at = 0; row < count; row++, at += 4) {
      const number = withNumber ? (numbers[row] as number) : 0;
      const id = withId ? (ids[row] as number) : 0;
      if (number < 0 || id < 0) continue;
      present[row] = 1;
      const numberHigh = Math.floor(number / 0x100_0000);
      const idHigh = Math.floor(id / 0x1_0000_0000);
      head[at] = tag | ((number - numberHigh * 0x100_0000) << 8);
      head[at + 1] = numberHigh;
      head[at + 2] = id - idHigh * 0x1_0000_0000;
      head[at + 3] = idHigh;
    }
    return { head, present };
  }
}

/** 64 bytes for each row, as four planes of a block each. */
class TextColumn {
  readonly present: Uint8Array;
  readonly planes: Uint32Array[];

  constructor(capacity: number) {
    this.present = new Uint8Array(capacity);
    this.planes = Array.from(
      { length: TEXT_BYTES / BLOCK_BYTES },
      () => new Uint32Array(capacity * BLOCK_WORDS),
    );
  }

  set(row: number, normal: Uint32Array | undefined): void {
    this.present[row] = normal ? 1 : 0;
    if (!normal) return;
    for (let block = 0; block < this.planes.length; block++) {
      const plane = this.planes[block] as Uint32Array;
      for (let i = 0; i < BLOCK_WORDS; i++)
        plane[row * BLOCK_WORDS + i] = normal[block * BLOCK_WORDS + i] as number;
    }
  }
}

/** The first eight bytes of each MAC, without the lowest four bits. */
function cut(macs: Uint32Array): Uint32Array {
  const words = new Uint32Array(macs.length / 2);
  for (let from = 0, to = 0; from < macs.length; from += 4, to += 2) {
    words[to] = (macs[from] as number) & KEY_MASK;
    words[to + 1] = macs[from + 1] as number;
  }
  return words;
}
