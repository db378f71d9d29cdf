import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredEntry } from '../../lambdas/store/entries.ts';
import {
  agencyBody,
  agreementBody,
  aSha256,
  aTransfer,
  coverageBody,
  incidentBody,
  PROVIDER,
  RECIPIENT,
} from '../support/transfers.ts';
import { aVariedTransfer } from '../support/varied.ts';
import { type Call, FAULTS, type FaultKind, type Meddling } from './support/faults.ts';
import { checkWholeLog, followingEntry, readLedger, scan, transferEntry } from './support/ledger.ts';
import {
  accept,
  answers,
  catchUp,
  faults,
  histories,
  leaseRunsOut,
  newTables,
  outcome,
  PROGRESS,
  rebuild,
  rebuilt,
  ring,
  tables,
  views,
  world,
} from './support/projecting.ts';
import { expectSameViews, restore } from './support/views.ts';
import { AUDITOR, agency, registerExamples, STEWARD } from './world.ts';

describe('the projection', () => {
  /** What was in the views after the first batches, and the batches that came then. */
  async function twoParts() {
    await registerExamples(world);
    const openings = [0, 1, 2].map((n) =>
      transferEntry(`first/${n}`, { ...aVariedTransfer(n), retention: { until: '2030-12-31' } }),
    );
    const incident = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
    await world.ask('declareCoverage', agency(PROVIDER), { body: coverageBody() });
    await accept(openings);
    await world.settle();
    const before = await scan(tables.client, tables.views);

    // The first recall falls due on one day, and the second, which comes a batch later, on another.
    const events = await accept(
      openings.flatMap((opening) =>
        PROGRESS.slice(0, 5).map(([kind, body], n) => followingEntry(opening, n + 1, kind, body)),
      ),
    );
    const isLate = ({ entry }: StoredEntry) => entry.version === 5;
    await ring(events.filter((event) => !isLate(event)));
    const middle = checkedSize(await readLedger(tables.client, tables.ledger));
    await ring([...events.filter(isLate), ...(await accept(histories('second', 3).flat()))]);
    const { agencyId: _id, ...changed } = agencyBody({ name: 'Renamed' });
    await world.ask('recordAgencyEvent', STEWARD, {
      params: { agencyId: RECIPIENT },
      body: { kind: 'agency-changed', body: { ...changed, occurredOn: '2026-01-01', reason: 'Renamed' } },
    });
    await world.ask('recordIncidentEvent', AUDITOR, {
      params: { incidentId: String(incident.json['incidentId']) },
      body: { kind: 'finding-recorded', body: { occurredOn: '2026-02-01', finding: 'Two cover it' } },
    });
    await world.ask('registerAgreement', STEWARD, { body: agreementBody({ agreementId: 'agr-other' }) });
    await world.settle();
    checkWholeLog(await readLedger(tables.client, tables.ledger));
    return { before, middle };
  }
  const checkedSize = ({ batches }: { batches: readonly Record<string, { N?: string | undefined }>[] }) => {
    const last = batches.at(-1);
    return Number(last?.['first']?.N) + Number(last?.['count']?.N);
  };
  /** The numbers of the writes among the calls just made; of those of the index's lists, whose order is of no matter, a few. */
  const writesOf = (calls: readonly Call[]): number[] => {
    const writes = calls.flatMap(({ command }, n) =>
      /^(BatchWriteItem|PutItem|UpdateItem)Command$/.test(command) ? [{ command, n }] : [],
    );
    expect(writes.length).toBeGreaterThan(6);
    return writes.flatMap(({ command, n }, i) =>
      command !== 'UpdateItemCommand' || i % 15 === 1 ? [n] : [],
    );
  };

  it('killed at any of its writes is made good by the next run', async () => {
    const { before } = await twoParts();
    const reference = await rebuilt();
    await restore(tables.client, tables.views, before);
    faults.plan(() => undefined);
    await catchUp();
    for (const n of writesOf(faults.calls)) {
      await restore(tables.client, tables.views, before);
      faults.killAt(n);
      expect(await outcome(catchUp())).toBe('killed');
      faults.revive();
      await leaseRunsOut();
      await catchUp();
      expectSameViews(await views(), reference.views);
    }
    expect(await answers()).toEqual(reference.answers);
  });

  it('killed at any of its writes, with more in the log by the next run, comes to the same', async () => {
    const { before, middle } = await twoParts();
    const reference = await rebuilt();
    /** The log as it was when only the first of the batches had been committed. */
    const shorter: Meddling = async (proceed) => {
      const { output, ...rest } = await proceed();
      const { Items = [] } = output as { Items?: { first?: { N: string } }[] };
      return {
        ...rest,
        output: { ...output, Items: Items.filter(({ first }) => Number(first?.N) < middle) },
      };
    };
    const ofLog = ({ command, input }: Call) =>
      command === 'QueryCommand' && JSON.stringify(input).includes('"LOG"');
    await restore(tables.client, tables.views, before);
    faults.plan((_, call) => (ofLog(call) ? shorter : undefined));
    await catchUp();
    for (const n of writesOf(faults.calls)) {
      await restore(tables.client, tables.views, before);
      faults.plan((number, call) => (number === n ? 'dead' : ofLog(call) ? shorter : undefined));
      await outcome(catchUp());
      faults.revive();
      await leaseRunsOut();
      await catchUp();
      expectSameViews(await views(), reference.views);
    }
    expect(await answers()).toEqual(reference.answers);
  });

  it('reads the ledger consistently, and writes only views', async () => {
    await registerExamples(world);
    await accept(histories('only', 4).flat());
    await world.settle();
    await accept(histories('more', 4).flat());
    faults.plan(() => undefined);
    await world.settle();
    const ofLedger = faults.calls.filter(({ input }) => JSON.stringify(input).includes(tables.ledger));
    expect(new Set(ofLedger.map(({ command }) => command))).toEqual(
      new Set([
        'QueryCommand',
        'GetItemCommand',
        'BatchGetItemCommand',
        'ExecuteStatementCommand',
        'BatchExecuteStatementCommand',
      ]),
    );
    for (const { command, input } of ofLedger)
      if (/Get|Query/.test(command) && !JSON.stringify(input).includes('"IndexName"'))
        expect(JSON.stringify(input)).toContain('"ConsistentRead":true');
  });

  it('comes to the same in whatever order things got into the log, and whatever befell it', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
        fc.array(fc.nat({ max: 6 }), { minLength: 3, maxLength: 5 }),
        fc.array(fc.option(fc.constantFrom<FaultKind>(...FAULTS), { nil: undefined, freq: 12 }), {
          minLength: 60,
          maxLength: 60,
        }),
        fc.array(fc.nat({ max: 150 }), { minLength: 5, maxLength: 5 }),
        async (order, cuts, plan, kills) => {
          await newTables();
          const entries = await accept(histories(`round-${round++}`, 8).flat());
          const shuffled = entries
            .map((entry, n) => ({ entry, at: order[n % order.length] ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ entry }) => entry);
          let from = 0;
          for (const [n, cut] of [...cuts, shuffled.length].entries()) {
            await ring(shuffled.slice(from, from + cut));
            from += cut;
            faults.plan((number) => (number === kills[n] ? 'dead' : plan[number]));
            await outcome(catchUp());
            faults.revive();
            await leaseRunsOut();
          }
          await catchUp();
          const grown = { views: await views(), answers: await answers() };
          const reference = await rebuilt();
          expectSameViews(grown.views, reference.views);
          expect(grown.answers).toEqual(reference.answers);
        },
      ),
      { numRuns: 3 },
    );
  });

  it('tells a transfer whose events came into the log before it', async () => {
    const opening = transferEntry('late', aTransfer());
    const events = PROGRESS.slice(0, 3).map(([kind, body], n) => followingEntry(opening, n + 1, kind, body));
    const [first, ...rest] = await accept([opening, ...events]);
    await ring([...rest].reverse());
    await catchUp();
    const list = async () => (await world.ask('listTransfers', AUDITOR)).json;
    expect((await list())['items']).toEqual([]);
    expect((await list())['reflects']).toEqual({ size: 3 });
    await ring([first ?? expect.fail()]);
    await catchUp();
    expect((await list())['items']).toMatchObject([{ sequence: 3, marks: ['disputed'] }]);
  });

  it('folds what was committed, whether or not whoever committed it got to say where it stands', async () => {
    await registerExamples(world);
    const [origin, child] = histories('committed', 2).map(([first]) => first ?? expect.fail());
    await accept([origin ?? expect.fail()]);
    await world.settle();
    await world.ask('registerAgreement', STEWARD, { body: agreementBody({ agreementId: 'agr-new' }) });
    const incident = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
    await accept([
      followingEntry(origin ?? expect.fail(), 1, ...(PROGRESS[0] ?? expect.fail())),
      { ...(child ?? expect.fail()), body: aTransfer({ originTransferIds: [String(origin?.subject)] }) },
    ]);
    await world.ask('recordIncidentEvent', AUDITOR, {
      params: { incidentId: String(incident.json['incidentId']) },
      body: { kind: 'finding-recorded', body: { occurredOn: '2026-02-01', finding: 'Two cover it' } },
    });
    // The batch is in the log, and its sequencer is killed before it inserts the place of any of its entries.
    let committed = false;
    faults.plan((_, { input }) => {
      const dead = committed;
      committed ||= JSON.stringify(input).includes('BATCH#') && JSON.stringify(input).includes('INSERT');
      return dead ? 'dead' : undefined;
    });
    expect(await outcome(world.settle())).toBe('killed');
    faults.revive();
    await catchUp();
    const grown = { views: await views(), answers: await answers() };
    await world.settle();
    checkWholeLog(await readLedger(tables.client, tables.ledger));
    const reference = await rebuilt();
    expectSameViews(grown.views, reference.views);
    expect(grown.answers).toEqual(reference.answers);
  });

  it('shows of a history no more than stands in the log without a gap', async () => {
    const opening = transferEntry('gap', aTransfer());
    const events = PROGRESS.slice(0, 3).map(([kind, body], n) => followingEntry(opening, n + 1, kind, body));
    const [first, acknowledged, ...later] = await accept([opening, ...events]);
    await ring([first ?? expect.fail(), ...later]);
    await catchUp();
    const state = async () => (await world.ask('listTransfers', AUDITOR)).json['items']?.[0];
    expect(await state()).toMatchObject({ marks: [] });
    await ring([acknowledged ?? expect.fail()]);
    await catchUp();
    expect(await state()).toMatchObject({ marks: ['disputed'] });
  });
});

describe('transfers that are as large as they may be', () => {
  const hex = (text: string) => aSha256(text);
  it('do not stop it, though a block of them is larger than an item', async () => {
    const files = (n: number) =>
      Array.from({ length: 100 }, (_, m) => ({ file: `f${m}`, sha256: hex(`${n}/${m}`) }));
    const record = (n: number) => aTransfer({ manifest: files(n), purposeText: 'ﷲ'.repeat(400) });
    const entries = await accept(
      Array.from({ length: 150 }, (_, n) => transferEntry(`large-${n}`, record(n))),
    );
    await ring(entries.slice(0, 100));
    await catchUp();
    await ring(entries.slice(100));
    await catchUp();
    const list = (await world.ask('listTransfers', AUDITOR, { query: { limit: '200' } })).json;
    expect((list['items'] as unknown as unknown[]).length).toBe(150);
    const grown = await views();
    const found = (await world.ask('listTransfers', AUDITOR, { query: { q: 'ﷲ'.repeat(80), limit: '1' } }))
      .json;
    expect(found['items']).toHaveLength(1);
    await rebuild();
    expectSameViews(grown, await views());
  });
});
