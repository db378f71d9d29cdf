import { vi } from 'vitest';
import type { Instant } from '../../../core/model/scalars.ts';
import type { StoredEntry } from '../../../lambdas/store/entries.ts';
import { Faults, Killed } from './faults.ts';
import { doorbell } from './ledger.ts';

/** A sequencer's process, just started: it has asked nobody for anything yet, and meets with faults of its own. */
export interface Process {
  readonly faults: Faults;
  /** Rings with the stream's records of these entries. */
  ring(entries: readonly StoredEntry[]): Promise<End>;
  /** Looks for what was left behind since. */
  sweep(since: Instant): Promise<End>;
}

/** What became of a run. A process that was killed says nothing; one that failed is rung again by the stream. */
export type End = 'done' | 'killed' | 'failed';

/** What seals the entries that rings tell of: it is not the process's own, and meets with nothing. */
let seals: Promise<typeof import('../../../lambdas/store/seal.ts')> | undefined;

/** The environment must name the tables by now. Processes that were started before go on as they are. */
export async function startProcess(): Promise<Process> {
  seals ??= import('../../../lambdas/store/seal.ts');
  await seals;
  vi.resetModules();
  const [sequencer, sweeper, { dynamo }, { kms }, { s3 }, { lambda }] = await Promise.all([
    import('../../../lambdas/sequence.ts'),
    import('../../../lambdas/sweep.ts'),
    import('../../../lambdas/store/client.ts'),
    import('../../../lambdas/store/kms.ts'),
    import('../../../lambdas/store/archive.ts'),
    import('../../../lambdas/store/bell.ts'),
  ]);
  const faults = Faults.install(dynamo).alsoIn(kms).alsoIn(s3).alsoIn(lambda);
  const end = async (run: Promise<unknown>): Promise<End> =>
    run.then(
      // A bell that is not heard is nobody's to fail for, so a kill at it shows by nothing else.
      () => (faults.isDead ? 'killed' : 'done'),
      (error: unknown) => (error instanceof Killed ? 'killed' : 'failed'),
    );
  return {
    faults,
    ring: async (entries) => end(sequencer.handler(await doorbell(entries, seals))),
    sweep: (since) => end(sweeper.handler({ since })),
  };
}
