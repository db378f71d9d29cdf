import { execFile } from 'node:child_process';
import { hash, randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../core/api/client.ts';
import { unzip } from '../../core/bundle/container.ts';
import { canonicalBytes } from '../../core/canonical.ts';
import { TraceAnswer } from '../../core/trace/answer.ts';
import { SubjectAnswer } from '../../core/trace/subject/answer.ts';
import { type System, startSystem } from '../../local/system.ts';
import {
  agencyBody,
  incidentBody,
  PROVIDER,
  RECIPIENT,
  THIRD_PARTY,
  transferBody,
} from '../support/transfers.ts';

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'amanat-trace-'));
const path = (name: string) => join(folder, name);
const COLUMNS = ['-c', 'msisdn=Number', '-c', 'cnic=CNIC'];

/** A row of an invented person, as agencies write it. */
const row = (number: number, id = number) =>
  `0300${String(number).padStart(7, '0')},3520${(id % 5) + 1}-${String(id).padStart(7, '0')}-1`;
const csv = (name: string, rows: readonly string[]) => {
  writeFileSync(path(name), `Number,CNIC\n${rows.join('\n')}\n`);
  return path(name);
};
const people = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => row(from + at));

/** From key and extract to report, with nothing but the command line. */
describe('a leak is traced by its rows', { timeout: 300_000 }, () => {
  let system: System;
  let incidentId: string;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    const said: string[] = [];
    const line = (text: string) => said.push(text);
    system = await startSystem({
      port: 0,
      dataFolder: path('data'),
      fresh: true,
      onStep: line,
      report: line,
    });
    tokens['steward'] = await system.token({ roles: ['steward'] });
    tokens['provider'] = await system.token({ agency: PROVIDER });
    tokens['auditor'] = await system.token({ roles: ['auditor'] });
    tokens['custodian'] = await system.token({ roles: ['custodian'] });
    tokens['second'] = await system.token({ roles: ['auditor'], name: 'second' });
    for (const agencyId of [PROVIDER, RECIPIENT, THIRD_PARTY])
      await client('steward').call('registerAgency', {
        body: agencyBody({ agencyId }) as never,
        idempotencyKey: agencyId,
      });
    const opened = await client('auditor').call('openIncident', {
      body: incidentBody() as never,
      idempotencyKey: 'incident',
    });
    incidentId = opened.incidentId ?? '';
    await amanat('provider', 'fingerprint-key', 'new', path('key'));
  });
  afterAll(async () => {
    await system?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const client = (who: string) => createClient({ url: system.url, token: () => tokens[who] ?? '' });

  async function amanat(
    who: string,
    ...args: string[]
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = {
      PATH: process.env['PATH'],
      AMANAT_URL: system.url,
      AMANAT_TOKEN: tokens[who],
      AMANAT_KEY_FILE: path('key'),
    };
    try {
      return { code: 0, ...(await promisify(execFile)(process.execPath, [main, ...args], { env })) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  }

  const keyed = ['--provider', PROVIDER, '--epoch', '2024'];

  /** Fingerprints a file and records its hand-over. @param devices what was printed of marks and planted records */
  async function handOver(
    name: string,
    recipient: string,
    rows: readonly string[] | string,
    extracted: string,
    devices: readonly string[] = [],
  ) {
    const file = typeof rows === 'string' ? rows : csv(`${name}.csv`, rows);
    const out = path(`${name}.fp`);
    const made = await amanat(
      'provider',
      ...['fingerprint', file, ...COLUMNS, ...keyed, '--extracted', extracted, '-o', out],
      ...devices.flatMap((device) => ['--with', device]),
    );
    expect(made.code, made.stderr).toBe(0);
    const body = transferBody({
      recipient: { agencyId: recipient },
      agreement: undefined,
      exception: { reason: 'Urgent', approver: 'director-data' },
      ...JSON.parse(made.stdout),
    });
    const { transferId = '' } = await client('provider').call('recordTransfer', {
      body: body as never,
      idempotencyKey: randomUUID(),
    });
    return { transferId, out };
  }

  /** A copy of a file, marked and with planted records; what both commands print, in files. */
  async function copied(file: string, name: string, ids: string) {
    const [planted, marked, list] = [path(`${name}-planted.csv`), path(`${name}.csv`), path(`${name}.list`)];
    const ranges = ['--msisdn-range', `92300999${ids}000-92300999${ids}999`];
    const plant = ['canary', 'new', file, ...COLUMNS, ...keyed, ...ranges, '-n', '60', '--list', list];
    const planting = await amanat(
      'provider',
      ...plant,
      ...['--cnic-range', `352029990${ids}000-352029990${ids}999`, '-o', planted],
    );
    expect(planting.code, planting.stderr).toBe(0);
    const marking = await amanat('provider', 'mark', planted, ...COLUMNS, ...keyed, '-o', marked);
    expect(marking.code, marking.stderr).toBe(0);
    const devices = [planting, marking].map(({ stdout }, at) => {
      writeFileSync(path(`${name}.${at}.json`), stdout);
      return path(`${name}.${at}.json`);
    });
    return { file: marked, list, devices };
  }

  const traced = (who: string, leak: string, out: string, ...more: string[]) =>
    amanat(
      who,
      ...['trace', '--incident', incidentId, '--sample', leak, ...COLUMNS, '--keys', `${PROVIDER}/2024`],
      ...['--seen-on', '2026-01-15', '-o', path(out), ...more],
    );
  const approved = (who: string, digest: string) =>
    amanat(
      who,
      ...['trace-approve', '--incident', incidentId, '--sample-sha256', digest, '--reason', 'Rows seized'],
    );

  test('from extract to report', async () => {
    const narrow = await handOver('narrow', RECIPIENT, people(1_000, 3_000), '2024-02-20');
    const wide = await handOver('wide', THIRD_PARTY, people(0, 9_000), '2024-02-25');
    // Another file than the record commits to is refused before it is sent.
    const wrong = await amanat('provider', 'upload', wide.out, '--transfer', narrow.transferId);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('is not the file that the record'),
    ]);
    for (const { transferId, out } of [narrow, wide])
      expect((await amanat('provider', 'upload', out, '--transfer', transferId)).stdout).toMatch(/^brought/);
    for (const [day, upTo] of [
      ['2024-01-01', 1_800],
      ['2024-02-01', 6_000],
      ['2024-03-01', 9_500],
    ] as const) {
      const file = csv(`frame-${day}.csv`, people(0, upTo));
      const out = path(`frame-${day}.fp`);
      const made = await amanat('steward', 'frame', file, ...COLUMNS, ...keyed, '--date', day, '-o', out);
      const { frame } = JSON.parse(made.stdout);
      const { frameId = '' } = await client('steward').call('recordFrame', {
        body: frame,
        idempotencyKey: day,
      });
      expect((await amanat('steward', 'upload', out, '--frame', frameId)).stdout).toMatch(/^brought/);
    }

    const leak = csv('leak.csv', [
      // Drawn evenly from the narrow one.
      ...people(1_000, 3_000).filter((_, at) => at % 5 < 3),
      ...Array.from({ length: 200 }, (_, at) => row(1_500 + at, 2_000 + at)),
      ...people(50_000, 50_100),
    ]);
    const trace = (who: string) => traced(who, leak, 'report');
    const unapproved = await trace('auditor');
    expect(unapproved.code, unapproved.stderr).toBe(3);
    const digest = /--sample-sha256 ([0-9a-f]{64})/.exec(unapproved.stderr)?.[1] ?? '';
    const approve = (who: string) => approved(who, digest);
    expect((await approve('auditor')).code).toBe(0);
    expect((await trace('auditor')).code).toBe(3);
    expect((await approve('second')).stdout).toMatch(/^approved/);
    // Agencies, the incident, transfers, frames, approvals.
    await caughtUp(3 + 1 + 2 + 3 + 2);
    const answered = await trace('auditor');
    expect(answered.code, answered.stderr).toBe(0);
    expect(answered.stdout).toContain('1500 rows were compared with 2 transfers and 3 reference frames');

    const answer = TraceAnswer.parse(JSON.parse(readFileSync(path('report.json'), 'utf8')));
    const pairs = { together: 1_200, apart: 200, numberOnly: 0, idOnly: 0, neither: 100 };
    expect(answer.content?.transfers.map(({ transferId, pairs }) => [transferId, pairs]).toSorted()).toEqual(
      [
        [narrow.transferId, pairs],
        [wide.transferId, pairs],
      ].toSorted(),
    );
    expect(answer.content?.frames.map(({ stateOf, pairs }) => [stateOf, pairs?.together])).toEqual([
      ['2024-01-01', 480],
      ['2024-02-01', 1_200],
      ['2024-03-01', 1_200],
    ]);
    if (process.env['KEEP_REPORT']) copyFileSync(path('report.html'), process.env['KEEP_REPORT']);
    const [weighed] = answer.content?.attributions ?? [];
    expect(weighed?.ranking[0]).toMatchObject({
      transferId: narrow.transferId,
      credible: true,
      verbal: { supports: 'contributed' },
    });
    expect(weighed?.ranking[0]?.share?.from).toBeLessThan(0.94);
    expect(weighed?.ranking[0]?.share?.to).toBeGreaterThan(0.92);
    expect(weighed?.mixed.value).toBeCloseTo(200 / 1_500, 1);
    const page = readFileSync(path('report.html'), 'utf8');
    expect(page).not.toMatch(/<script|\son\w+=|https?:\/\//);
    expect(page).toContain(narrow.transferId);
    expect(page).toContain('<h3>People concerned</h3>');
    expect(page).toContain('Likelihood ratio of each hand-over');
  });

  test('two copies of one extract are told apart by planted records and spelling', async () => {
    const extract = csv('extract.csv', people(20_000, 24_000));
    const copies = await Promise.all([copied(extract, 'copy-1', '1'), copied(extract, 'copy-2', '2')]);
    const ids: string[] = [];
    for (const [at, recipient] of [RECIPIENT, THIRD_PARTY].entries()) {
      const { file = '', devices = [] } = copies[at] ?? {};
      ids.push((await handOver(`copy-${at}`, recipient, file, '2024-04-01', devices)).transferId);
    }
    await caughtUp(3 + 1 + 2 + 3 + 2 + 1 + 2);
    const [, ...lines] = readFileSync(copies[1]?.file ?? '', 'utf8')
      .trimEnd()
      .split('\n');
    const leak = csv('copy-leak.csv', lines.slice(-1_200));
    const lists = copies.flatMap(({ list }) => ['--canary-list', list]);
    const unapproved = await traced('auditor', leak, 'copies', ...lists);
    const digest = /--sample-sha256 ([0-9a-f]{64})/.exec(unapproved.stderr)?.[1] ?? '';
    expect((await approved('second', digest)).code).toBe(0);
    const answered = await traced('auditor', leak, 'copies', ...lists);
    expect(answered.code, answered.stderr).toBe(0);
    expect(answered.stdout).toContain(`Planted records were found of: ${THIRD_PARTY} (${ids[1]}).`);
    expect(answered.stdout).toContain(
      `The rows are spelled as those handed over to: ${THIRD_PARTY} (${ids[1]}).`,
    );

    const { devices } = TraceAnswer.parse(JSON.parse(readFileSync(path('copies.json'), 'utf8')));
    expect(devices?.fileSha256).toBe(hash('sha256', readFileSync(leak)));
    const bearings = (findings: readonly { transferId: string; bearing: string }[] = []) =>
      findings.map(({ transferId, bearing }) => [transferId, bearing]);
    expect(bearings(devices?.marks)).toEqual([
      [ids[1], 'for'],
      [ids[0], 'against'],
    ]);
    expect(bearings(devices?.canaries)[0]).toEqual([ids[1], 'for']);
    expect(devices?.marks[0]?.log10Lr).toBeGreaterThan(100);
    expect(readFileSync(path('copies.html'), 'utf8')).toContain('Planted records and marks');
  });

  test('a leak of many rows is traced in the background, and waited for', async () => {
    const leak = csv('large-leak.csv', people(100_000, 600_000));
    const unapproved = await traced('auditor', leak, 'large');
    const digest = /--sample-sha256 ([0-9a-f]{64})/.exec(unapproved.stderr)?.[1] ?? '';
    expect((await approved('second', digest)).code).toBe(0);
    const answered = await traced('auditor', leak, 'large');
    expect(answered.code, answered.stderr).toBe(0);
    const [, traceId = ''] =
      /trace-answer --incident \S+ --trace (tc-[0-9a-f]{32})/.exec(answered.stderr) ?? [];
    const { content } = TraceAnswer.parse(JSON.parse(readFileSync(path('large.json'), 'utf8')));
    expect(content?.sample.rows).toBe(500_000);
    const again = await amanat(
      'auditor',
      ...['trace-answer', '--incident', incidentId, '--trace', traceId, '-o', path('large-2')],
    );
    expect(again.code, again.stderr).toBe(0);
    expect(readFileSync(path('large-2.json'), 'utf8')).toBe(readFileSync(path('large.json'), 'utf8'));
  });

  test('the case becomes one file, which the verifier in it verifies', async () => {
    for (const [name, url] of [
      ['log.vkey', `${system.url}/log/vkey`],
      ['witness.vkey', `${system.witness}/vkey`],
    ] as const)
      writeFileSync(path(name), await (await fetch(url)).text());
    const trust = ['--key', path('log.vkey'), '--witness', path('witness.vkey')];
    const make = (out: string, ...more: string[]) =>
      amanat('auditor', 'bundle', '--incident', incidentId, ...trust, '-o', path(out), ...more);
    const made = await make('case.zip');
    expect(made.code, made.stdout + made.stderr).toBe(0);
    expect(made.stdout).toMatch(/\n {2}cosigned by {2}witness/);
    const zip = readFileSync(path('case.zip'));
    const size = /size +(\d+)/.exec(made.stdout)?.[1] ?? '';
    // What was read meanwhile may have come into the log: it is made again as of the same size.
    expect((await make('again.zip', '--size', size)).code).toBe(0);
    expect(Buffer.compare(readFileSync(path('again.zip')), zip)).toBe(0);

    const files = unzip(zip);
    const page = Buffer.from(files.get('report.html') ?? []).toString();
    for (const part of [
      'Likelihood ratio of each hand-over',
      'Planted records and marks',
      'People concerned',
    ])
      expect(page).toContain(part);
    if (process.env['KEEP_REPORT']) copyFileSync(path('case.zip'), `${process.env['KEEP_REPORT']}.zip`);
    writeFileSync(path('verify.mjs'), files.get('verify.mjs') ?? '');
    const verify = (file: string) =>
      promisify(execFile)(process.execPath, [path('verify.mjs'), path(file), ...trust], { env: {} });
    expect((await verify('case.zip')).stdout).toMatch(/\nOK \S+case\.zip is what the first \d+ entries/);
    zip[zip.indexOf('<h1>') + 4] = 0;
    writeFileSync(path('changed.zip'), zip);
    await expect(verify('changed.zip')).rejects.toMatchObject({
      code: 24,
      stdout: expect.stringMatching(/^FAILED file: report\.html: /),
    });
  });

  test('a person asks which hand-overs held them', async () => {
    const person = path('person.json');
    writeFileSync(person, JSON.stringify({ msisdn: '+92 300 0002000', cnic: '35201-0002000-1' }));
    const subject = (who: string, ...more: string[]) =>
      amanat(
        who,
        'subject',
        '--case',
        'access-7',
        '--keys',
        `${PROVIDER}/2024`,
        '-o',
        path('asked'),
        ...more,
      );
    const asked = await subject('custodian', '--person', person);
    expect(asked.code, asked.stderr).toBe(0);
    expect(asked.stdout).toMatch(/^2 of 2 transfers with fingerprints may have held the person/);
    const { transfers } = SubjectAnswer.parse(JSON.parse(readFileSync(path('asked.json'), 'utf8')));
    expect(transfers.map(({ recipient, held }) => [recipient, held.length]).toSorted()).toEqual(
      [
        [RECIPIENT, 3],
        [THIRD_PARTY, 3],
      ].toSorted(),
    );
    // What was kept is what the entry commits to.
    const [, entryId = ''] = /recorded: entry ([0-9a-f]{32})/.exec(asked.stdout) ?? [];
    const question = JSON.parse(readFileSync(path('asked.question.json'), 'utf8'));
    const entry = await client('auditor').call('getEntry', { params: { entryId } });
    expect(entry.body).toMatchObject({
      question: { caseReference: 'access-7', questionSha256: hash('sha256', canonicalBytes(question)) },
    });
    expect(statSync(path('asked.question.json')).mode & 0o077).toBe(0);

    const refused = await subject('auditor', '--person', person);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('the ledger refuses')]);
    writeFileSync(person, JSON.stringify({ msisdn: '0300-12' }));
    const wrong = await subject('custodian', '--person', person);
    expect([wrong.code, wrong.stderr]).toEqual([2, 'amanat: the msisdn is none: length\n']);
  });

  /** Until the views reflect so many entries. */
  async function caughtUp(entries: number): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const { reflects } = await client('auditor').call('listFrames', {});
      if (reflects.size >= entries || Date.now() > deadline) return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
});
