/** How long to wait between two looks at a stream: soon after something happened, then less and less often. */
const SOON_MS = 10;
export const LATEST_MS = 200;
/** For so long after something happened, it pays to look again soon. */
const BUSY_MS = 300;

/** Decides when to look next, and cuts the wait short when told that there is something to see. */
export class Waker {
  #lastSign = 0;
  #wait = SOON_MS;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #due: (() => void) | undefined;

  /** There may be something to see by now. */
  wake(): void {
    this.#lastSign = Date.now();
    if (this.#wait > SOON_MS) this.#fire();
    this.#wait = SOON_MS;
  }

  /** Settled when it is time to look again. @param found whether the last look saw anything: then it is at once */
  next(found: boolean): Promise<void> {
    if (found) {
      this.#lastSign = Date.now();
      this.#wait = SOON_MS;
      return Promise.resolve();
    }
    this.#wait = Date.now() - this.#lastSign < BUSY_MS ? SOON_MS : Math.min(LATEST_MS, this.#wait * 2);
    return this.pause(this.#wait);
  }

  pause(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((done) => {
      this.#due = done;
      this.#timer = setTimeout(() => this.#fire(), ms);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#fire();
  }

  #fire(): void {
    clearTimeout(this.#timer);
    const due = this.#due;
    this.#due = undefined;
    due?.();
  }
}
