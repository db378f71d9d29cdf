import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../core/api/client.ts';
import { recordScenario } from '../../local/scenario/record.ts';
import { type System, startSystem } from '../../local/system.ts';
import { LOCAL_CREDENTIALS } from '../../local/tables.ts';
import { REGION } from '../../local/template/resolve.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../cli/main.ts');

let system: System;
let folder: string;
let token: string;
let dynamo: DynamoDBClient;
let keys: readonly string[];
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amanat-verify-'));
  system = await startSystem({
    port: 0,
    dataFolder: path('data'),
    fresh: true,
    inMemory: true,
    onStep: () => undefined,
    report: () => undefined,
  });
  await recordScenario({ url: system.url, token: (as) => system.token(as) });
  token = await system.token({ roles: ['auditor'] });
  dynamo = new DynamoDBClient({ endpoint: system.engine, region: REGION, credentials: LOCAL_CREDENTIALS });
  await writeFile(path('log.vkey'), await (await fetch(`${system.url}/log/vkey`)).text());
  await writeFile(path('witness.vkey'), await (await fetch(`${system.witness}/vkey`)).text());
  keys = ['--key', path('log.vkey'), '--witness', path('witness.vkey')];
});
afterAll(async () => {
  dynamo?.destroy();
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command as one would on a terminal; answers its exit code and its last line. */
async function amanat(...args: readonly string[]): Promise<{ code: number; line: string; stdout: string }> {
  const env = { PATH: process.env['PATH'], AMANAT_URL: system.url, AMANAT_TOKEN: token };
  const { code, stdout } = await run(process.execPath, [MAIN, ...args], { env }).then(
    (done) => ({ code: 0, stdout: done.stdout }),
    (failed: { code: number; stdout: string }) => failed,
  );
  return { code, stdout, line: stdout.trimEnd().split('\n').at(-1) ?? '' };
}

/** Waits until the witness has cosigned what the log shows, for it comes a moment later. */
const verified = (...args: string[]) =>
  expect.poll(() => amanat('verify', ...keys, ...args), { timeout: 60_000 }).toMatchObject({ code: 0 });

type Item = Record<string, AttributeValue>;

async function itemsOf(table: string): Promise<{ table: string; items: Item[] }> {
  const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
  const name = TableNames.find((each) => each.toLowerCase().includes(table)) ?? '';
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: name }));
  return { table: name, items: Items };
}

describe('the running system', () => {
  it('has a log that verifies, and a receipt that does without it', async () => {
    await verified('--state', path('log.state'));
    expect((await amanat('verify', ...keys, '--state', path('log.state'))).line).toMatch(
      /^OK the log \S+ of size \d+ is whole, and begins with the log of size \d+ that was verified before$/,
    );

    const client = createClient({ url: system.url, token: () => token });
    const [{ entryId } = { entryId: '' }] = (await client.call('listTransfers', { query: { limit: 1 } }))
      .items;
    await writeFile(path('entry.json'), (await client.send('getEntry', { params: { entryId } })).bytes);
    await writeFile(path('entry.tlog-proof'), await client.call('getReceipt', { params: { entryId } }));
    const files = ['--receipt', path('entry.tlog-proof'), '--entry', path('entry.json')];
    expect(await amanat('verify', ...files, ...keys)).toMatchObject({
      code: 0,
      line: expect.stringMatching(/^OK /),
    });
    const entry = await readFile(path('entry.json'), 'utf8');
    await writeFile(path('entry.json'), entry.replace('"amanat":1', '"amanat":2'));
    expect(await amanat('verify', ...files, ...keys)).toMatchObject({
      code: 16,
      line: expect.stringMatching(/^FAILED proof: /),
    });
  });

  it('answers what its log says, and an audit names where it was made to answer otherwise', async () => {
    await verified();
    const audited = await amanat('audit', ...keys);
    expect(audited).toMatchObject({
      code: 0,
      line: expect.stringMatching(/^OK what the API answers is what/),
    });
    expect(audited.stdout).toMatch(/\n {2}transfers +41 +41 +0 +0 +0\n/);

    const { table, items } = await itemsOf('views');
    const agency = items.find(({ pk }) => pk?.S === 'AGENCY') as Item;
    const agreement = items.find(({ pk }) => pk?.S === 'AGREEMENT') as Item;
    const value = JSON.parse(
      inflateRawSync(agency['value']?.B ?? new Uint8Array()).toString('utf8'),
    ) as object;
    const changed = { ...agency, value: { B: deflateRawSync(JSON.stringify({ ...value, name: 'Nobody' })) } };
    await dynamo.send(new PutItemCommand({ TableName: table, Item: changed }));
    const { pk, sk } = agreement;
    await dynamo.send(new DeleteItemCommand({ TableName: table, Key: { pk, sk } as Item }));

    const { code, line, stdout } = await amanat('audit', ...keys);
    expect({ code, line }).toEqual({
      code: 30,
      // One in each of the two lists, and one in each hand-over that the public register shows of that agency.
      line: expect.stringMatching(
        /^FAILED views: \d+ differences between what the API answers and what the log says, the first in agencies$/,
      ),
    });
    expect(stdout).toMatch(
      new RegExp(`\n {2}agencies +${agency['sk']?.S} +entry [0-9a-f]{32} at \\d+ +differs +/name\n`),
    );
    expect(stdout).toMatch(
      new RegExp(`\n {2}agreements +${sk?.S} +entry [0-9a-f]{32} at \\d+ +is missing\n`),
    );
    expect(stdout).not.toContain('Nobody');

    await dynamo.send(new PutItemCommand({ TableName: table, Item: agency }));
    await dynamo.send(new PutItemCommand({ TableName: table, Item: agreement }));
    expect(await amanat('audit', ...keys)).toMatchObject({ code: 0 });
  });

  it('does not verify once an entry of its ledger is gone', async () => {
    const { table, items } = await itemsOf('ledger');
    const [entry] = items.filter(({ sk }) => sk?.S === 'ENTRY');
    const { pk, sk } = entry as Item;
    await dynamo.send(new DeleteItemCommand({ TableName: table, Key: { pk, sk } as Item }));
    expect(await amanat('verify', ...keys, '--state', path('log.state'))).toMatchObject({
      code: 6,
      line: expect.stringMatching(/^FAILED broken: the API fails at tile\/entries\/000\.p\/\d+/),
    });
  });
});
