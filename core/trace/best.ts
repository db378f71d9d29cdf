/** Keeps the first `limit` of very many items under an order, without sorting them all. */
export class Best<T> {
  readonly #limit: number;
  readonly #compare: (a: T, b: T) => number;
  #kept: T[] = [];
  #last: T | undefined;

  constructor(limit: number, compare: (a: T, b: T) => number) {
    this.#limit = limit;
    this.#compare = compare;
  }

  add(item: T): void {
    if (this.#last !== undefined && this.#compare(item, this.#last) >= 0) return;
    this.#kept.push(item);
    // Sorting only when twice the limit is reached makes an addition cost a constant on average.
    if (this.#kept.length >= this.#limit * 2) this.#cut();
  }

  inOrder(): readonly T[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept = this.#kept.sort(this.#compare).slice(0, this.#limit);
    if (this.#kept.length === this.#limit) this.#last = this.#kept.at(-1);
  }
}

export function bestOf<T>(items: Iterable<T>, limit: number, compare: (a: T, b: T) => number): readonly T[] {
  const best = new Best(limit, compare);
  for (const item of items) best.add(item);
  return best.inOrder();
}
