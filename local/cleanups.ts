/** Ends what was started, in the opposite order. */
export class Cleanups {
  readonly #cleanups: (() => void | Promise<void>)[] = [];

  add(cleanup: () => void | Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  /** Runs all of them whatever fails, so that the first thing taken, the lock, is let go of too. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const cleanup of this.#cleanups.splice(0).reverse())
      try {
        await cleanup();
      } catch (error) {
        failures.push(error);
      }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped in order');
  }
}
