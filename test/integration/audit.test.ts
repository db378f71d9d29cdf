import { readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditReport } from '../../cli/audit/report.ts';
import { type AuditOptions, runAudit } from '../../cli/audit/run.ts';
import { runVerify } from '../../cli/verify/run.ts';
import { type Packed, pack, unpack } from '../../core/index/pack.ts';
import type { Entry } from '../../core/model/entry.ts';
import type { TransferId } from '../../core/model/scalars.ts';
import { captured, newPath } from '../cli/verify/running.ts';
import {
  aTransfer,
  coverageBody,
  incidentBody,
  leakBody,
  PROVIDER,
  RECIPIENT,
} from '../support/transfers.ts';
import { followingEntry, scan, transferEntry } from './support/ledger.ts';
import { accept, histories, PROGRESS, tables, world } from './support/projecting.ts';
import { type ServedWorld, serveWorld } from './support/served-world.ts';
import { restore } from './support/views.ts';
import { AUDITOR, agency, registerExamples } from './world.ts';

type Item = Awaited<ReturnType<typeof scan>>[number];

let served: ServedWorld;
beforeAll(async () => {
  served = await serveWorld(world, AUDITOR);
});
afterAll(() => served.close());

const OPTIONS = { parallel: 4, timeout: 30, token: 'auditor', wait: 20, rounds: 1 };
const audit = (options: Partial<AuditOptions> = {}) =>
  captured(() => runAudit({ ...OPTIONS, url: served.url, ...options }));
const verify = () => captured(() => runVerify({ ...OPTIONS, url: served.url }));

async function report(options: Partial<AuditOptions> = {}): Promise<AuditReport> {
  const { code, stdout } = await audit({ json: true, ...options });
  const parsed = JSON.parse(stdout) as AuditReport;
  expect(code).toBe(parsed.same ? 0 : 30);
  return parsed;
}
/** The differences in short: view, what, and where. */
const differences = async (options?: Partial<AuditOptions>) =>
  (await report(options)).differences
    .map(({ view, what, paths = [] }) => [view, what, ...paths].join(' '))
    .sort();

/** A transfer that was recalled and destroyed, and another that came of it and is still there. */
function handedOn(): Entry[] {
  const first: Entry = {
    ...transferEntry('audited/first', aTransfer()),
    flags: [{ code: 'unencrypted' }],
  };
  const second = transferEntry(
    'audited/second',
    aTransfer({ originTransferIds: [first.subject as TransferId] }),
  );
  const recall = { occurredOn: '2026-01-08', dueBy: '2026-03-01', reason: 'Ended' };
  const [certified, certificate] = PROGRESS.at(-1) ?? expect.fail();
  return [
    first,
    second,
    followingEntry(first, 1, 'recall-issued', recall),
    followingEntry(first, 2, certified, certificate),
  ];
}

/** A ledger with something of everything: events, declarations, an incident with its trace. */
async function fill(): Promise<void> {
  await registerExamples(world);
  await world.ask('declareCoverage', agency(PROVIDER), { body: coverageBody() });
  const incident = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
  await accept([...histories('audited', 16).flat(), ...handedOn()]);
  await world.settle();
  const params = { incidentId: String(incident.json['incidentId']) };
  await world.ask('runTrace', AUDITOR, { params, body: leakBody() });
  await world.settle();
}

/** The views as they were before anybody wrote to them, put back before each test. */
let views: readonly Item[];
let ledger: readonly Item[];
beforeEach(async () => {
  // Each test has new tables. They are small: an audit asks for everything, and is made some forty times here.
  await forget();
  await fill();
  views = await scan(tables.client, tables.views);
  ledger = await scan(tables.client, tables.ledger);
});
const putBack = async () => {
  await forget();
  await restore(tables.client, tables.views, views);
};
/** What never changes a function keeps, and so it would not see a change of it before it is started anew. */
const forget = async () => (await import('../../lambdas/store/blocks.ts')).forgetFacts();

/** The item of a key that begins so, as it was. */
function itemOf(items: readonly Item[], begin: string): Item {
  const found = items.find(({ pk, sk }) => `${pk?.S} / ${sk?.S}`.startsWith(begin));
  if (!found) throw new RangeError(`no item ${begin}`);
  return found;
}
const put = (item: Item, table = tables.views) =>
  tables.client.send(new PutItemCommand({ TableName: table, Item: item }));
const remove = ({ pk, sk }: Item, table = tables.views) =>
  tables.client.send(new DeleteItemCommand({ TableName: table, Key: { pk, sk } as Item }));

