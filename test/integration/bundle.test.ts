import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundleOptions, runBundle } from '../../cli/bundle/command.ts';
import { unzip } from '../../core/bundle/container.ts';
import { captured, newPath } from '../cli/verify/running.ts';
import {
  coverageBody,
  incidentBody,
  leakBody,
  PROVIDER,
  RECIPIENT,
  transferBody,
} from '../support/transfers.ts';
import { type ServedWorld, serveWorld } from './support/served-world.ts';
import {
  type Asked,
  AUDITOR,
  agency,
  createWorld,
  registerExamples,
  type Speaker,
  type World,
} from './world.ts';

let world: World;
let served: ServedWorld;
let incidentId: string;
let transferId: string;
let key: string;

beforeAll(async () => {
  world = await createWorld();
  served = await serveWorld(world, AUDITOR);
  await registerExamples(world);
  await done('declareCoverage', agency(PROVIDER), { body: coverageBody() });
  ({ transferId = '' } = await done('recordTransfer', agency(PROVIDER), { body: transferBody() }));
  // Of another time than the leak: the trace excludes it, and says why.
  const old = { snapshot: { from: '2026-02-01', to: '2026-02-02' }, handedOver: day('2026-02-03') };
  const exception = { reason: 'Urgent', approver: 'director-data' };
  await done('recordTransfer', agency(PROVIDER), {
    body: transferBody({ ...old, agreement: undefined, exception, retention: { until: '2027-01-01' } }),
  });
  ({ incidentId = '' } = await done('openIncident', AUDITOR, { body: incidentBody() }));
  await world.settle();
  await trace();
  await trace({ fields: ['msisdn'] });
  await record('finding-recorded', {
    finding: 'It was offered with the names of its columns',
    transferIds: [transferId],
  });
  await world.settle();
  key = (await world.ask('getVerifierKey', AUDITOR)).text.trim();
});
afterAll(() => {
  served.close();
  world.tables.client.destroy();
});

const day = (earliest: string) => ({ earliest, latest: earliest });
async function done(operation: Parameters<World['ask']>[0], who: Speaker, asked: Asked) {
  const { status, text, json } = await world.ask(operation, who, asked);
  expect(status, text).toBe(201);
  return json as unknown as Record<string, string>;
}
const trace = (overrides = {}) =>
  done('runTrace', AUDITOR, { params: { incidentId }, body: leakBody(overrides) });
const record = (kind: string, body: object) =>
  done('recordIncidentEvent', AUDITOR, {
    params: { incidentId },
    body: { kind, body: { occurredOn: '2026-01-20', ...body } },
  });

const OPTIONS = { parallel: 4, timeout: 30, token: 'auditor', wait: 1 };
const bundle = (options: Partial<BundleOptions> = {}) =>
  captured(() =>
    runBundle({ ...OPTIONS, url: served.url, incident: incidentId, out: newPath('case.zip'), ...options }),
  );
const verify = (path: string) => captured(() => runBundle({ ...OPTIONS, verify: path, key }));

