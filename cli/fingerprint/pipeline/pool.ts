import { Worker } from 'node:worker_threads';
import { UsageError } from '../../failure.ts';
import type { Answer, Task, ThreadPlan } from './plan.ts';

/** Tasks that wait for a thread while it works, so that it never does for its next. */
const AHEAD = 2;

/** Threads that take tasks, each as soon as it has done one. A failure of one ends it all. */
export class Pool {
  readonly #threads: Thread[];
  readonly #failed: Promise<never>;

  constructor(plans: readonly ThreadPlan[]) {
    this.#threads = plans.map((plan) => new Thread(plan));
    this.#failed = Promise.race(this.#threads.map(({ failed }) => failed));
    // Whoever waits for something sees the failure; one that comes while nobody does must not end the process.
    this.#failed.catch(() => undefined);
  }

  get size(): number {
    return this.#threads.length;
  }

  /** Gives a task to the thread that has least to do. @returns once it has less than too much, and the answer to come */
  async give(task: Task, transferred: ArrayBuffer[] = []): Promise<{ answer: Promise<Answer> }> {
    for (;;) {
      const thread = this.#threads.reduce((a, b) => (b.waiting < a.waiting ? b : a));
      if (thread.waiting < AHEAD) {
        const answer = this.#orFailed(thread.post(task, transferred));
        answer.catch(() => undefined);
        return { answer };
      }
      await this.#orFailed(Promise.race(this.#threads.map(({ next }) => next)));
    }
  }

  /** Gives the same task to every thread. */
  all(task: Task): Promise<Answer[]> {
    return this.#orFailed(Promise.all(this.#threads.map((thread) => thread.post(task, []))));
  }

  /** Ends the threads, whatever they do. */
  async stop(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }

  #orFailed<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#failed]);
  }
}

class Thread {
  readonly failed: Promise<never>;
  readonly #worker: Worker;
  /** What the tasks that it has not done yet resolve, in the order in which it will. */
  readonly #answers: ((answer: Answer) => void)[] = [];
  #next = Promise.withResolvers<void>();

  constructor(plan: ThreadPlan) {
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: plan });
    const failure = Promise.withResolvers<never>();
    this.failed = failure.promise;
    this.failed.catch(() => undefined);
    this.#worker.on('error', failure.reject);
    this.#worker.on('message', (answer: Answer) => {
      if (answer.kind === 'refused') failure.reject(new UsageError(answer.message));
      this.#answers.shift()?.(answer);
      this.#next.resolve();
      this.#next = Promise.withResolvers();
    });
  }

  get waiting(): number {
    return this.#answers.length;
  }

  /** Resolves with the next answer, whatever it is to. */
  get next(): Promise<void> {
    return this.#next.promise;
  }

  post(task: Task, transferred: ArrayBuffer[]): Promise<Answer> {
    return new Promise((resolve) => {
      this.#answers.push(resolve);
      this.#worker.postMessage(task, transferred);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
