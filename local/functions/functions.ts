import type { FunctionSpec } from '../template/functions.ts';
import type { Surroundings } from './environment.ts';
import { FunctionPool } from './pool.ts';

/** All functions of the system, each with its processes. */
export class Functions {
  readonly #pools: readonly FunctionPool[];
  readonly #named = new Map<string, FunctionPool>();

  /** @param report told, in a line for a person, of processes that crashed or took too long */
  constructor(specs: readonly FunctionSpec[], surroundings: Surroundings, report: (line: string) => void) {
    this.#pools = specs.map((spec) => new FunctionPool(spec, surroundings, report));
    for (const pool of this.#pools)
      for (const name of [pool.spec.arn, pool.spec.name, pool.spec.label]) this.#named.set(name, pool);
  }

  /** By its ARN, its name, or the name of its file. */
  find = (name: string): FunctionPool | undefined => this.#named.get(name);

  /** @throws {TypeError} when there is none */
  get = (name: string): FunctionPool => {
    const pool = this.find(name);
    if (pool === undefined) throw new TypeError(`the app has no function ${name}`);
    return pool;
  };

  /** Starts a process of each that has none yet. */
  warm(): void {
    for (const pool of this.#pools) pool.warm();
  }

  stop(): void {
    for (const pool of this.#pools) pool.stop();
  }
}
