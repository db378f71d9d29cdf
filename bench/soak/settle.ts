import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type Client, createClient } from '../../core/api/client.ts';
import type { System } from '../../local/system.ts';
import type { Traffic } from './traffic.ts';

export interface Settled {
  /** From the last answer until all of it was in the published log, and in the views. */
  readonly seconds: number;
  readonly size: number;
}

/** The sweeper looks each minute for what lost doorbells left behind; a lease of a killed projector runs out before. */
const WITHIN_MS = 5 * 60_000;

/** Waits until the log and the views have everything that was acknowledged. @throws {Error} when they never do */
export async function settle(system: System, { books }: Traffic): Promise<Settled> {
  const began = Date.now();
  const client = createClient({ url: system.url, token: () => system.token({ roles: ['auditor'] }) });
  let [logged, reflected] = [0, 0];
  while (Date.now() - began < WITHIN_MS) {
    logged = await published(client);
    reflected = (await client.call('listTransfers', { query: { limit: 1 } } as never)).reflects.size;
    if (Math.min(logged, reflected) >= books.acknowledged.size && logged === reflected)
      return { seconds: (Date.now() - began) / 1_000, size: logged };
    await sleep(500);
  }
  throw new Error(
    `of ${books.acknowledged.size} entries ${logged} are in the log, and ${reflected} in the views`,
  );
}

async function published(client: Client): Promise<number> {
  try {
    return Number((await client.call('getCheckpoint')).split('\n')[1]);
  } catch (error) {
    if (error instanceof ApiProblem && error.slug === 'not-found') return 0;
    throw error;
  }
}
