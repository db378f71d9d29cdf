/** Numbers tuples in the order in which they first come. */
export class Coder {
  readonly tuples: [number, number, number, ...number[]][] = [];
  readonly #codes = new Map<number, unknown>();

  code(...tuple: [number, number, number, ...number[]]): number {
    let level = this.#codes;
    for (const value of tuple.slice(0, -1)) {
      let next = level.get(value) as Map<number, unknown> | undefined;
      if (!next) {
        next = new Map();
        level.set(value, next);
      }
      level = next;
    }
    const last = tuple.at(-1) as number;
    const known = level.get(last) as number | undefined;
    if (known !== undefined) return known;
    level.set(last, this.tuples.length);
    return this.tuples.push(tuple) - 1;
  }
}
