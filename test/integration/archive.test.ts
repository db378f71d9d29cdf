import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeBundle } from '../../core/log/bundles.ts';
import { leafHash, rootOfLeaves } from '../../core/log/merkle.ts';
import { parseEntry } from '../../core/model/entry.ts';
import { ArchivedWorld, type Objects } from './support/archives.ts';
import { FAULTS, Killed } from './support/faults.ts';
import { scan } from './support/ledger.ts';

/** Two bundles and a part of a third, of a log that was published at several sizes; with a trace among its entries. */
let log: ArchivedWorld;
let size: number;
/** What the archive is to hold in the end. */
let whole: Objects;
beforeAll(async () => {
  log = await ArchivedWorld.create();
  await log.trace();
  await log.grow(250);
  await log.grow(300);
  await log.renewArchive();
  await log.archive();
  whole = await log.objects();
  size =
    512 +
    Number(
      [...whole.keys()]
        .find((key) => key.startsWith('tile/entries/002'))
        ?.split('/')
        .at(-1),
    );
});
afterAll(() => log.world.tables.client.destroy());
beforeEach(async () => {
  const chance = Math.random;
  vi.spyOn(Math, 'random').mockImplementation(() => chance() / 50);
  await log.renewArchive();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  log.faults.revive();
});

/** Whether it was killed, or failed otherwise. */
const outcome = async (run: Promise<unknown>) =>
  run.then(
    () => 'done',
    (error: unknown) => (error instanceof Killed ? 'killed' : 'failed'),
  );
const bundles = (objects: Objects) => [...objects.keys()].filter((key) => key.startsWith('tile/'));

/** Whatever is there is right, and no bundle stands without what is before it. */
async function expectBeginning(): Promise<void> {
  const objects = await log.objects();
  for (const [key, body] of objects) expect(body.equals(whole.get(key) ?? Buffer.of()), key).toBe(true);
  const there = bundles(objects);
  expect(there).toEqual(bundles(whole).slice(0, there.length));
  // The trace is among the first 256 entries.
  if (there.length > 0) expect([...objects.keys()].some((key) => key.startsWith('answers/'))).toBe(true);
}

describe('what was published is copied into the archive', () => {
  it('entry by entry, so that the bundles alone make the tree that was signed', () => {
    const entries = bundles(whole).flatMap((key) =>
      decodeBundle(whole.get(key) ?? Buffer.of(), key.includes('.p/') ? size - 512 : 256),
    );
    expect(entries).toHaveLength(size);
    const [newest = ''] = [...whole.keys()].filter((key) => key.startsWith('checkpoints/'));
    const [, published, root] = String(whole.get(newest)).split('\n');
    expect(Number(published)).toBe(size);
    expect(Buffer.from(rootOfLeaves(entries.map(leafHash))).toString('base64')).toBe(root);
    const trace = entries.map(parseEntry).find(({ kind }) => kind === 'trace-run');
    expect(whole.has(`answers/${trace?.body['answerSha256']}`)).toBe(true);
  });

  it('once: a second run puts nothing, and looks no further than to the last', async () => {
    expect(await log.archive()).toMatchObject({ published: size, archived: size, entries: size });
    expect(await log.objects()).toEqual(whole);
    log.faults.plan(() => undefined);
    expect(await log.archive()).toMatchObject({ published: size, archived: size, entries: 0 });
    const asked = log.faults.calls.filter(({ command }) => command === 'ListObjectsV2Command');
    expect(asked).toHaveLength(2);
    log.faults.plan(() => undefined);
    await log.archive('rung');
    expect(log.faults.calls).toHaveLength(3);
  });

  it('as far as there is time, and from there the next time', async () => {
    expect(await log.archive('scheduled', 10_000)).toMatchObject({
      published: size,
      archived: 0,
      entries: 0,
    });
    expect(await log.archive()).toMatchObject({ entries: size });
  });
});

describe('a copy that', () => {
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
        expect(call).toBeGreaterThan(15);
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
    for (const killed of [undefined, 9, 17, 25]) {
      await log.renewArchive();
      log.faults.plan((number) => (number === killed ? 'dead' : 'slow'));
      const ends = await Promise.all([outcome(log.archive()), outcome(log.archive('rung'))]);
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
    expect(await log.archive()).toMatchObject({ archived: size });
    expect(conflicts).toBe(2);
  });
});

describe('nothing is put into the archive that was not published', () => {
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
    ['an answer', /^ANSWER#/, 'body', /^ANSWER#/],
  ])('when %s was altered, it is named and the archive stays as it is', async (_, row, attribute, named) => {
    const items = await scan(log.world.tables.client, log.world.tables.ledger);
    const item = items.find(({ pk, sk }) => row.test(`${pk?.S} ${sk?.S}`)) ?? expect.fail();
    const [pk, sk, before] = [item['pk']?.S ?? '', item['sk']?.S ?? '', item[attribute]?.B ?? Buffer.of()];
    await write(pk, sk, attribute, before.toReversed());
    await expect(log.archive()).rejects.toMatchObject({
      name: 'LedgerCorrupt',
      key: expect.stringMatching(named),
    });
    await expectBeginning();
    await write(pk, sk, attribute, before);
    expect(await log.archive()).toMatchObject({ archived: size });
    expect(await log.objects()).toEqual(whole);
  });

  it('and what is there and should not be is named', async () => {
    const { putIfAbsent } = await import('../../lambdas/store/archive.ts');
    const inTheWay = ['tile/entries/000', 'tile/entries/001', `tile/entries/002.p/${size - 512}`];
    for (const key of [...inTheWay, ...[...whole.keys()].filter((each) => each.startsWith('answers/'))]) {
      await log.renewArchive();
      await putIfAbsent(key, 'something else');
      await expect(log.archive()).rejects.toMatchObject({ name: 'LedgerCorrupt', key });
    }
  });
});

describe('a log that grows', () => {
  it('has the part of a bundle archived each minute, and in between when the last is a minute old', async () => {
    const parts = async () => bundles(await log.objects()).filter((key) => key.includes('.p/'));
    await log.archive('rung');
    expect(await parts()).toHaveLength(1);
    await log.grow(1);
    expect(await log.archive('rung')).toMatchObject({ published: size + 1, archived: size });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await log.archive('rung')).toMatchObject({ published: size + 1, archived: size + 1 });
    vi.useRealTimers();
    await log.grow(1);
    expect(await log.archive('rung')).toMatchObject({ published: size + 2, archived: size + 1 });
    expect(await log.archive('scheduled')).toMatchObject({ archived: size + 2, entries: 1 });
    expect(await parts()).toHaveLength(3);
    await log.grow(256 - ((size + 2) % 256));
    expect(await log.archive('rung')).toMatchObject({ published: 768, archived: 768 });
  });
});
