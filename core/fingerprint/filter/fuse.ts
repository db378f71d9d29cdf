import { FingerprintError } from '../error.ts';
import { KEY_MASK, type KeyWords, place } from './order.ts';

/**
 * A binary fuse filter with three places a key and 16 bits a place (Graf & Lemire, "Binary Fuse Filters: Fast and
 * Smaller Than Xor Filters", ACM JEA 27, 2022): about 18.1 bits a key, one false positive in 65,536, no false negative.
 *
 * It departs from the paper in one thing. The keys are the output of a PRF and uniform as they are, so the first place
 * of a key follows from its leading bits, not from a hash of it. Keys that come in order then fill, peel and query the
 * filter from one end to the other, within a window of three segments that the processor's cache holds; and one key
 * needs one short range of a filter, not three far apart. The seed decides about the other two places.
 */
export interface Fuse extends FuseShape {
  readonly seed: number;
  /**
   * `(segments + 2) * segmentLength` of them, two bytes each, the lower first. A view, since they may begin anywhere in
   * a file: it takes no longer to ask than an array of words, and an array would have to be a copy.
   */
  readonly slots: DataView;
}

/** One whose slots are in memory of their own, to be handed from thread to thread. */
export interface BuiltFuse extends Fuse {
  readonly slots: DataView<ArrayBuffer>;
}

/** Segments that a key's first place may lie in; two more follow. Their length is a power of two. */
export interface FuseShape {
  readonly segmentLength: number;
  readonly segments: number;
}

/**
 * Beyond this, the product that gives a key its first place would no longer be exact in a double: about 1.8 million
 * keys.
 */
export const MOST_FIRST_PLACES = 2 ** 21;
const MOST_ATTEMPTS = 100;

/** The paper's choice for `count` keys. */
export function fuseShape(count: number): FuseShape {
  if (count < 2) return { segmentLength: 4, segments: 1 };
  const segmentLength = Math.min(2 ** 18, 2 ** Math.floor(Math.log(count) / Math.log(3.33) + 2.25));
  const factor = Math.max(1.125, 0.875 + (0.25 * Math.log(1e6)) / Math.log(count));
  const segments = Math.max(1, Math.ceil(Math.round(count * factor) / segmentLength) - 2);
  if (segments * segmentLength > MOST_FIRST_PLACES)
    throw new FingerprintError('not-built', `a shard of ${count} keys is too large`);
  return { segmentLength, segments };
}

/**
 * Builds the filter of distinct keys. Attempts fail by chance, for few keys now and then; the next has another seed.
 * @param words distinct keys in ascending order, all with the same `prefixBits` first bits; strata do not matter
 */
export function buildFuse(words: KeyWords, prefixBits: number): BuiltFuse {
  const shape = fuseShape(words.length / 2);
  for (let seed = 0; seed < MOST_ATTEMPTS; seed++) {
    const peeled = peel(words, prefixBits, shape, seed);
    if (peeled) return { ...shape, seed, slots: assign(peeled, shape, seed) };
  }
  throw new FingerprintError(
    'not-built',
    `no filter of ${words.length / 2} keys after ${MOST_ATTEMPTS} seeds`,
  );
}

/**
 * Which of the keys the filter holds, as 1 or 0 in `into`.
 * @param indexes of the keys to look up, among all of `words`
 */
export function queryFuse(
  fuse: Fuse,
  prefixBits: number,
  words: KeyWords,
  indexes: Uint32Array,
  into: Uint8Array,
): void {
  const { segmentLength, segments, seed, slots } = fuse;
  const mask = segmentLength - 1;
  const shift = Math.log2(segmentLength);
  const firsts = segments * segmentLength;
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i] as number;
    const low = (words[index * 2] as number) & KEY_MASK;
    const position = place(low, words[index * 2 + 1] as number, prefixBits);
    const mixed = mix(position, low, seed);
    const a = Math.floor((position * firsts) / 0x1_0000_0000);
    const b = (a + segmentLength) ^ (mixed & mask);
    const c = (a + 2 * segmentLength) ^ ((mixed >>> shift) & mask);
    const expected =
      slots.getUint16(a * 2, true) ^ slots.getUint16(b * 2, true) ^ slots.getUint16(c * 2, true);
    into[index] = print(mixed, low) === expected ? 1 : 0;
  }
}

/** How many bytes of the slots tell of keys up to this one, by {@link place}: its places lie in three segments in a row. */
export const bytesUpTo = ({ segmentLength, segments }: FuseShape, position: number): number =>
  (Math.floor((position * segments) / 0x1_0000_0000) + 3) * segmentLength * 2;

