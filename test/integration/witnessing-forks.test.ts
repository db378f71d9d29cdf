import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at } from '../core/log/trees.ts';
import { NAMES, type Row, WitnessedLog } from './support/witnessed-log.ts';
import { honestly } from './support/witnesses.ts';

let log: WitnessedLog;
beforeAll(async () => {
  log = await WitnessedLog.start();
});
beforeEach(() => log.renew());
afterEach(() => log.end());
afterAll(() => log.stop());

const witness = (n: number) => at(log.witnesses, n);

describe('a witness that has seen another history raises the alarm', () => {
  /** A new ledger with the rows of the present one that a test keeps: somebody put an older copy in its place. */
  async function rollBack(to: readonly Row[]): Promise<void> {
    await log.useNewLedger();
    for (const row of to) await log.put(row);
  }
  const alarmed = (count: number, said: RegExp) => ({
    metrics: { LedgerTampering: count },
    critical: Array.from({ length: count }, () => ({
      message: 'a witness has seen another history of this log',
      why: expect.stringMatching(said),
    })),
  });

  it('when the table was rolled back', async () => {
    await log.grow(3);
    await log.run();
    const before = await log.rows();
    await log.grow(2);
    await log.run();
    await rollBack(before);
    // All is well as long as nobody is asked: the rows are those that the witnesses cosigned.
    expect(await log.run()).toMatchObject({ tally: {}, critical: [] });
    await rollBack(before.filter(({ sk }) => !sk?.S?.startsWith('COSIGNATURE#')));
    expect(await log.run()).toMatchObject({
      tally: { contradicts: 3 },
      ...alarmed(3, /has cosigned 5, which was never published here/),
    });
  });

  it('when the table was rolled back and went on otherwise, be it further or less far', async () => {
    await log.grow(3);
    await log.run();
    const before = await log.rows();
    await log.grow(2);
    await log.run();
    for (const count of [1, 4]) {
      await rollBack(before);
      await log.grow(count);
      expect(await log.run()).toMatchObject({
        tally: { contradicts: 3 },
        ...alarmed(3, /has cosigned 5, which was never published here/),
      });
      expect(await log.cosigned()).toEqual({ 3: NAMES });
    }
  });

  it('when it forked: another root at the size that was cosigned', async () => {
    await log.grow(3);
    await log.run();
    const before = await log.rows();
    await log.grow(2);
    await log.run();
    await rollBack(before);
    await log.grow(2);
    expect(await log.run()).toMatchObject({
      tally: { contradicts: 3 },
      ...alarmed(3, /refuses a proof that is right/),
    });
    await log.grow(2);
    expect(await log.run()).toMatchObject({
      tally: { contradicts: 3 },
      ...alarmed(3, /refuses a proof that is right/),
    });
    expect(await log.cosigned()).toEqual({ 3: NAMES });
  });

  it.each<[string, string[], RegExp]>([
    ['the size that it was asked from', ['2\n', '2\n'], /refuses the very size that it names/],
    ['ever smaller sizes', ['3\n', '2\n'], /went back from 3 to 2/],
  ])('when it contradicts itself by naming %s', async (_, sizes, said) => {
    for (const count of [2, 1, 1]) await log.grow(count);
    witness(0).conduct = async (_, response) => {
      const size = sizes.shift();
      if (size === undefined) response.destroy();
      else response.writeHead(409).end(size);
    };
    expect(await log.run()).toMatchObject({ tally: { cosigned: 2, contradicts: 1 }, ...alarmed(1, said) });
  });

  it('but not when it names a size that another run published meanwhile', async () => {
    await log.grow(2);
    witness(0).conduct = async ({ honest }, response) => {
      witness(0).conduct = honestly;
      await log.grow(1);
      await log.collect();
      await honestly({ body: '', honest }, response);
    };
    expect(await log.run()).toMatchObject({ tally: { overtaken: 1 }, critical: [] });
    expect((await log.cosigned())[3]).toEqual(NAMES);
  });
});

describe('a ledger that was written to behind the back of the system raises the alarm', () => {
  it('at a tile, and nobody is asked with a proof that does not hold', async () => {
    await log.grow(300);
    await log.run();
    await log.grow(300);
    const tile = await log.row('TILE#0#1 ');
    const hashes = Buffer.from(tile['hashes']?.B ?? []);
    hashes[0] = (hashes[0] ?? 0) ^ 1;
    await log.put({ ...tile, hashes: { B: hashes } });
    const { tally, metrics, critical } = await log.run();
    expect([tally, metrics['LedgerTampering'], critical.length]).toEqual(['LedgerCorrupt', 1, 1]);
    expect(log.askedFrom).toEqual([[0], [0], [0]]);
  });

  it('at the checkpoint', async () => {
    await log.grow(3);
    const row = await log.row('LOG CHECKPOINT#');
    await log.put({ ...row, note: { S: String(row['note']?.S).replace('\n3\n', '\n4\n') } });
    expect(await log.run()).toMatchObject({ tally: 'LedgerCorrupt', metrics: { LedgerTampering: 1 } });
    expect(log.askedFrom).toEqual([[], [], []]);
  });

  it('at a cosignature that keeps the real one from its place', async () => {
    await log.grow(3);
    await log.run();
    const row = await log.row('LOG COSIGNATURE#');
    await log.put({ ...row, line: { S: '— witness.example/a AAAA\n' } });
    expect(await log.run()).toMatchObject({ tally: 'LedgerCorrupt', metrics: { LedgerTampering: 1 } });
  });
});
