import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../../local/endpoints.ts';
import { type Loopback, readAll, serveLoopback } from '../../local/loopback.ts';
import { type Passed, pass } from '../support/pass.ts';

/**
 * What befalls requests to a busy table, and how many of a thousand. `lost`: no answer comes, and the SDK gives up
 * waiting; `reset`: the connection ends. Each of these before the table has done what was asked, or after.
 */
const PER_MILLE = {
  throttled: 20,
  'lost before': 1,
  'lost after': 1,
  'reset before': 5,
  'reset after': 5,
  slow: 20,
} as const;
export type EngineFault = keyof typeof PER_MILLE;

/** Longer than functions wait for an answer of the table. */
const LOST_MS = 10_000;
const SLOW_MS = 1_500;
const MOST_BYTES = 64 * 2 ** 20;

/** Stands between functions and their tables, and passes on what they say to each other; most of the time. */
export class UnreliableEngine {
  readonly counts = new Map<EngineFault, number>();
  requests = 0;
  #calm = true;

  /** Stands before the tables; the other services answer as they do. */
  before = (service: Service, url: string): Promise<Loopback> =>
    serveLoopback((request, response) =>
      service === 'DYNAMODB'
        ? this.#answer(url, request, response)
        : readAll(request, MOST_BYTES).then(async (body = Buffer.alloc(0)) =>
            reply(response, await pass(url, request, body)),
          ),
    );

  /** From now on things go wrong. */
  begin(): void {
    this.#calm = false;
  }

  /** From now on nothing goes wrong any more. */
  end(): void {
    this.#calm = true;
  }

  async #answer(engine: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readAll(request, MOST_BYTES)) ?? Buffer.alloc(0);
    const fault = this.#draw();
    switch (fault) {
      case 'throttled':
        return throttle(response);
      case 'lost before':
        return loseAnswer(response);
      case 'reset before':
        return void response.destroy();
      case 'slow':
        await sleep(Math.random() * SLOW_MS);
    }
    const answer = await pass(engine, request, body);
    if (fault === 'lost after') return loseAnswer(response);
    if (fault === 'reset after') return void response.destroy();
    reply(response, answer);
  }

  #draw(): EngineFault | undefined {
    if (this.#calm) return undefined;
    this.requests++;
    let left = Math.random() * 1_000;
    for (const [name, perMille] of Object.entries(PER_MILLE) as [EngineFault, number][]) {
      left -= perMille;
      if (left >= 0) continue;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      return name;
    }
    return undefined;
  }
}

const reply = (response: ServerResponse, { status, headers, body }: Passed): void => {
  response.writeHead(status, headers).end(body);
};

/** As DynamoDB says it, in its own protocol. */
function throttle(response: ServerResponse): void {
  const __type = 'com.amazon.coral.availability#ThrottlingException';
  response
    .writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
    .end(JSON.stringify({ __type, message: 'Rate of requests exceeds the allowed throughput.' }));
}

async function loseAnswer(response: ServerResponse): Promise<void> {
  await sleep(LOST_MS);
  response.destroy();
}
