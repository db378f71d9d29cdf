import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { policyOf } from '../../core/log/policy.ts';
import { parseReceipt, verifyReceipt } from '../../core/log/receipt.ts';
import { recordScenario } from '../../local/scenario/record.ts';
import { type System, startSystem } from '../../local/system.ts';

const run = promisify(execFile);
const PROJECT = join(import.meta.dirname, '../..');

let system: System;
let dataFolder: string;
/** With the tables in memory, each start finds a data folder that has lost them, and keeps keys and archive. */
const start = (fresh: boolean) =>
  startSystem({
    port: 0,
    dataFolder,
    fresh,
    inMemory: true,
    onStep: () => undefined,
    report: () => undefined,
  });
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'amanat-restore-'));
  system = await start(true);
});
afterAll(async () => {
  await system.stop();
  await rm(dataFolder, { recursive: true, force: true });
});

const PAGES = [
  '/v1/transfers?limit=200',
  '/v1/transfers?state=overdue&field=cnic',
  '/v1/transfers?q=extract',
  '/v1/obligations?limit=200',
  '/v1/coverage',
  '/v1/agencies',
  '/v1/agreements',
  '/v1/incidents',
  '/v1/entries?limit=256',
];
async function get(page: string): Promise<{ status: number; text: string }> {
  const authorization = `Bearer ${await system.token({ roles: ['auditor'] })}`;
  const response = await fetch(system.url + page, { headers: { authorization } });
  return { status: response.status, text: await response.text() };
}
const answers = () =>
  Promise.all(
    // Cursors are authenticated with a key that is made anew.
    PAGES.map(async (page) => [page, (await get(page)).text.replace(/"nextCursor":"[^"]*",?/, '')]),
  );
const command = (script: string) =>
  run(process.execPath, [`local/${script}.ts`, '--data', dataFolder], { cwd: PROJECT }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
const signed = async () => (await get('/log/checkpoint')).text.split('\n')[1];
/** Until the log shows all that the views reflect: the list of entries grows with it. */
async function publishedSize(): Promise<number> {
  const { size } = JSON.parse((await get('/v1/incidents')).text).reflects;
  await expect.poll(signed, { timeout: 30_000 }).toBe(String(size));
  return size;
}

it('one command drops the views and builds them anew, to the same answers', async () => {
  const { traceId } = await recordScenario({ url: system.url, token: (as) => system.token(as) });
  // The trace is the last of the scenario's entries: once the views know of it, they stand still.
  await expect.poll(async () => (await get('/v1/incidents')).text, { timeout: 30_000 }).toContain(traceId);
  await publishedSize();
  const before = await answers();
  for (const page of PAGES) expect((await get(page)).status).toBe(200);
  expect(before[0]?.[1]?.length).toBeGreaterThan(10_000);
  expect((await command('rebuild')).stdout).toMatch(/built anew from \d+ entries/);
  expect(await answers()).toEqual(before);
});

it('one command rebuilds the ledger from the archive, and another its views, to the same root and answers', async () => {
  const published = await publishedSize();
  const before = await answers();
  const policy = policyOf([(await get('/log/vkey')).text.trimEnd()]);
  const [root = ''] = (await get('/log/checkpoint')).text.split('\n').slice(2);
  const entryId = JSON.parse((await get('/v1/entries?limit=1')).text).items[0].entryId;
  const [entry, receipt] = [
    (await get(`/v1/entries/${entryId}`)).text,
    (await get(`/v1/entries/${entryId}/receipt`)).text,
  ];
  await system.stop();

  system = await start(false);
  expect((await get('/log/checkpoint')).status).toBe(404);
  const restored = await command('restore');
  expect(restored.stdout).toContain(`size  ${published}\nroot  ${root}\nas the newest checkpoint of `);
  expect((await command('rebuild')).stdout).toContain(`from ${published} entries`);
  expect(await answers()).toEqual(before);
  verifyReceipt(parseReceipt(receipt), Buffer.from(entry), policy);

  // And it goes on from there.
  const response = await fetch(`${system.url}/v1/agencies`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await system.token({ roles: ['steward'] })}`,
      'content-type': 'application/json',
      'idempotency-key': 'after-the-restore',
      prefer: 'wait=20',
    },
    body: JSON.stringify({ agencyId: 'archive-office', name: 'Archive Office', kind: 'government' }),
  });
  expect([response.status, response.headers.get('preference-applied')]).toEqual([201, 'wait=20']);
  expect(await signed()).toBe(String(published + 1));
  expect((await command('inspect')).stdout).toContain('all of it is what the system has written');
});

it.each(['restore', 'rebuild'])('says where there is nothing to %s', async (script) => {
  const nowhere = join(dataFolder, 'nowhere');
  const failure = await run(process.execPath, [`local/${script}.ts`, '--data', nowhere], {
    cwd: PROJECT,
  }).catch((error: { code: number; stderr: string }) => error);
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining('no system runs on') });
});
