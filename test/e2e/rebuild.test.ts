import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordScenario } from '../../local/scenario/record.ts';
import { type System, startSystem } from '../../local/system.ts';

const run = promisify(execFile);
const PROJECT = join(import.meta.dirname, '../..');

let system: System;
let dataFolder: string;
let traceId: string | undefined;
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'amanat-rebuild-'));
  system = await startSystem({
    port: 0,
    dataFolder,
    fresh: true,
    inMemory: true,
    onStep: () => undefined,
    report: () => undefined,
  });
  ({ traceId } = await recordScenario({ url: system.url, token: (as) => system.token(as) }));
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
];

async function text(page: string): Promise<string> {
  const authorization = `Bearer ${await system.token({ roles: ['auditor'] })}`;
  const response = await fetch(system.url + page, { headers: { authorization } });
  return `${response.status} ${await response.text()}`;
}

it('one command drops the views and builds them anew, to the same answers', async () => {
  const answers = () =>
    Promise.all(
      // Cursors are authenticated with a key that is made anew.
      PAGES.map(async (page) => [page, (await text(page)).replace(/"nextCursor":"[^"]*",?/, '')]),
    );
  // The trace is the last of the scenario's entries: once the views know of it, they stand still.
  await expect.poll(() => text('/v1/incidents'), { timeout: 20_000 }).toContain(traceId);
  const before = await answers();
  for (const [, answer] of before) expect(answer).toMatch(/^200 /);
  expect(JSON.stringify(before[0]).length).toBeGreaterThan(10_000);
  const { stdout } = await run(process.execPath, ['local/rebuild.ts', '--data', dataFolder], {
    cwd: PROJECT,
  });
  expect(stdout).toMatch(/built anew from \d+ entries/);
  expect(await answers()).toEqual(before);
});

it('says where there is nothing to rebuild', async () => {
  const failure = await run(process.execPath, ['local/rebuild.ts', '--data', join(dataFolder, 'nowhere')], {
    cwd: PROJECT,
  }).catch((error: { code: number; stderr: string }) => error);
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining('no system runs on') });
});
