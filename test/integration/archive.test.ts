import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeBundle } from '../../core/log/bundles.ts';
import { leafHash, rootOfLeaves } from '../../core/log/merkle.ts';
import { ArchivedWorld, type Objects } from './support/archives.ts';
import { FAULTS, Killed } from './support/faults.ts';
import { scan } from './support/ledger.ts';

/** Two bundles and a part of a third, of a log that was published at several sizes. */
let log: ArchivedWorld;
/** What an archive is to hold in the end that held nothing but the newest checkpoint. */
let whole: Objects;
beforeAll(async () => {
  log = await ArchivedWorld.create();
  await log.grow(250);
  await log.grow(300);
  await log.renewArchive();
  await log.archive();
  whole = await log.objects();
});
afterAll(() => log.world.tables.client.destroy());
beforeEach(async () => {
  const chance = Math.random;
  vi.spyOn(Math, 'random').mockImplementation(() => chance() / 50);
  await log.renewArchive();
});
afterEach(() => {
  vi.restoreAllMocks();
  log.faults.revive();
});

/** Whether it was killed, or failed otherwise. */
const outcome = async (run: Promise<unknown>) =>
  run.then(
    () => 'done',
    (error: unknown) => (error instanceof Killed ? 'killed' : 'failed'),
  );
const bundles = (objects: Objects) => [...objects.keys()].filter((key) => key.startsWith('tile/'));

/** Whatever is there is right, and no bundle stands without those before it. */
async function expectBeginning(): Promise<void> {
  const objects = await log.objects();
  for (const [key, body] of objects) expect(body.equals(whole.get(key) ?? Buffer.of()), key).toBe(true);
  const there = bundles(objects);
  expect(there).toEqual(bundles(whole).slice(0, there.length));
}

describe('full bundles of what was published are put together in the archive', () => {
  it('entry by entry, as the log serves them', async () => {
    expect(bundles(whole)).toEqual(['tile/entries/000', 'tile/entries/001']);
    const leaves = bundles(whole).flatMap((key) =>
      decodeBundle(whole.get(key) ?? Buffer.of(), 256).map(leafHash),
    );
    const { batchEndingAt, placedBetween } = await import('../../lambdas/store/batches.ts');
    const placed = await placedBetween(0, 512);
    expect(leaves.map(hex)).toEqual(placed.map(({ leaf }) => hex(leaf)));
    expect(rootOfLeaves(leaves.slice(0, 250))).toEqual(
      rootOfLeaves((await batchEndingAt(250))?.leaves ?? []),
    );
  });
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

  it('once: a second run puts nothing, and looks no further than to the last', async () => {
    expect(await log.archive()).toMatchObject({ due: 512, bundled: 512, entries: 512 });
    expect(await log.objects()).toEqual(whole);
    log.faults.plan(() => undefined);
    expect(await log.archive()).toMatchObject({ due: 512, bundled: 512, entries: 0 });
    const asked = log.faults.calls.filter(({ command }) => command === 'ListObjectsV2Command');
    expect(asked).toHaveLength(2);
  });

  it('as far as there is time, and from there the next time', async () => {
    expect(await log.archive(10_000)).toMatchObject({ due: 512, bundled: 0, entries: 0 });
    expect(await log.archive()).toMatchObject({ entries: 512 });
  });
});

