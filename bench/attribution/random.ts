/** Pseudo-random numbers from a seed (sfc32, by Chris Doty-Humphrey): the same on every run and machine. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** The same words give the same numbers; other words, others. */
  constructor(...words: readonly (number | string)[]) {
    let h = 0x811c9dc5;
    for (const character of words.join('/')) h = Math.imul(h ^ character.charCodeAt(0), 0x01000193);
    [this.#a, this.#b, this.#c] = [h | 0, mix(h), mix(h ^ 0x9e3779b9)];
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Uniform in [0, 1). */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  }

  /** Uniform among 0 … below − 1. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  /** An index, by weights that need not sum to one. */
  weighted(weights: readonly number[]): number {
    let rest = this.next() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, weight] of weights.entries()) {
      rest -= weight;
      if (rest < 0) return i;
    }
    return weights.length - 1;
  }

  /** So many different members of a list, in random order. */
  some<T>(list: readonly T[], count: number): T[] {
    const rest = [...list];
    return Array.from({ length: Math.min(count, list.length) }, () => {
      const [taken] = rest.splice(this.below(rest.length), 1);
      return taken as T;
    });
  }
}

/** A 32-bit integer that looks random, of another (Chris Wellons, lowbias32). */
export function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** Uniform in [0, 1), always the same for the same two integers. */
export const lot = (a: number, b: number): number =>
  (mix(Math.imul(a, 0x9e3779b1) ^ mix(b + 0x5bd1e995)) >>> 0) / 2 ** 32;
