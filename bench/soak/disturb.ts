import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../local/functions/environment.ts';
import type { FunctionSpec } from '../../local/template/functions.ts';

/** At how many of a hundred events the process is killed, and at how many it is stopped for a while. */
const PERCENT = { killed: 3, stopped: 0.3 } as const;
/** By then it is, if it still is at the event: at its beginning, in the midst of it, or just before its end. */
const WITHIN_MS = 300;
/**
 * Longer than the gateway waits for an answer, than a function of the API may take, and than a lease is held; but no
 * longer than half of the soak.
 */
const LONGEST_STOP_MS = 40_000;

export interface Met {
  events: number;
  killed: number;
  stopped: number;
}

/** Kills functions at random moments of their work, and stops others for a while, which may be longer than they have. */
export class Disturber {
  /** By function. */
  readonly met = new Map<string, Met>();
  #calm = true;
  readonly #longestStopMs: number;

  constructor(seconds: number) {
    this.#longestStopMs = Math.min(LONGEST_STOP_MS, seconds * 500);
  }

  begin(): void {
    this.#calm = false;
  }

  end(): void {
    this.#calm = true;
  }

  meet = ({ label }: FunctionSpec, environment: Environment): void => {
    if (this.#calm) return;
    const met = this.met.get(label) ?? { events: 0, killed: 0, stopped: 0 };
    this.met.set(label, met);
    met.events++;
    const drawn = Math.random() * 100;
    if (drawn < PERCENT.killed + PERCENT.stopped)
      void this.#strike(environment, drawn < PERCENT.killed ? 'killed' : 'stopped', met);
  };

  async #strike(environment: Environment, deed: keyof typeof PERCENT, met: Met): Promise<void> {
    await sleep(Math.random() * WITHIN_MS);
    if (!environment.busy) return;
    met[deed]++;
    if (deed === 'killed') environment.kill();
    else environment.freeze(Math.random() * this.#longestStopMs);
  }
}
