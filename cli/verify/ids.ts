import { randomBytes } from 'node:crypto';
import type { EntryId } from '../../core/model/scalars.ts';

const WORDS = 4;

/**
 * The places of entries by id, in 24 to 48 bytes an entry: a log of ten million fits into memory, where a `Map` of
 * strings takes several times that and has room for 2^24 at most. Open addressing in typed arrays.
 */
export class PlacesById {
  /** Four words an id. */
  #ids = new Uint32Array(WORDS * 1_024);
  /** The place and 1, so that 0 is free. */
  #places = new Float64Array(1_024);
  #count = 0;
  /** A log may be hostile: whoever makes its ids shall not know which of them meet here. */
  readonly #seed = randomBytes(4).readUInt32LE();

  /** Notes where an entry stands. Answers where it stood already, if it did. */
  add(id: EntryId, place: number): number | undefined {
    if (this.#count * 2 >= this.#places.length) this.#grow();
    const words = wordsOf(id);
    const slot = this.#slotOf(words);
    const before = this.#places[slot] ?? 0;
    if (before > 0) return before - 1;
    this.#put(slot, words, place);
    return undefined;
  }

  #put(slot: number, words: Uint32Array, place: number): void {
    this.#ids.set(words, slot * WORDS);
    this.#places[slot] = place + 1;
    this.#count += 1;
  }

  /** The slot that holds the id, or the free one that is to. */
  #slotOf(words: Uint32Array): number {
    const mask = this.#places.length - 1;
    let slot = this.#hash(words) & mask;
    while (this.#places[slot] !== 0 && !this.#holds(slot, words)) slot = (slot + 1) & mask;
    return slot;
  }

  #holds(slot: number, words: Uint32Array): boolean {
    return words.every((word, i) => this.#ids[slot * WORDS + i] === word);
  }

  #hash(words: Uint32Array): number {
    return words.reduce((hash, word) => {
      const mixed = Math.imul(hash ^ word, 0x85ebca6b);
      return mixed ^ (mixed >>> 15);
    }, this.#seed);
  }

  #grow(): void {
    const [ids, places] = [this.#ids, this.#places];
    this.#ids = new Uint32Array(ids.length * 2);
    this.#places = new Float64Array(places.length * 2);
    this.#count = 0;
    places.forEach((place, slot) => {
      if (place === 0) return;
      const words = ids.subarray(slot * WORDS, (slot + 1) * WORDS);
      this.#put(this.#slotOf(words), words, place - 1);
    });
  }
}

const wordsOf = (id: EntryId): Uint32Array =>
  Uint32Array.from({ length: WORDS }, (_, i) => Number.parseInt(id.slice(i * 8, (i + 1) * 8), 16));
