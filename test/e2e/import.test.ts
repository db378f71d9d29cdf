import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseMapping } from '../../cli/import/mapping.ts';
import { type Plan, planImport } from '../../cli/import/plan.ts';
import { createClient } from '../../core/api/client.ts';
import { entryIdOf, transferIdOf } from '../../core/model/entry.ts';
import { type System, startSystem } from '../../local/system.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'amanat-import-'));
const path = (name: string) => join(folder, name);

/** The public register where it is at hand, and an invented one of the same shape and size where it is not. */
const publicRegister = join(root, '..', 'shared', 'data', 'phe-odr-release-register.csv');
const invented = [
  'Key,RowID,ODRReference,DataRecipient,OrganisationType,Purpose,DataSource,DataTypeProvidedTo,LegalBasisForRelease,DateOfRelease',
  ...Array.from(
    { length: 239 },
    (_, i) =>
      `${i},R${i - (i % 100 === 99 ? 1 : 0)},REF_${i},Invented University ${i % 40},Academic Institution,` +
      `"To study, ${'at length, '.repeat(i % 80)}whatever",Invented Register,Anonymised,Consent,2016-0${1 + (i % 9)}-15`,
  ),
];
const register = existsSync(publicRegister) ? publicRegister : path('register.csv');
const mapping = join(root, 'examples', 'phe-odr-register.mapping.json');

interface Outcome {
  readonly counts: Readonly<Record<string, number>>;
  readonly agencies: { readonly registered: string[]; readonly alreadyThere: string[] };
}

/** The first run may find the machine busy with everything else that tests it. */
describe('a register is imported into the running system', { timeout: 400_000 }, () => {
  let system: System;
  let plan: Plan;
  let steward: string;
  let auditor: string;

  beforeAll(async () => {
    if (register !== publicRegister) writeFileSync(register, invented.join('\n'));
    plan = planImport(readFileSync(register), parseMapping(readFileSync(mapping, 'utf8')));
    const lines: string[] = [];
    const said = (line: string) => lines.push(line);
    system = await startSystem({
      port: 0,
      dataFolder: path('data'),
      fresh: true,
      onStep: said,
      report: said,
    });
    steward = await system.token({ roles: ['steward'] });
    auditor = await system.token({ roles: ['auditor'] });
  });
  afterAll(async () => {
    await system?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (...options: string[]): ChildProcess =>
    spawn(process.execPath, [join(root, 'cli', 'main.ts'), 'import', '-m', mapping, register, ...options], {
      env: { PATH: process.env['PATH'], AMANAT_URL: system.url, AMANAT_TOKEN: steward },
      stdio: ['ignore', 'ignore', 'inherit'],
    });

  async function run(...options: string[]): Promise<Outcome> {
    await once(start('--report', path('report.json'), ...options), 'exit');
    return JSON.parse(readFileSync(path('report.json'), 'utf8')) as Outcome;
  }

  /** Every transfer that the ledger has, once the views have caught up with `entries` entries. */
  async function transfersAfter(entries: number) {
    const client = createClient({ url: system.url, token: () => auditor });
    const deadline = Date.now() + 120_000;
    for (;;) {
      const { reflects } = await client.call('listTransfers', { query: { limit: 1 } });
      if (reflects.size >= entries || Date.now() > deadline) break;
      await pause(250);
    }
    const found = [];
    for await (const transfer of client.items('listTransfers', { query: { limit: 200 } }))
      found.push(transfer);
    const { reflects } = await client.call('listTransfers', { query: { limit: 1 } });
    return { found, size: reflects.size };
  }

  /** What the ledger must hold in the end, worked out from the file alone. */
  function expected() {
    const submitter = `staff:${decodeJwt(steward).sub}`;
    const transferIds = plan.transfers.map(({ key }) => transferIdOf(entryIdOf(submitter, key)));
    return { transferIds: transferIds.sort(), entries: plan.transfers.length + plan.agencies.length };
  }

  test('killed in the middle, and run again without its state: nothing is lost and nothing doubled', async () => {
    const child = start('--state', path('state'));
    const gone = once(child, 'exit');
    // The first rows are answered, and the next are on their way when it dies.
    const transfersNoted = () =>
      existsSync(path('state'))
        ? readFileSync(path('state'), 'utf8').split('import/transfer/').length - 1
        : 0;
    while (transfersNoted() === 0 && child.exitCode === null) await pause(5);
    child.kill('SIGKILL');
    expect(await gone).toEqual([null, 'SIGKILL']);
    const answered = transfersNoted();
    expect(answered).toBeLessThan(plan.transfers.length);

    const { counts, agencies } = await run();
    expect(counts).toMatchObject({ refused: plan.refused.length, duplicates: 0, notSent: 0 });
    expect(counts['alreadyThere']).toBeGreaterThanOrEqual(answered);
    expect(counts['recorded']).toBeGreaterThan(0);
    expect((counts['recorded'] ?? 0) + (counts['alreadyThere'] ?? 0)).toBe(plan.transfers.length);
    expect(agencies.alreadyThere).toHaveLength(plan.agencies.length);

    const { transferIds, entries } = expected();
    const { found, size } = await transfersAfter(entries);
    expect(found.map(({ transferId }) => transferId as string).sort()).toEqual(transferIds);
    // Reads come into the log after some minutes, and are no part of what was imported.
    expect(size).toBeGreaterThanOrEqual(entries);
    for (const transfer of found)
      expect(transfer).toMatchObject({
        assertion: 'retrospective',
        flags: expect.arrayContaining(['recorded-by-steward']),
      });
  });

  test('run once more finds everything there, with its state and without', async () => {
    for (const options of [['--state', path('state')], []]) {
      const { counts, agencies } = await run(...options);
      expect(counts).toMatchObject({ recorded: 0, alreadyThere: plan.transfers.length, notSent: 0 });
      expect(agencies.registered).toEqual([]);
    }
    const { entries } = expected();
    expect((await transfersAfter(entries)).found).toHaveLength(plan.transfers.length);
  });

  test('keeps the rows as they were recorded when the mapping has changed', async () => {
    const changed = JSON.parse(readFileSync(mapping, 'utf8')) as Record<string, unknown>;
    writeFileSync(path('changed.json'), JSON.stringify({ ...changed, confidence: 'high' }));
    // The later option counts.
    const { counts } = await run('-m', path('changed.json'));
    expect(counts).toMatchObject({
      recorded: 0,
      alreadyThere: 0,
      refused: plan.transfers.length + plan.refused.length,
    });
    const { entries } = expected();
    expect((await transfersAfter(entries)).found).toHaveLength(plan.transfers.length);
  });

  test('has every record as the register gives it, with the file as evidence', async () => {
    const client = createClient({ url: system.url, token: () => auditor });
    const submitter = `staff:${decodeJwt(steward).sub}`;
    for (const { key, body } of [plan.transfers[0], plan.transfers.at(-1)].filter(
      (one) => one !== undefined,
    )) {
      const transferId = transferIdOf(entryIdOf(submitter, key));
      const { record, flags } = await client.call('getTransfer', { params: { transferId } });
      expect(record).toEqual(body);
      expect(record.evidence?.[0]?.sha256).toBe(plan.fileSha256);
      expect(flags.map(({ code }) => code)).toContain('recorded-by-steward');
    }
  });
});
