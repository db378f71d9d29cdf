import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ArchivedWorld } from './support/archives.ts';

/** A log that takes several steps to restore, with one stretch that is longer than a step. */
let log: ArchivedWorld;
let rows: ReadonlyMap<string, object>;
const SIZE = 633;
beforeAll(async () => {
  log = await ArchivedWorld.create();
  for (const count of [20, 280, 280, 1, 20, 30]) await log.grow(count);
  // The last bundles are still in parts.
  await log.archive();
  await log.grow(2);
  rows = await log.rows();
});
afterAll(() => log.world.tables.client.destroy());
beforeEach(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  await log.renewTables();
});
afterEach(() => {
  vi.restoreAllMocks();
  log.faults.revive();
});

const inserts = () =>
  log.faults.calls.filter(({ command }) => command === 'BatchExecuteStatementCommand').length;

describe('a long restore', () => {
  it('goes on step by step, and says how far it is', async () => {
    const sizes: number[] = [];
    let progress = await log.restoreOnce({ restore: 'start' }, 0);
    while ('done' in progress && !progress.done) {
      expect(progress.of).toBe(SIZE);
      sizes.push(progress.size);
      progress = await log.restoreOnce({ restore: 'continue', from: progress.size }, 0);
    }
    expect(sizes).toEqual([20, 300, 580]);
    expect(progress).toMatchObject({ size: SIZE, done: true });
    expect(await log.rows()).toEqual(rows);
  });

  it('that was interrupted is taken up near to where it was', async () => {
    log.faults.plan(() => undefined);
    await log.restore();
    const whole = inserts();
    await log.renewTables();
    log.faults.plan((_, { command }) =>
      command === 'BatchExecuteStatementCommand' && inserts() > 0.97 * whole ? 'dead' : undefined,
    );
    await expect(log.restore(true)).rejects.toThrow();
    log.faults.plan(() => undefined);
    expect(await log.restore()).toMatchObject({ size: SIZE, done: true });
    expect(inserts()).toBeLessThan(whole);
    expect(await log.rows()).toEqual(rows);
  });

  it('goes on only from where a batch ends', async () => {
    await log.restoreOnce({ restore: 'start' }, 0);
    expect(await log.restoreOnce({ restore: 'continue', from: 19 })).toEqual({
      refused: expect.stringContaining('does not go on from where a batch ends'),
    });
    await expect(log.restoreOnce({ restore: 'again' })).rejects.toThrow();
  });
});
