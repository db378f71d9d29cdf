import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { FunctionSpec } from '../template/functions.ts';
import { Environment, type Outcome, type Surroundings } from './environment.ts';

/** More processes than this do not make two or four cores faster; what comes on top waits its turn. */
const MOST_ENVIRONMENTS = 8;
/** A process that had nothing to do for so long goes, except for the last. */
const IDLE_MS = 60_000;

interface Waiting {
  readonly event: string;
  readonly traceId: string;
  readonly settle: (outcome: Outcome) => void;
}

/**
 * A function with as many execution environments as the events at hand want. An event goes to the first that is free:
 * a new one is started when none is, but the event does not wait for that one in particular.
 */
export class FunctionPool {
  readonly spec: FunctionSpec;
  readonly #surroundings: Surroundings;
  readonly #report: (line: string) => void;
  readonly #most: number;
  readonly #free: Environment[] = [];
  readonly #all = new Set<Environment>();
  readonly #queue: Waiting[] = [];
  readonly #idle = new Map<Environment, NodeJS.Timeout>();
  #starting = 0;
  #stopped = false;

  /** @param report told, in a line for a person, of processes that crashed or took too long */
  constructor(
    spec: FunctionSpec,
    surroundings: Surroundings,
    report: (line: string) => void = () => undefined,
    most = MOST_ENVIRONMENTS,
  ) {
    this.spec = spec;
    this.#surroundings = surroundings;
    this.#report = report;
    this.#most = most;
  }

  /** How many processes it has. */
  get size(): number {
    return this.#all.size;
  }

  /** How many events no process has taken up yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Whether it was told to end, after which every event counts as crashed. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Starts the first process ahead of the first event. */
  warm(): void {
    if (this.#all.size === 0 && !this.#stopped) void this.#start();
  }

  /** @param event as JSON; @param traceId of the request that it belongs to */
  invoke(event: string, traceId = newTraceId()): Promise<Outcome> {
    if (this.#stopped) return Promise.resolve({ kind: 'crash' });
    return new Promise((settle) => {
      this.#queue.push({ event, traceId, settle });
      this.#serve();
    });
  }

  /** Lets every process end; events that still wait are answered as crashes. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#idle.values()) clearTimeout(timer);
    for (const { settle } of this.#queue.splice(0)) settle({ kind: 'crash' });
    for (const environment of this.#all) environment.release();
  }

  /** Hands waiting events to free processes, and starts as many more as still wait and may be. */
  #serve(): void {
    while (this.#queue.length > 0) {
      const environment = this.#free.pop();
      if (environment === undefined) break;
      clearTimeout(this.#idle.get(environment));
      this.#idle.delete(environment);
      if (!environment.alive) {
        this.#all.delete(environment);
        continue;
      }
      const next = this.#queue.shift();
      if (next !== undefined) void this.#run(environment, next);
    }
    while (this.#starting < this.#queue.length && this.#all.size < this.#most) void this.#start();
  }

  async #start(): Promise<void> {
    const environment = new Environment(this.spec, this.#surroundings);
    this.#all.add(environment);
    this.#starting++;
    await environment.loaded;
    this.#starting--;
    if (environment.alive) return this.#give(environment);
    this.#all.delete(environment);
    // One that cannot even start answers one event, or those that wait would start others for ever.
    this.#queue.shift()?.settle({ kind: 'crash' });
    this.#tell('does not start');
    if (!this.#stopped) this.#serve();
  }

  async #run(environment: Environment, { event, traceId, settle }: Waiting): Promise<void> {
    const began = performance.now();
    this.#surroundings.onInvoke?.(this.spec, environment);
    const outcome = await environment.invoke(event, traceId);
    this.#surroundings.onInvoked?.(this.spec, performance.now() - began);
    settle(outcome);
    if (environment.alive) return this.#give(environment);
    this.#all.delete(environment);
    if (outcome.kind === 'timeout') this.#tell(`took longer than ${this.spec.timeoutMs / 1000} s`);
    if (outcome.kind === 'crash') this.#tell('crashed');
    if (!this.#stopped) this.#serve();
  }

  #tell(trouble: string): void {
    const { label } = this.spec;
    if (!this.#stopped)
      this.#report(
        `${label} ${trouble}; its output is in ${join(this.#surroundings.logFolder, `${label}.log`)}`,
      );
  }

  #give(environment: Environment): void {
    if (this.#stopped) {
      environment.release();
      return;
    }
    this.#free.push(environment);
    if (this.#all.size > 1) this.#idle.set(environment, this.#retireLater(environment));
    this.#serve();
  }

  #retireLater(environment: Environment): NodeJS.Timeout {
    return setTimeout(() => {
      const place = this.#free.indexOf(environment);
      if (place < 0 || this.#all.size === 1) return;
      this.#free.splice(place, 1);
      this.#all.delete(environment);
      this.#idle.delete(environment);
      environment.release();
    }, IDLE_MS).unref();
  }
}

/** As X-Ray writes it. */
export function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}
