import { type Cipheriv, createCipheriv } from 'node:crypto';

export const BLOCK_BYTES = 16;
export const BLOCK_WORDS = 4;

/**
 * AES-CMAC (RFC 4493, NIST SP 800-38B) under one key of 16 or 32 bytes.
 *
 * `macBlocks` is what makes millions of rows a second possible: where all messages of a batch have the same number of
 * whole blocks, one call of the cipher takes the first block of each, another the second, and so on. A message of one
 * block costs one AES: its CMAC is `AES(M ⊕ K1)`.
 */
export class Cmac {
  readonly #cipher: Cipheriv;
  readonly #k1: Uint32Array;
  readonly #k2: Uint32Array;

  constructor(key: Uint8Array) {
    // ECB keeps no state from block to block, so that one cipher does for good.
    this.#cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
    const k1 = doubled(this.#cipher.update(new Uint8Array(BLOCK_BYTES)));
    this.#k1 = wordsOf(k1);
    this.#k2 = wordsOf(doubled(k1));
  }

  /** The 16 bytes of one message of any length. */
  mac(message: Uint8Array): Uint8Array {
    const blocks = Math.max(1, Math.ceil(message.length / BLOCK_BYTES));
    const padded = new Uint8Array(blocks * BLOCK_BYTES);
    padded.set(message);
    const whole = message.length === padded.length;
    if (!whole) padded[message.length] = 0x80;
    const planes = Array.from({ length: blocks }, (_, at) => wordsOf(padded, at * BLOCK_BYTES, BLOCK_WORDS));
    return bytesOf(this.#chain(planes, 1, whole ? this.#k1 : this.#k2));
  }

  /**
   * The CMACs of `count` messages that have as many whole blocks as there are planes.
   * @param planes plane `j` holds block `j` of every message, four words each; they are left as they are
   * @returns four words for each message, in a buffer of its own
   */
  macBlocks(planes: readonly Uint32Array[], count: number): Uint32Array {
    return this.#chain(planes, count, this.#k1);
  }

  #chain(planes: readonly Uint32Array[], count: number, lastKey: Uint32Array): Uint32Array {
    let state = new Uint32Array(count * BLOCK_WORDS);
    const [a = 0, b = 0, c = 0, d = 0] = lastKey;
    planes.forEach((plane, at) => {
      if (at === planes.length - 1) xorInto(state, plane, a, b, c, d);
      else xorInto(state, plane, 0, 0, 0, 0);
      state = wordsOf(this.#cipher.update(bytesOf(state)));
    });
    return state;
  }
}

function xorInto(state: Uint32Array, plane: Uint32Array, a: number, b: number, c: number, d: number): void {
  for (let at = 0; at < state.length; at += BLOCK_WORDS) {
    state[at] = (state[at] as number) ^ (plane[at] as number) ^ a;
    state[at + 1] = (state[at + 1] as number) ^ (plane[at + 1] as number) ^ b;
    state[at + 2] = (state[at + 2] as number) ^ (plane[at + 2] as number) ^ c;
    state[at + 3] = (state[at + 3] as number) ^ (plane[at + 3] as number) ^ d;
  }
}

/** Twice the value in GF(2^128), as RFC 4493 §2.3 makes K1 of AES(0) and K2 of K1. */
function doubled(block: Uint8Array): Uint8Array {
  const value = BigInt(`0x${Buffer.from(block).toString('hex')}`);
  const carried = (value << 1n) ^ (value >> 127n === 1n ? 0x87n : 0n);
  return Buffer.from(BigInt.asUintN(128, carried).toString(16).padStart(32, '0'), 'hex');
}

const bytesOf = (words: Uint32Array) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** Bytes as words; copied where they do not lie at a word's boundary, as Node's pooled buffers may. */
function wordsOf(bytes: Uint8Array, from = 0, words = bytes.length / 4): Uint32Array<ArrayBuffer> {
  const offset = bytes.byteOffset + from;
  if (offset % 4 !== 0 || !(bytes.buffer instanceof ArrayBuffer))
    return new Uint32Array(Uint8Array.from(bytes.subarray(from, from + words * 4)).buffer);
  return new Uint32Array(bytes.buffer, offset, words);
}
