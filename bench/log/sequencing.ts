import { randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { EntryId } from '../../core/model/scalars.ts';
import { accepted } from '../support/accepted.ts';
import { useTables } from '../support/in-process.ts';
import { hundredths, percentile, print, title, whole } from '../support/table.ts';

/** What a stream hands over at most, and a whole batch as the sweep may find it. */
const VOLUMES = [1_000, 4_096];
const ROUNDS = 5;

/**
 * Entries put into the log a second, from claimed to published, beside raw inserts in batches of 25 of rows as small as
 * the INDEX that each entry gets, and of the entries' own rows. All take turns in one run, so that whatever else the
 * machine does falls upon each.
 */
export async function measureSequencing(engine: string): Promise<void> {
  const { client } = await useTables(engine);
  const { insertMissing } = await import('../../lambdas/store/ledger.ts');
  const { bringIn } = await import('../../lambdas/sequencing/run.ts');
  const rows: string[][] = [];
  for (const volume of VOLUMES) {
    const rates = { entries: [] as number[], indexes: [] as number[], sequenced: [] as number[] };
    const timed = async (of: keyof typeof rates, work: () => Promise<unknown>) => {
      const started = performance.now();
      await work();
      rates[of].push((volume / (performance.now() - started)) * 1_000);
    };
    for (let round = 0; round <= ROUNDS; round++) {
      const { items, claimed } = await accepted(volume);
      const indexes = Array.from({ length: volume }, (_, n) => indexItem(n));
      await timed('entries', () => insertMissing(items));
      await timed('indexes', () => insertMissing(indexes));
      await timed('sequenced', () => bringIn(claimed, new Logger(), new Metrics({ namespace: 'Bench' })));
    }
    // The first round measures the compilers of both sides.
    const [entries, indexes, sequenced] = Object.values(rates).map((each) => percentile(each.slice(1), 0.5));
    const ratios = rates.sequenced.map((rate, round) => rate / (rates.indexes[round] ?? Number.NaN));
    rows.push([
      whole(volume),
      whole(entries ?? Number.NaN),
      whole(indexes ?? Number.NaN),
      whole(sequenced ?? Number.NaN),
      hundredths(percentile(ratios.slice(1), 0.5)),
    ]);
  }
  title('Sequencing on DynamoDB Local, rows or entries a second (medians)');
  print(['at once', 'raw, entries', 'raw, INDEX rows', 'sequenced', 'of raw INDEX'], rows);
  client.destroy();
}

const indexItem = (n: number) => {
  const id = randomBytes(16).toString('hex') as EntryId;
  return { pk: { S: `ENTRY#${id}` }, sk: { S: 'INDEX' }, index: { N: String(n) } };
};
