import { bearerFor, type Highlight } from './guide.ts';
import type { System } from './system.ts';
import { Progress } from './terminal.ts';

/**
 * Records the worked scenario into a running system. Its idempotency keys are fixed, so doing it at each start leaves
 * what is there as it is.
 */
export async function runScenario(system: System, dataFolder: string): Promise<readonly Highlight[]> {
  // Loaded late: a start without it need not read it.
  const { recordScenario } = await import('./scenario/record.ts');
  const progress = new Progress();
  try {
    const { highlights } = await recordScenario({
      url: system.url,
      token: (as) => system.token(as),
      bearer: bearerFor(dataFolder),
      onProgress: (done, total, what) => progress.show(done, total, what),
    });
    return highlights;
  } finally {
    progress.clear();
  }
}