describe('a bundle from a running ledger', { timeout: 300_000 }, () => {
  let first: Buffer;
  let size: number;

  it('is made, and verified offline', async () => {
    const out = newPath('case.zip');
    const { code, line, stdout } = await bundle({ out, key });
    expect([code, line]).toEqual([
      0,
      expect.stringMatching(
        /^OK .* is what the first \d+ entries of amanat\.example\.org\/log say of this case$/,
      ),
    ]);
    expect(stdout).toMatch(/\n {2}traces {7}2, each answer/);
    first = readFileSync(out);
    size = Number(/size +(\d+)/.exec(stdout)?.[1]);
    expect((await verify(out)).code).toBe(0);
    const files = unzip(first);
    expect([...files.keys()].filter((name) => name.startsWith('traces/'))).toHaveLength(2);
    const report = Buffer.from(files.get('report.html') ?? []).toString();
    expect(report).toContain('It was offered with the names of its columns');
    expect(report).toContain(transferId);
  });

  it('is the same when it is made again, and when the log has grown since, of the same size', async () => {
    const again = newPath('again.zip');
    await bundle({ out: again, key });
    expect(Buffer.compare(readFileSync(again), first)).toBe(0);

    await record('incident-closed', { outcome: 'Handed to the prosecutor' });
    await done('recordTransferEvent', agency(RECIPIENT), {
      params: { transferId },
      body: { kind: 'holding-attested', body: { occurredOn: '2026-01-21', held: true } },
    });
    await world.settle();
    const then = newPath('then.zip');
    const made = await bundle({ out: then, key, size });
    expect([made.code, made.line]).toEqual([0, expect.stringContaining(`the first ${size} entries`)]);
    expect(Buffer.compare(readFileSync(then), first)).toBe(0);

    const now = newPath('now.zip');
    expect((await bundle({ out: now, key })).code).toBe(0);
    expect(Buffer.compare(readFileSync(now), first)).not.toBe(0);
    expect(Buffer.from(unzip(readFileSync(now)).get('report.html') ?? []).toString()).toContain(
      'Handed to the prosecutor',
    );
  });

  it('is made of a closed case where auditors have to name one, and what is read stands under it', async () => {
    process.env['ACCESS'] = JSON.stringify({ caseRequired: true });
    try {
      const { code, stdout } = await bundle({ key });
      expect(code, stdout).toBe(0);
    } finally {
      process.env['ACCESS'] = JSON.stringify({ caseRequired: false });
    }
    const { json } = await world.ask('listAccess', AUDITOR, { query: { operation: 'getEntryBundle' } });
    const [last] = json['items'] as unknown as { incidentId?: string; status: number }[];
    expect(last).toMatchObject({ incidentId, status: 200 });
  });

  it('leaves out the traces that are later than the size, and says so', async () => {
    const entries = (await world.ask('listEntries', AUDITOR)).json['size'];
    const { text } = await world.ask('getIncident', AUDITOR, { params: { incidentId } });
    const { traces } = JSON.parse(text) as { traces: { reflects: { size: number } }[] };
    const before = traces[0]?.reflects.size ?? expect.fail();
    expect(before).toBeLessThan(Number(entries));
    const out = newPath('early.zip');
    const { code, stderr, stdout } = await bundle({ out, key, size: before });
    expect(code, stdout).toBe(0);
    expect(stderr).toContain('2 traces of the incident are later than size');
    expect([...unzip(readFileSync(out)).keys()].filter((name) => name.startsWith('traces/'))).toEqual([]);
    expect((await verify(out)).code).toBe(0);
  });

  it.each([
    ['of no such incident', () => ({ incident: `in-${'0'.repeat(32)}` }), 4],
    ['of a size at which the log was not signed', () => ({ size: 1_000_000 }), 4],
    [
      'under another key',
      () => ({ key: 'amanat.example.org/log+df121aa7+ATKhNkd53A7mvCKO/1o8vdQnLmj/+4EibjqrXhg1s7eF' }),
      11,
    ],
    [
      'with a witness that does not cosign',
      () => ({ witness: ['witness.example/w1+d7ec3267+BO2NXp96io5WwyFvQUEMfhRIAsqSo9DZ83HT1Nfgqy6k'] }),
      13,
    ],
    ['without a token', () => ({ token: '' }), 2],
    ['with a quorum', () => ({ quorum: 1 }), 2],
    ['of what is no incident', () => ({ incident: 'tr-1' }), 2],
  ])('is not made %s, and nothing is written', async (_, options, code) => {
    const out = newPath('none.zip');
    const ended = await bundle({ out, key, wait: 0, ...options() } as never);
    expect(ended.code, ended.stdout + ended.stderr).toBe(code);
    expect(() => readFileSync(out)).toThrow('ENOENT');
  });
});
