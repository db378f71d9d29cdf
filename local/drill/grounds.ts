import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { createClient } from '../../core/api/client.ts';
import type { VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { type Policy, policyOf } from '../../core/log/policy.ts';
import { Fault } from '../fault.ts';
import { runScenario } from '../scenario-run.ts';
import type { System } from '../system.ts';
import { LOCAL_CREDENTIALS } from '../tables.ts';
import { REGION } from '../template/resolve.ts';
import type { Row } from './backdoor.ts';
import { Backdoor, type Snapshot } from './backdoor.ts';
import { isCosignature, isEntry } from './forge.ts';
import { Heads } from './heads.ts';
import { Logs } from './logs.ts';
import { type Fetch, keep } from './reader.ts';

const SETTLED_WITHIN_MS = 60_000;
/** What a function answered; `undefined` when it failed. */
export type Call = (name: string, event: object) => Promise<unknown>;

/** A running system with a ledger to tamper with, and all that is needed to put it right again. */
export interface Grounds {
  readonly door: Backdoor;
  readonly heads: Heads;
  readonly logs: Logs;
  readonly call: Call;
  readonly fetch: Fetch;
  readonly policy: Policy;
  readonly base: Snapshot;
  readonly baseHeads: readonly Row[];
  /** The checkpoint that a reader has kept from before. */
  readonly kept: VerifiedCheckpoint;
  readonly entries: number;
  close(): void;
}

/** Fills a new system's ledger with rows of every kind, and waits until all of them are there. */
export async function prepare(system: System, dataFolder: string): Promise<Grounds> {
  const [sequence, witness] = [system.environment('sequence'), system.environment('witness')];
  // The insider's tools are the functions' own code, and look for keys and tables where that does.
  Object.assign(process.env, sequence);
  const client = new DynamoDBClient({
    endpoint: system.engine,
    region: REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  const lambda = new LambdaClient({
    endpoint: sequence['AWS_ENDPOINT_URL_LAMBDA'] ?? '',
    region: REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  const archive = join(dataFolder, 'objects', sequence['ARCHIVE_BUCKET'] ?? '');
  const door = new Backdoor(client, sequence['LEDGER_TABLE'] ?? '', archive);
  const heads = new Heads(client, witness['WITNESS_TABLE'] ?? '');
  const call = callBy(lambda);
  const fetch = fetchFrom(system.url);

  await runScenario(system, dataFolder);
  await readSome(system);
  // What waited for an entry would otherwise get one in the middle of a case.
  await call('sweep', { readsSince: new Date(Date.now() - 3_600_000).toISOString() });
  await recordMore(system);
  const entries = await settled(door, fetch, call);
  const policy = policyOf([(await fetch('vkey')).toString().trim()]);
  return {
    door,
    heads,
    logs: new Logs(system.logFolder),
    call,
    fetch,
    policy,
    base: await door.snapshot(),
    baseHeads: await heads.read(),
    kept: await keep(fetch, policy),
    entries,
    close: () => {
      client.destroy();
      lambda.destroy();
    },
  };
}

const callBy =
  (client: LambdaClient): Call =>
  async (name, event) => {
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
    );
    return FunctionError === undefined ? JSON.parse(Buffer.from(Payload ?? []).toString('utf8')) : undefined;
  };

const fetchFrom =
  (url: string): Fetch =>
  async (path) => {
    const response = await globalThis.fetch(`${url}/log/${path}`);
    if (!response.ok) throw new Error(`the log answers ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };

/** More than the 256 entries of a tile, in two batches or more. */
async function recordMore(system: System): Promise<void> {
  const provider = createClient({
    url: system.url,
    token: () => system.token({ agency: 'telecom-authority' }),
  });
  for (const [part, count] of [100, 20].entries()) {
    const body = Array.from({ length: count }, (_, n) => ({
      idempotencyKey: `drill-${part}-${n}`,
      kind: 'transfer-recorded' as const,
      body: TRANSFER,
    }));
    const answers = await provider.call('recordEntries', { body });
    const refused = answers.find(({ status }) => status !== 201);
    if (refused) throw new Fault(`an entry of the drill was refused: ${refused.status}`);
  }
}

/** Rows of reads, for somebody to tamper with. */
async function readSome(system: System): Promise<void> {
  const auditor = createClient({ url: system.url, token: () => system.token({ roles: ['auditor'] }) });
  await auditor.call('listTransfers', { query: { recipient: 'disaster-authority' } });
  await auditor.call('listAgencies');
}

const TRANSFER = {
  provider: { agencyId: 'telecom-authority' },
  recipient: { agencyId: 'disaster-authority' },
  custodians: [{ role: 'receiver', staffRef: 'da-ops-7' }],
  exception: { reason: 'A drill', approver: 'Director General' },
  purposes: ['https://w3id.org/dpv#PublicPolicyMaking'],
  legalBases: ['https://w3id.org/dpv#PublicInterest'],
  dataset: { id: 'cell-presence', title: 'Numbers seen in flooded districts' },
  fields: [{ name: 'MSISDN', canonical: 'msisdn', sensitivity: 'personal', transform: 'identity' }],
  coverage: { areas: ['PK-SD'], subjects: 'subscribers in six districts' },
  snapshot: { from: '2026-03-01', to: '2026-03-02' },
  volume: { rows: 184_220, exact: true },
  manifest: [{ file: 'presence.csv', rows: 184_220, sha256: '9f'.repeat(32) }],
  handedOver: { earliest: '2026-03-03', latest: '2026-03-03' },
  method: 'sftp',
  encryption: 'transport-and-at-rest',
  access: 'bulk',
  retention: { until: '2026-09-30' },
  disposal: 'erase',
  assertion: 'contemporaneous',
};

/** Waits until all entries are in the published log, cosigned and archived. @throws {Fault} when they do not get there */
async function settled(door: Backdoor, fetch: Fetch, call: Call): Promise<number> {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  while (Date.now() < deadline) {
    const rows = await door.rows();
    const entries = rows.filter(isEntry).length;
    const size = Number((await fetch('checkpoint')).toString().split('\n')[1]);
    const isCosigned = rows.some(
      (row) => isCosignature(row) && row['sk']?.S?.includes(`#${String(size).padStart(20, '0')}#`),
    );
    if (size === entries && isCosigned) {
      await call('archive', {});
      return entries;
    }
    await sleep(250);
  }
  throw new Fault('the entries of the drill do not get into the log');
}
