/**
 * What it costs to accept a transfer: `npm run bench:accept`.
 *
 * In one run, on one DynamoDB Local that keeps its tables in memory: raw PartiQL inserts of the very items that accepting makes, and
 * `POST /v1/transfers` through the gateway, the authorizer and the deployed bundles, each at 1 and 16 connections.
 * Machines differ and are shared, so it is the ratio that holds. Then the processor time of an append within the
 * function, and the write units of an append, by table.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamoDBClient, ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import { createClient } from '../core/api/client.ts';
import { sealedItem } from '../lambdas/store/entries.ts';
import { startSystem } from '../local/system.ts';
import { agencyBody, agreementBody, PROVIDER, RECIPIENT, THIRD_PARTY } from '../test/support/transfers.ts';
import { measureInProcess, stopEndpoints, useTables } from './support/in-process.ts';
import { load } from './support/load.ts';
import { hundredths, note, print, tenths, title, whole } from './support/table.ts';
import { entryOf, RECORDS, type RecordSize } from './support/transfers.ts';
import { intakeBytes, itemBytes, writeUnits } from './support/units.ts';

const COUNTS = { raw: 1_500, api: 800, warmUp: 100 };

const dataFolder = await mkdtemp(join(tmpdir(), 'amanat-bench-'));
const system = await startSystem({
  port: 0,
  dataFolder,
  fresh: true,
  inMemory: true,
  onStep: () => {},
  report: note,
});
async function main(): Promise<void> {
  await register();
  const scratch = await useTables(system.engine);
  const token = await system.token({ agency: PROVIDER });

  const rows: string[][] = [];
  for (const connections of [1, 16]) {
    const raw = await warmLoad(connections, COUNTS.raw, () => insertRaw(scratch.client, scratch.ledger));
    const api = await warmLoad(connections, COUNTS.api, () => post(token));
    for (const [what, { perSecond, p50, p99 }] of [
      ['raw PartiQL insert', raw],
      ['POST /v1/transfers', api],
    ] as const)
      rows.push([
        what,
        String(connections),
        whole(perSecond),
        hundredths(perSecond / raw.perSecond),
        tenths(p50),
        tenths(p99),
      ]);
  }
  title('Accepting transfers of the usual size');
  print(['', 'connections', 'per second', 'of raw', 'p50 ms', 'p99 ms'], rows);

  const measured = await measureInProcess(system.engine);
  title('Processor time within the function');
  print(
    ['', 'ms an append'],
    [
      ['accept', hundredths(measured.acceptCpuMs)],
      ['of which a raw insert by the SDK', hundredths(measured.rawCpuMs)],
    ],
  );
  title('Write units to accept a transfer, by DynamoDB’s rule from the items');
  print(['record', 'JSON bytes', 'item bytes', 'ledger table', 'its intake index'], await unitRows());
  note('What is written after that: npm run bench:log.');
  scratch.client.destroy();
}

const warmLoad = async (connections: number, count: number, work: () => Promise<unknown>) => {
  await load(connections, COUNTS.warmUp, work);
  return load(connections, count, work);
};

async function register(): Promise<void> {
  const client = createClient({ url: system.url, token: () => system.token({ roles: ['steward'] }) });
  for (const agencyId of [PROVIDER, RECIPIENT, THIRD_PARTY])
    await client.call('registerAgency', {
      body: agencyBody({ agencyId }) as never,
      idempotencyKey: randomUUID(),
    });
  await client.call('registerAgreement', { body: agreementBody() as never, idempotencyKey: randomUUID() });
}

async function post(token: string): Promise<void> {
  const response = await fetch(`${system.url}/v1/transfers`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(RECORDS.usual()),
  });
  await response.arrayBuffer();
  if (response.status !== 201) throw new Error(`the API answered ${response.status}`);
}

async function insertRaw(engine: DynamoDBClient, table: string): Promise<void> {
  const item = await sealedItem(entryOf(RECORDS.usual()));
  const names = Object.keys(item);
  await engine.send(
    new ExecuteStatementCommand({
      Statement: `INSERT INTO "${table}" VALUE {${names.map((name) => `'${name}': ?`).join(', ')}}`,
      Parameters: names.flatMap((name) => item[name] ?? []),
    }),
  );
}

const unitRows = (): Promise<string[][]> => Promise.all((Object.keys(RECORDS) as RecordSize[]).map(unitRow));

async function unitRow(size: RecordSize): Promise<string[]> {
  const stored = entryOf(RECORDS[size]());
  const item = await sealedItem(stored);
  return [
    size,
    whole(JSON.stringify(stored.entry.body).length),
    whole(itemBytes(item)),
    String(writeUnits(itemBytes(item))),
    String(writeUnits(intakeBytes(item))),
  ];
}

try {
  await main();
} finally {
  await stopEndpoints();
  await system.stop();
  await rm(dataFolder, { recursive: true, force: true });
}
