import { describe, expect, it } from 'vitest';
import {
  accept,
  answers,
  catchUp,
  FROM_VIEWS,
  faults,
  histories,
  leaseRunsOut,
  outcome,
  project,
  rebuild,
  rebuilt,
  ring,
  views,
  world,
} from './support/projecting.ts';
import { expectSameViews } from './support/views.ts';
import { AUDITOR } from './world.ts';

describe('a rebuild', () => {
  it('lets no query see half of the views, and none wait that needs none', async () => {
    const [opening, ...rest] = await accept(histories('half', 6).flat());
    await world.settle();
    const transferId = opening?.entry.subject ?? '';
    faults.plan(() => undefined);
    await rebuild();
    const length = faults.calls.length;
    for (const call of [3, 5, 8, Math.floor(length / 2), length - 4]) {
      faults.killAt(call);
      expect(await outcome(rebuild())).toBe('killed');
      faults.revive();
      for (const [operation, more] of [...FROM_VIEWS, ['getLineage', { params: { transferId } }] as const]) {
        const answer = await world.ask(operation, AUDITOR, more);
        expect([operation, answer.status, answer.json['type']]).toEqual([
          operation,
          503,
          'https://amanat.dev/problems/try-again',
        ]);
      }
      for (const operation of ['getTransfer', 'getHistory'] as const)
        expect((await world.ask(operation, AUDITOR, { params: { transferId } })).status).toBe(200);
      await leaseRunsOut();
      expect(await project({ rebuild: 'continue' })).toEqual({ size: rest.length + 1, done: true });
      expect((await world.ask('listTransfers', AUDITOR)).status).toBe(200);
    }
  });

  it('that begins while a query reads makes the query try again', async () => {
    await accept(histories('during', 6).flat());
    await world.settle();
    const whole = await world.ask('listTransfers', AUDITOR, { query: { limit: '200' } });
    for (const [operation, more] of FROM_VIEWS) {
      faults.plan(() => undefined);
      await world.ask(operation, AUDITOR, more);
      // What comes after the last read is the record that it took place.
      const reads = faults.calls.filter(({ command }) => command !== 'ExecuteStatementCommand').length;
      for (let call = 1; call < reads; call++) {
        // Just before this read, the views are dropped, and nobody builds them yet.
        faults.plan((number) =>
          number === call ? async (proceed) => dropOnly().then(() => proceed()) : undefined,
        );
        const answer = await world.ask(operation, AUDITOR, more);
        faults.revive();
        expect([operation, call, answer.status]).toEqual([operation, call, 503]);
        await project({ rebuild: 'continue' });
      }
    }
    expect((await world.ask('listTransfers', AUDITOR, { query: { limit: '200' } })).text).toBe(whole.text);
  });

  /** A rebuild that has dropped the views and got no further. */
  async function dropOnly(): Promise<void> {
    const [{ startRebuild }, { dropViews }] = await Promise.all([
      import('../../lambdas/projection/project.ts'),
      import('../../lambdas/store/views.ts'),
    ]);
    await startRebuild();
    await dropViews();
  }

  it('in the middle of traffic loses nothing of it', async () => {
    const all = histories('traffic', 12);
    await accept(all.slice(0, 4).flat());
    await world.settle();
    faults.killAt(12);
    expect(await outcome(rebuild())).toBe('killed');
    faults.revive();
    await ring(await accept(all.slice(4, 8).flat()));
    await leaseRunsOut();
    faults.plan((number) => (number === 40 ? 'dead' : undefined));
    await outcome(catchUp());
    faults.revive();
    await leaseRunsOut();
    await ring(await accept(all.slice(8).flat()));
    await catchUp();
    const grown = { views: await views(), answers: await answers() };
    const reference = await rebuilt();
    expectSameViews(grown.views, reference.views);
    expect(grown.answers).toEqual(reference.answers);
  });

  it('that cannot begin gives the lease of the views back', async () => {
    await accept(histories('lease', 2).flat());
    await world.settle();
    faults.plan((_, { command }) => (command === 'PutItemCommand' ? 'throttled' : undefined));
    expect(await outcome(rebuild())).toBe('failed');
    faults.revive();
    await catchUp();
    expect((await world.ask('listTransfers', AUDITOR)).status).toBe(200);
  });

  it('and a projection at the same time: the later is refused', async () => {
    await accept(histories('both', 4).flat());
    await world.settle();
    faults.plan(() => 'slow');
    const ends = await Promise.all([outcome(rebuild()), outcome(catchUp()), outcome(rebuild())]);
    faults.revive();
    expect(ends).toContain('failed');
    await project({ rebuild: 'continue' });
    const grown = await views();
    await rebuild();
    expectSameViews(grown, await views());
  });
});
