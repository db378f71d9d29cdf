/** How long one of several things took that are done in turns: the time in which any of them was at work. */
export class Stopwatch {
  #running = 0;
  #since = 0;
  #total = 0;

  get ms(): number {
    return this.#total;
  }

  async time<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#running++ === 0) this.#since = performance.now();
    try {
      return await work();
    } finally {
      if (--this.#running === 0) this.#total += performance.now() - this.#since;
    }
  }
}
