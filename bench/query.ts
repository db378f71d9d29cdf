/**
 * What it costs to ask: `npm run bench:query [-- --transfers N]`.
 *
 * Loads 100,000 transfers of 200 agencies over eight years into an empty DynamoDB Local: entries straight into the
 * ledger, then sequenced and projected by the functions' own code, as in a rebuild. Then asks each filter of
 * `GET /v1/transfers`, alone and combined, with and without the record that it was asked, and runs traces, through the functions' handlers in this process: times
 * are those of function and database, without the network. Each is asked many times with changing values.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEngine } from '../local/engine/dynamodb-local.ts';
import { priceOfRecording } from './support/accesses.ts';
import { askAs, openIncident } from './support/ask.ts';
import { stopEndpoints, useTables } from './support/in-process.ts';
import { loadLedger } from './support/ledger.ts';
import { load } from './support/load.ts';
import { print, tenths, title, whole } from './support/table.ts';
import { AGENCIES, AREAS, DATASETS } from './support/world.ts';

const { values } = parseArgs({ options: { transfers: { type: 'string', default: '100000' } } });
const TRANSFERS = Number(values.transfers);
const ROUNDS = 60;

const folder = await mkdtemp(join(tmpdir(), 'amanat-bench-'));
const engine = await startEngine({ folder, onDisk: false });
async function main(): Promise<void> {
  const { client } = await useTables(engine.endpoint);
  const times = await loadLedger(TRANSFERS);
  title(`Loading ${whole(TRANSFERS)} transfers`);
  print(
    ['', 'seconds', 'per second'],
    times.map(({ what, seconds }) => [what, tenths(seconds), whole(TRANSFERS / seconds)]),
  );

  const rows: string[][] = [];
  for (const [name, query] of Object.entries(QUERIES)) {
    let found = 0;
    const { p50, p99 } = await load(1, ROUNDS, async (n) => {
      const { items } = await askAs('auditor', 'listTransfers', { query: query(n) });
      found += items.length;
    });
    rows.push([name, tenths(found / ROUNDS), tenths(p50), tenths(p99)]);
  }
  title('GET /v1/transfers, one page of at most 50');
  print(['filter', 'found', 'p50 ms', 'p99 ms'], rows);

  title('What it costs that each read is on record');
  const price = await priceOfRecording();
  print(['', 'p50 ms', 'p99 ms'], price.times);
  print(['', 'bytes', 'write units'], price.units);

  title('Other questions');
  const incidentId = await openIncident();
  const others: string[][] = [];
  for (const [name, ask] of Object.entries(OTHERS)) {
    const first = await load(1, 1, () => ask(incidentId, 0));
    const { p50, p99 } = await load(1, 20, (n) => ask(incidentId, n + 1));
    others.push([name, tenths(first.p50), tenths(p50), tenths(p99)]);
  }
  print(['', 'first ms', 'p50 ms', 'p99 ms'], others);
  client.destroy();
}

type Query = Record<string, string | string[]>;
const one = <T>(list: readonly T[], n: number): T => list[(n * 7 + 3) % list.length] as T;

const QUERIES: Record<string, (n: number) => Query> = {
  'no filter': () => ({}),
  recipient: (n) => ({ recipient: one(AGENCIES, n) }),
  provider: (n) => ({ provider: one(AGENCIES, n) }),
  dataset: (n) => ({ dataset: one(DATASETS, n) }),
  'field, common': () => ({ field: 'cnic' }),
  'field, rare': () => ({ field: 'iccid' }),
  'three fields, all': () => ({ field: ['cnic', 'address', 'imei'] }),
  'three fields, any': () => ({ field: ['iccid', 'photo', 'ntn'], match: 'any' }),
  purpose: () => ({ purpose: 'https://w3id.org/dpv#LegalCompliance' }),
  area: (n) => ({ area: one(AREAS, n) }),
  'snapshot from … to': (n) => ({
    snapshotFrom: `20${19 + (n % 6)}-02-01`,
    snapshotTo: `20${19 + (n % 6)}-02-20`,
  }),
  'state overdue': () => ({ state: 'overdue' }),
  'state disputed': () => ({ state: 'disputed' }),
  'words, two': (n) => ({ q: `extract ${1_000 + ((n * 97) % 500)}` }),
  'recipient + field + area': (n) => ({ recipient: one(AGENCIES, n), field: 'address', area: one(AREAS, n) }),
  'Q1: cnic + address, Punjab, ≤ 2022-03': () => ({
    field: ['cnic', 'address'],
    area: 'PK-PB',
    snapshotTo: '2022-03-31',
  }),
  'nothing matches': (n) => ({ recipient: one(AGENCIES, n), provider: one(AGENCIES, n) }),
};

const OTHERS: Record<string, (incidentId: string, n: number) => Promise<unknown>> = {
  'obligations, overdue': () => askAs('auditor', 'listObligations', {}),
  coverage: () => askAs('auditor', 'getCoverage', {}),
  'trace: number + id + address, Punjab, old': (incidentId, n) =>
    askAs('auditor', 'runTrace', {
      params: { incidentId },
      body: {
        fields: ['msisdn', 'cnic', 'address'],
        areas: ['PK-PB'],
        vintage: { from: '2021-06-01', to: `2022-${String(1 + (n % 9)).padStart(2, '0')}-28` },
        seenOn: '2026-03-01',
      },
    }),
  'trace: seven fields, any area': (incidentId, n) =>
    askAs('auditor', 'runTrace', {
      params: { incidentId },
      body: {
        fields: ['msisdn', 'cnic', 'address', 'name', 'imei', 'iccid', 'birth-date'],
        seenOn: `2026-03-${String(1 + (n % 28)).padStart(2, '0')}`,
      },
    }),
};

try {
  await main();
} finally {
  await stopEndpoints();
  await engine.stop();
  await rm(folder, { recursive: true, force: true });
}
