import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { accepted } from '../support/accepted.ts';
import { useTables } from '../support/in-process.ts';
import { hundredths, note, print, title, whole } from '../support/table.ts';
import { type Item, insertedItems, itemBytes, writeUnits } from '../support/units.ts';

/** How many entries come at once, and how often: so many lone ones that they fill a tile and begin another. */
const RUNS: readonly [count: number, times: number][] = [
  [1, 260],
  [10, 30],
  [100, 5],
  [1_000, 1],
  [4_096, 1],
];
const KINDS = ['INDEX', 'BATCH', 'TILE', 'CHECKPOINT'] as const;

/** Write units by the kind of row in the ledger table, and in the views table. */
type Units = Record<(typeof KINDS)[number] | 'views', number>;
const NONE: Units = { INDEX: 0, BATCH: 0, TILE: 0, CHECKPOINT: 0, views: 0 };

/** What each accepted entry has written after it, by DynamoDB's rule from the items. */
export async function measureUnits(engine: string): Promise<void> {
  const { client, views } = await useTables(engine);
  const { bringIn } = await import('../../lambdas/sequencing/run.ts');
  const { insertMissing } = await import('../../lambdas/store/ledger.ts');
  const { project } = await import('../../lambdas/projection/project.ts');
  const units = { ...NONE };
  await countWrites(units, views);
  const rows: string[][] = [];
  for (const [count, times] of RUNS) {
    const spent = { ...NONE };
    for (let time = 0; time < times; time++) {
      const { items, claimed } = await accepted(count);
      await insertMissing(items);
      Object.assign(units, NONE);
      await bringIn(claimed, new Logger(), new Metrics({ namespace: 'Bench' }));
      await project(() => 3_600_000);
      for (const kind of [...KINDS, 'views'] as const) spent[kind] += units[kind];
    }
    const each = (kind: keyof Units) => spent[kind] / (count * times);
    const ledger = KINDS.reduce((sum, kind) => sum + each(kind), 0);
    rows.push([
      whole(count),
      ...KINDS.map((kind) => hundredths(each(kind))),
      hundredths(ledger),
      hundredths(each('views')),
    ]);
  }
  title('Write units an entry after it was accepted');
  print(['at once', ...KINDS, 'ledger in all', 'views'], rows);
  note('Each witness adds one unit for each checkpoint that it cosigns.');
  client.destroy();
}

/** Counts what the functions' client of the tables writes from here on. */
async function countWrites(units: Units, views: string): Promise<void> {
  const { dynamo } = await import('../../lambdas/store/client.ts');
  dynamo.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as { ReturnConsumedCapacity?: string };
      input.ReturnConsumedCapacity = 'TOTAL';
      const result = await next(args);
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: unknown };
      units.views += writeCapacity(args.input, ConsumedCapacity, views);
      for (const item of insertedItems(args.input))
        if (item['sk']?.S !== 'ENTRY') units[kindOf(item)] += writeUnits(itemBytes(item));
      return result;
    },
    { step: 'initialize' },
  );
}

/** The local engine tells the capacity of everything but PartiQL; reads of the views are not counted. */
function writeCapacity(input: object, consumed: unknown, views: string): number {
  const writes = 'Item' in input || 'UpdateExpression' in input || isBatchWrite(input);
  if (!writes) return 0;
  const all = [consumed].flat() as { TableName?: string; CapacityUnits?: number }[];
  return all
    .filter((one) => one?.TableName === views)
    .reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
}

const isBatchWrite = (input: object): boolean =>
  'RequestItems' in input && Object.values(input.RequestItems as object).some(Array.isArray);

function kindOf(item: Item): (typeof KINDS)[number] {
  const key = `${item['pk']?.S} ${item['sk']?.S}`;
  const kind = KINDS.find((name) => new RegExp(`(^| )${name}(#|$)`).test(key));
  if (kind === undefined) throw new Error(`a row of no known kind: ${key}`);
  return kind;
}