const unpacked = (item: Item) =>
  JSON.parse(inflateRawSync(item['value']?.B ?? new Uint8Array()).toString('utf8'));
/** Changes a value behind the system's back, as somebody with access to the table can. */
const change = (begin: string, to: (value: never) => unknown) => {
  const item = itemOf(views, begin);
  return put({ ...item, value: { B: deflateRawSync(JSON.stringify(to(unpacked(item) as never))) } });
};

describe('an audit', { timeout: 300_000 }, () => {
  it('finds nothing where nobody has meddled, and says what it compared', async () => {
    const state = newPath();
    const { code, line, stdout } = await audit({ state });
    expect({ code, line }).toEqual({
      code: 0,
      line: expect.stringMatching(
        /^OK what the API answers is what the \d+ entries of amanat\.example\.org\/log say$/,
      ),
    });
    expect(stdout).toMatch(/\n {2}transfers +18 +18 +0 +0 +0\n/);
    expect(stdout).toMatch(/\n {2}states +18 +18 +0 +0 +0\n/);
    expect(stdout).toMatch(/\n {2}incidents +1 +1 +0 +0 +0\n/);
    expect(stdout).toMatch(/\n {2}declarations +1 +1 +0 +0 +0\n/);
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ amanatVerify: 1 });
    expect((await verify()).code).toBe(0);
  });

  it('names what was written into the views behind the system’s back, whatever it was', async () => {
    const meddled = async (write: () => Promise<unknown>, options?: Partial<AuditOptions>) => {
      await putBack();
      await write();
      return differences(options);
    };
    const renamed = (value: object) => ({ ...value, name: 'Somebody else' });
    // The public register shows its name.
    const alsoShown = (found: string[]) =>
      found.filter((each) => !each.startsWith('public register differs /'));
    const agencyRenamed = await meddled(() => change(`AGENCY / ${RECIPIENT}`, renamed));
    expect(alsoShown(agencyRenamed)).toEqual(['agencies differs /name']);
    expect(agencyRenamed).toContain('public register differs /recipient/name');
    const agencyGone = await meddled(() => remove(itemOf(views, `AGENCY / ${RECIPIENT}`)));
    expect(alsoShown(agencyGone)).toEqual(['agencies missing']);
    const invented = { ...itemOf(views, 'AGENCY / '), sk: { S: 'zz' } };
    expect(
      await meddled(() =>
        put({ ...invented, value: { B: deflateRawSync(JSON.stringify({ agencyId: 'zz', name: 'x' })) } }),
      ),
    ).toEqual(['agencies unknown']);
    expect(
      await meddled(() =>
        change('AGREEMENT / ', (value: { versions: object[] }) => ({
          ...value,
          versions: [{ ...value.versions[0], validUntil: '2099-12-31' }],
        })),
      ),
    ).toEqual(['agreements differs /versions/0/validUntil']);
    expect(
      await meddled(() => change('INCIDENT / ', (value: { traces: object[] }) => ({ ...value, traces: [] }))),
    ).toEqual(['incidents differs /traces']);
    expect(await meddled(() => remove(itemOf(views, 'COVERAGE / ')))).toEqual([
      'declarations missing',
      'providers differs /gaps',
    ]);
    expect(
      await meddled(() =>
        change(`PROVIDER / `, (value: { transfers: number }) => ({
          ...value,
          transfers: value.transfers + 1,
        })),
      ),
    ).toEqual(['providers differs /transfers']);
    expect(await meddled(() => remove(itemOf(views, 'OBLIGATION / ')))).toEqual(['obligations missing']);
    expect(await meddled(() => remove(itemOf(views, 'SUPPRESSION / ')))).toEqual([
      expect.stringMatching(/^suppressed (missing|differs \/count)$/),
    ]);
    const hiding = () =>
      change('BLOCK#000000000000 / STANDINGS', (value: Record<string, object>) => {
        const suppressed = { basis: 'national-security', until: '9999-12-31' };
        return Object.fromEntries(
          Object.entries(value).map(([at, status]) => [at, { suppressed, ...status }]),
        );
      });
    expect(new Set(await meddled(hiding))).toEqual(new Set(['public register missing']));

    const facts = (to: (row: Record<string, unknown>, at: number) => Record<string, unknown>[]) => () =>
      change('BLOCK#000000000000 / FACTS', (value: Packed) =>
        pack((unpack(value) as never as Record<string, unknown>[]).flatMap(to) as never),
      );
    expect(await meddled(facts((row, at) => [at === 2 ? { ...row, recipient: 'zz' } : row]))).toEqual(
      expect.arrayContaining(['transfers differs /recipient']),
    );
    const hidden = await meddled(facts((row, at) => (at === 2 ? [] : [row])));
    expect(hidden.filter((difference) => difference.startsWith('transfers'))).toEqual(['transfers missing']);
    const standing = () =>
      change('BLOCK#000000000000 / STANDINGS', (value: Record<string, { marks: string[] }>) => {
        const [first] = Object.keys(value);
        return { ...value, [String(first)]: { ...value[String(first)], marks: ['superseded'] } };
      });
    expect(await meddled(standing)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^transfers differs \/marks/)]),
    );

    const meta = itemOf(views, 'META / META');
    const size = Number(meta['size']?.N);
    expect(await meddled(() => put({ ...meta, size: { N: String(size - 5) } }), { wait: 1 })).toContain(
      'reflected behind',
    );
    expect(await meddled(() => put({ ...meta, size: { N: String(size + 5) } }), { wait: 1 })).toContain(
      'reflected ahead',
    );
    expect(await meddled(() => Promise.resolve())).toEqual([]);
  });

  it('misses what a search does not find any more, though every list still has it', async () => {
    // A search finds nothing in the blocks that its list does not name, and nothing else is amiss.
    for (const list of ['provider', 'word', 'within', 'snapshot', 'mark', 'flag']) {
      await putBack();
      await remove(itemOf(views, `POSTING#${list}#`));
      expect([list, ...new Set(await differences())]).toEqual([list, 'searches missing']);
    }
  });

  it('misses what was read, where the way to its entry is taken away', async () => {
    await world.ask('listTransfers', AUDITOR);
    const { handler: sweep } = await import('../../lambdas/sweep.ts');
    await sweep({ readsSince: new Date(Date.now() - 3_600_000).toISOString() as never });
    await world.settle();
    expect(await differences()).toEqual([]);
    await remove(itemOf(await scan(tables.client, tables.ledger), 'STREAM#access#'), tables.ledger);
    expect([...new Set(await differences())]).toEqual(['reads missing']);
  });

  it('names each in a line without its value, and ends with one that says so', async () => {
    await change('AGREEMENT / ', (value: { versions: object[] }) => ({
      ...value,
      versions: [{ ...value.versions[0], title: 'Secret title' }],
    }));
    const { code, line, stdout } = await audit({ rounds: 2 });
    expect({ code, line }).toEqual({
      code: 30,
      line: 'FAILED views: one difference between what the API answers and what the log says, the first in agreements',
    });
    expect(stdout).toMatch(/\n {2}agreements +1 +1 +0 +0 +1\n/);
    expect(stdout).toMatch(
      /\n {2}agreements +agr-2024-03 +entry [0-9a-f]{32} at \d+ +differs +\/versions\/0\/title\n/,
    );
    expect(stdout).not.toContain('Secret');
  });

  it('does not take for a difference what is only late, or comes while it looks', async () => {
    // Accepted and in the log, and not in the views yet.
    await accept(histories('late', 4).flat());
    const running = differences({ wait: 60 });
    await world.settle();
    expect(await running).toEqual([]);

    const writing = (async () => {
      for (let n = 0; n < 6; n++) {
        await accept(histories(`meanwhile/${n}`, 4).flat());
        await world.settle();
      }
    })();
    expect(await differences({ rounds: 3, wait: 60 })).toEqual([]);
    await writing;
  });

  it('ends where the ledger itself was written to', async () => {
    const [, second] = ledger.filter(({ sk }) => sk?.S === 'INDEX');
    await put({ ...second, index: { N: '0' } } as Item, tables.ledger);
    expect(await verify()).toMatchObject({
      code: 23,
      line: expect.stringMatching(/^FAILED index: it has the entry [0-9a-f]{32} of place \d+ at 0$/),
    });
    expect((await audit()).code).toBe(23);
    await put(second as Item, tables.ledger);

    const entry = itemOf(ledger, 'ENTRY#');
    const stored = ledger.find(({ pk, sk }) => pk?.S === entry['pk']?.S && sk?.S === 'ENTRY') as Item;
    await remove(stored, tables.ledger);
    expect(await verify()).toMatchObject({
      code: 6,
      line: expect.stringMatching(/^FAILED broken: the API fails at tile\/entries\/000/),
    });
    await put(stored, tables.ledger);
    expect((await audit()).code).toBe(0);
  });
});