describe('a run that', () => {
  it('is killed at any of its calls leaves the beginning of it, which the next goes on from', async () => {
    for (let call = 0; ; call++) {
      await log.renewArchive();
      log.faults.killAt(call);
      const end = await outcome(log.archive());
      log.faults.revive();
      await expectBeginning();
      await log.archive();
      expect(await log.objects()).toEqual(whole);
      if (end === 'done') {
        expect(call).toBeGreaterThan(12);
        break;
      }
      expect(end).toBe('killed');
    }
  });

  it.each(FAULTS)('meets with %s at any of its calls comes to the same in the end', async (kind) => {
    for (let call = 0, calls = 1; calls > call; call += 5) {
      await log.renewArchive();
      log.faults.plan((number) => (number === call ? kind : undefined));
      const end = await outcome(log.archive());
      calls = end === 'failed' ? call + 6 : log.faults.calls.length;
      log.faults.revive();
      await expectBeginning();
      await log.archive();
      expect(await log.objects()).toEqual(whole);
    }
  });

  it('runs twice at once, one of them killed or not, puts each object once', async () => {
    for (const killed of [undefined, 9, 17]) {
      await log.renewArchive();
      log.faults.plan((number) => (number === killed ? 'dead' : 'slow'));
      const ends = await Promise.all([outcome(log.archive()), outcome(log.archive())]);
      log.faults.revive();
      if (killed === undefined) expect(ends).toEqual(['done', 'done']);
      await expectBeginning();
      await log.archive();
      expect(await log.objects()).toEqual(whole);
    }
  });

  it('meets another put of the same object under way tries again', async () => {
    let conflicts = 0;
    log.faults.plan((_, { command }) => {
      if (command !== 'PutObjectCommand' || conflicts === 2) return undefined;
      conflicts += 1;
      const name = 'ConditionalRequestConflict';
      return () => Promise.reject(Object.assign(new Error('injected'), { name }));
    });
    expect(await log.archive()).toMatchObject({ bundled: 512 });
    expect(conflicts).toBe(2);
  });
});

describe('no bundle is put together of what was not published', () => {
  const write = (pk: string, sk: string, set: string, value: Uint8Array) =>
    log.world.tables.client.send(
      new UpdateItemCommand({
        TableName: log.world.tables.ledger,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: `SET ${set} = :value`,
        ExpressionAttributeValues: { ':value': { B: value } },
      }),
    );

  it.each([
    ['an entry', /^ENTRY#\w+ ENTRY$/, 'body', /^ENTRY#/],
    ['a leaf beside its entry', /^ENTRY#\w+ ENTRY$/, 'leaf', /^ENTRY#/],
    ['a leaf in its batch', /^LOG BATCH#0{20}$/, 'leaves', /^ENTRY#/],
    ['a tile', /^TILE#1#0 002$/, 'hashes', /^LOG \/ BATCH#/],
  ])('when %s was altered, it is named and the archive stays as it is', async (_, row, attribute, named) => {
    const { indexes, entries } = await placedEntries();
    const items = await scan(log.world.tables.client, log.world.tables.ledger);
    const isBundled = (pk = '') => !pk.startsWith('ENTRY#') || (indexes.get(pk) ?? 512) < 512;
    const item =
      items.find(({ pk, sk }) => row.test(`${pk?.S} ${sk?.S}`) && isBundled(pk?.S)) ?? expect.fail();
    expect(entries).toBe(550);
    const [pk, sk, before] = [item['pk']?.S ?? '', item['sk']?.S ?? '', item[attribute]?.B ?? Buffer.of()];
    await write(pk, sk, attribute, before.toReversed());
    await expect(log.archive()).rejects.toMatchObject({
      name: 'LedgerCorrupt',
      key: expect.stringMatching(named),
    });
    await expectBeginning();
    await write(pk, sk, attribute, before);
    expect(await log.archive()).toMatchObject({ bundled: 512 });
    expect(await log.objects()).toEqual(whole);
  });

  /** Where entries stand in the log, by their partition. */
  async function placedEntries() {
    const { placedBetween } = await import('../../lambdas/store/batches.ts');
    const placed = await placedBetween(0, 550);
    return {
      entries: placed.length,
      indexes: new Map(placed.map(({ entryId }, index) => [`ENTRY#${entryId}`, index])),
    };
  }

  it('and what is there and should not be is named', async () => {
    const { putIfAbsent } = await import('../../lambdas/store/archive.ts');
    for (const key of ['tile/entries/000', 'tile/entries/001']) {
      await log.renewArchive();
      await putIfAbsent(key, 'something else');
      await expect(log.archive()).rejects.toMatchObject({ name: 'LedgerCorrupt', key });
    }
  });
});
