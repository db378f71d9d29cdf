import type { StoredEntry } from '../../../lambdas/store/entries.ts';
import { variedBody } from '../../support/varied.ts';
import { accepting, doorbell, transferEntry } from './ledger.ts';

/** Accepts so many entries, puts them into the log as one batch, and has its head signed. */
export type Grow = (count: number, body?: (n: number) => Record<string, unknown>) => Promise<StoredEntry[]>;

/** The environment must name the tables by now. */
export async function growing(): Promise<Grow> {
  const accept = await accepting();
  const { handler } = await import('../../../lambdas/sequence.ts');
  let made = 0;
  return async (count, body = variedBody) => {
    const entries = Array.from({ length: count }, () => transferEntry(`grown-${made}`, body(made++)));
    const stored = await accept(entries);
    await handler(await doorbell(stored));
    return stored;
  };
}