/** 32 bits of the key and the seed, for its second and third place. */
function mix(position: number, low: number, seed: number): number {
  let x = Math.imul(position ^ seed, 0x9e3779b1);
  x = (x ^ (x >>> 15)) + low;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** What the three places of a key come to, 16 bits. */
const print = (mixed: number, low: number): number => Math.imul(mixed ^ low, 0x27d4eb2f) >>> 16;

/** Keys in the order in which they lost their last rival for a place, and which of their three places that was. */
interface Peeled {
  readonly positions: Uint32Array;
  readonly lows: Uint32Array;
  readonly which: Uint8Array;
}

/** Undefined when some keys cannot be told apart with this seed. */
function peel(words: KeyWords, prefixBits: number, shape: FuseShape, seed: number): Peeled | undefined {
  const { segmentLength, segments } = shape;
  const count = words.length / 2;
  const mask = segmentLength - 1;
  const shift = Math.log2(segmentLength);
  const firsts = segments * segmentLength;
  const size = firsts + 2 * segmentLength;

  // For each place: how many keys have it, times four, and the XOR of which of their places it is; then of the keys.
  const uses = new Uint8Array(size);
  const positionsAt = new Uint32Array(size);
  const lowsAt = new Uint32Array(size);
  for (let at = 0; at < words.length; at += 2) {
    const low = (words[at] as number) & KEY_MASK;
    const position = place(low, words[at + 1] as number, prefixBits);
    const mixed = mix(position, low, seed);
    const a = Math.floor((position * firsts) / 0x1_0000_0000);
    const b = (a + segmentLength) ^ (mixed & mask);
    const c = (a + 2 * segmentLength) ^ ((mixed >>> shift) & mask);
    uses[a] = (uses[a] as number) + 4;
    uses[b] = ((uses[b] as number) + 4) ^ 1;
    uses[c] = ((uses[c] as number) + 4) ^ 2;
    // A count that no longer fits a byte: as good as never, and the next seed is as good as this.
    if ((uses[a] as number) < 4 || (uses[b] as number) < 4 || (uses[c] as number) < 4) return undefined;
    positionsAt[a] = (positionsAt[a] as number) ^ position;
    positionsAt[b] = (positionsAt[b] as number) ^ position;
    positionsAt[c] = (positionsAt[c] as number) ^ position;
    lowsAt[a] = (lowsAt[a] as number) ^ low;
    lowsAt[b] = (lowsAt[b] as number) ^ low;
    lowsAt[c] = (lowsAt[c] as number) ^ low;
  }

  const alone = new Uint32Array(size);
  let waiting = 0;
  for (let at = size - 1; at >= 0; at--) if ((uses[at] as number) >>> 2 === 1) alone[waiting++] = at;

  const peeled = {
    positions: new Uint32Array(count),
    lows: new Uint32Array(count),
    which: new Uint8Array(count),
  };
  let done = 0;
  while (waiting > 0) {
    const at = alone[--waiting] as number;
    const use = uses[at] as number;
    if (use >>> 2 !== 1) continue;
    const position = positionsAt[at] as number;
    const low = lowsAt[at] as number;
    const which = use & 3;
    peeled.positions[done] = position;
    peeled.lows[done] = low;
    peeled.which[done++] = which;

    const mixed = mix(position, low, seed);
    const a = Math.floor((position * firsts) / 0x1_0000_0000);
    const b = (a + segmentLength) ^ (mixed & mask);
    const c = (a + 2 * segmentLength) ^ ((mixed >>> shift) & mask);
    for (let other = 0; other < 3; other++) {
      if (other === which) continue;
      const there = other === 0 ? a : other === 1 ? b : c;
      const left = ((uses[there] as number) - 4) ^ other;
      uses[there] = left;
      positionsAt[there] = (positionsAt[there] as number) ^ position;
      lowsAt[there] = (lowsAt[there] as number) ^ low;
      if (left >>> 2 === 1) alone[waiting++] = there;
    }
  }
  return done === count ? peeled : undefined;
}

/** Gives the places their values, last peeled first: the place that a key had for itself makes up for the others. */
function assign({ positions, lows, which }: Peeled, shape: FuseShape, seed: number): DataView<ArrayBuffer> {
  const { segmentLength, segments } = shape;
  const mask = segmentLength - 1;
  const shift = Math.log2(segmentLength);
  const firsts = segments * segmentLength;
  const slots = new Uint16Array(firsts + 2 * segmentLength);
  for (let i = positions.length - 1; i >= 0; i--) {
    const position = positions[i] as number;
    const low = lows[i] as number;
    const mixed = mix(position, low, seed);
    const a = Math.floor((position * firsts) / 0x1_0000_0000);
    const b = (a + segmentLength) ^ (mixed & mask);
    const c = (a + 2 * segmentLength) ^ ((mixed >>> shift) & mask);
    const own = which[i] === 0 ? a : which[i] === 1 ? b : c;
    slots[own] = print(mixed, low) ^ (slots[a] as number) ^ (slots[b] as number) ^ (slots[c] as number);
  }
  return new DataView(slots.buffer);
}
