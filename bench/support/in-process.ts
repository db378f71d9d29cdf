import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import type { AgencyId, Instant } from '../../core/model/scalars.ts';
import { endpoints } from '../../test/integration/endpoints.ts';
import { type Tables, tablesAt } from '../../test/integration/tables.ts';
import { agencyBody, agreementBody, PROVIDER, RECIPIENT } from '../../test/support/transfers.ts';
import { hundredths, whole } from './table.ts';
import { entryOf, RECORDS } from './transfers.ts';
import { itemBytes, writeUnits } from './units.ts';

/**
 * Has the functions' own code, loaded from here on, use tables of its own in the engine, and KMS and S3 as the local
 * system has them. Who called this ends with {@link stopEndpoints}.
 */
export async function useTables(engine: string): Promise<Tables> {
  const tables = await tablesAt(engine);
  Object.assign(process.env, tables.env, {
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  return tables;
}

export const stopEndpoints = async (): Promise<void> => (await endpoints()).stop();

export const CONTEXT = { getRemainingTimeInMillis: () => 3_600_000 } as unknown as Context;

/** Runs the functions' code in this process, where its processor time and its writes can be counted. */
export async function measureInProcess(engine: string) {
  const tables = await useTables(engine);
  const { append } = await import('../../lambdas/appends/append.ts');
  const { insert } = await import('../../lambdas/store/ledger.ts');
  const { sealedItem } = await import('../../lambdas/store/entries.ts');
  const now = () => new Date().toISOString() as Instant;
  const steward = { sub: 'steward', roles: ['steward' as const] };
  const provider = { sub: 'agency', agency: PROVIDER as AgencyId, roles: [] };
  for (const agencyId of [PROVIDER, RECIPIENT])
    await append(
      steward,
      { kind: 'agency-registered', idempotencyKey: agencyId, body: agencyBody({ agencyId }) },
      now(),
    );
  await append(
    steward,
    { kind: 'agreement-registered', idempotencyKey: 'agreement', body: agreementBody() },
    now(),
  );
  const accept = () =>
    append(
      provider,
      { kind: 'transfer-recorded', idempotencyKey: randomUUID(), body: RECORDS.usual() },
      now(),
    );
  const raw = async () => insert(await sealedItem(entryOf(RECORDS.usual())));
  return {
    rawCpuMs: await cpuMs(raw),
    acceptCpuMs: await cpuMs(accept),
    laterUnits: await laterUnits(tables),
  };
}

async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 200; i++) await work();
  const rounds = 500;
  const before = process.cpuUsage();
  for (let i = 0; i < rounds; i++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / rounds;
}

/** What sequencing and projecting write for each entry, when so many come at once. */
async function laterUnits({ views }: Tables): Promise<string[][]> {
  const { dynamo } = await import('../../lambdas/store/client.ts');
  const { insertMissing } = await import('../../lambdas/store/ledger.ts');
  const { sealedItem } = await import('../../lambdas/store/entries.ts');
  const { sequence } = await import('../../lambdas/sequencing/sequence.ts');
  const { project } = await import('../../lambdas/projection/project.ts');

  const units = { ledger: 0, views: 0 };
  dynamo.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as { TableName?: string; ReturnConsumedCapacity?: string };
      input.ReturnConsumedCapacity = 'TOTAL';
      const result = await next(args);
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: unknown };
      units.views += writeCapacity(args.input, ConsumedCapacity, views);
      units.ledger += insertedUnits(args.input);
      return result;
    },
    { step: 'initialize' },
  );
  const rows: string[][] = [];
  for (const count of [1, 100, 4_000]) {
    const entries = Array.from({ length: count }, () => entryOf(RECORDS.usual()));
    await insertMissing(await Promise.all(entries.map(sealedItem)));
    await project(() => 3_600_000);
    Object.assign(units, { ledger: 0, views: 0 });
    await sequence(
      entries.map(({ entry, leaf }) => ({ entryId: entry.entryId, at: entry.recordedAt, leaf })),
      () => new Date().toISOString() as Instant,
    );
    await project(() => 3_600_000);
    rows.push([whole(count), hundredths(units.ledger / count), hundredths(units.views / count)]);
  }
  return rows;
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

interface Statement {
  readonly Statement: string;
  readonly Parameters?: readonly Parameters<typeof itemBytes>[0][string][];
}

function insertedUnits(input: object): number {
  const statements =
    'Statements' in input
      ? (input.Statements as Statement[])
      : 'Statement' in input
        ? [input as Statement]
        : [];
  return statements.reduce((sum, { Statement: text, Parameters = [] }) => {
    const names = [...text.matchAll(/'(\w+)': \?/g)].map(([, name]) => name ?? '');
    const item = Object.fromEntries(names.map((name, i) => [name, Parameters[i] ?? { NULL: true }]));
    return sum + writeUnits(itemBytes(item as Parameters<typeof itemBytes>[0]));
  }, 0);
}
