/** How long something took: by the clock, and of the processor by the threads that did it. */
export interface Took {
  readonly ms: number;
  readonly cpuMs: number;
}

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

/** How long one of several things took that are done in turns by one thread: the time in which any of them was at work. */
export class Stopwatch {
  #running = 0;
  #since: Took = { ms: 0, cpuMs: 0 };
  #total: Took = { ms: 0, cpuMs: 0 };

  get took(): Took {
    return this.#total;
  }

  async time<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#running++ === 0) this.#since = { ms: performance.now(), cpuMs: cpuMs() };
    try {
      return await work();
    } finally {
      if (--this.#running === 0)
        this.#total = {
          ms: this.#total.ms + performance.now() - this.#since.ms,
          cpuMs: this.#total.cpuMs + cpuMs() - this.#since.cpuMs,
        };
    }
  }
}

export const less = (whole: Took, part: Took): Took => ({
  ms: whole.ms - part.ms,
  cpuMs: whole.cpuMs - part.cpuMs,
});
