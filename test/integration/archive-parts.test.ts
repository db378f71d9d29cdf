import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { archiveKeys } from '../../core/log/archive-keys.ts';
import { decodeBundle } from '../../core/log/bundles.ts';
import { leafHash, rootOfLeaves } from '../../core/log/merkle.ts';
import { parseEntry } from '../../core/model/entry.ts';
import { ArchivedWorld } from './support/archives.ts';
import { FAULTS, Killed } from './support/faults.ts';
import { doorbell, scan } from './support/ledger.ts';

let log: ArchivedWorld;
beforeAll(async () => {
  log = await ArchivedWorld.create();
});
beforeEach(async () => {
  const chance = Math.random;
  vi.spyOn(Math, 'random').mockImplementation(() => chance() / 50);
});
afterEach(() => {
  vi.restoreAllMocks();
  log.faults.revive();
});
afterAll(() => log.world.tables.client.destroy());

/**
 * The entries that the parts in the archive come to, without help from the table. Each checkpoint in the archive signs
 * the tree over the first of them, and the answers that they name are there.
 */
async function expectCovered(): Promise<number> {
  const objects = await log.objects();
  const entries: Uint8Array[] = [];
  for (const [key, body] of objects) {
    if (!key.startsWith('parts/')) continue;
    const { from, to } = archiveKeys.boundsIn(key);
    const start = 256 * Number(key.split('/')[1]) + from;
    for (const [i, entry] of decodeBundle(body, to - from).entries()) {
      // Where parts overlap, they agree.
      expect(Buffer.compare(entries[start + i] ?? entry, entry)).toBe(0);
      entries[start + i] = entry;
    }
  }
  const checkpoints = [...objects].filter(([key]) => key.startsWith('checkpoints/'));
  for (const [, note] of checkpoints) {
    const [, size, root] = String(note).split('\n');
    const leaves = entries.slice(0, Number(size)).map(leafHash);
    expect(leaves).toHaveLength(Number(size));
    expect(Buffer.from(rootOfLeaves(leaves)).toString('base64')).toBe(root);
  }
  for (const entry of entries.filter(Boolean).map(parseEntry))
    if (entry.kind === 'trace-run')
      expect(objects.has(archiveKeys.answer(String(entry.body['answerSha256'])))).toBe(true);
  return checkpoints.length;
}

const outcome = async (run: Promise<unknown>) =>
  run.then(
    () => 'done',
    (error: unknown) => (error instanceof Killed ? 'killed' : 'failed'),
  );
const ring = async (entries: Parameters<typeof doorbell>[0]) => {
  const { handler } = await import('../../lambdas/sequence.ts');
  return handler(await doorbell(entries));
};

describe('whatever a checkpoint signs was in the archive before it', () => {
  it('also the answers of traces, and entries across the ends of bundles', async () => {
    await log.trace();
    await log.grow(240);
    await log.grow(600);
    expect(await expectCovered()).toBeGreaterThanOrEqual(4);
    const parts = [...(await log.objects()).keys()].filter((key) => key.startsWith('parts/'));
    expect(parts.slice(-4).map((key) => key.replace(/\d{3}-(\d{3})-[0-9a-f]{16}$/, '…-$1'))).toEqual([
      'parts/000/…-256',
      'parts/001/…-256',
      'parts/002/…-256',
      expect.stringMatching(/^parts\/003\/…-\d{3}$/),
    ]);
  });

  it('wherever the signer is killed', async () => {
    for (let call = 0; ; call++) {
      const entries = await log.accept(2);
      log.faults.killAt(call);
      const end = await outcome(ring(entries));
      log.faults.revive();
      await expectCovered();
      await ring(entries);
      if (end === 'done') {
        expect(call).toBeGreaterThan(15);
        break;
      }
      expect(end).toBe('killed');
    }
    await expectCovered();
  });

  it.each(FAULTS)('when calls meet with %s', async (kind) => {
    for (let call = 0, calls = 1; calls > call; call += 3) {
      const entries = await log.accept(2);
      log.faults.plan((number) => (number === call ? kind : undefined));
      const end = await outcome(ring(entries));
      calls = end === 'failed' ? call + 4 : log.faults.calls.length;
      log.faults.revive();
      await expectCovered();
    }
    await log.publish();
    await expectCovered();
  });

  it('when signers race', async () => {
    for (let round = 0; round < 4; round++) {
      const entries = await log.accept(9);
      log.faults.plan((number) => (round > 1 && number === 20 * round ? 'dead' : 'slow'));
      await Promise.all([0, 3, 6].map((from) => outcome(ring(entries.slice(from, from + 3)))));
      log.faults.revive();
      await expectCovered();
      await log.publish();
      await expectCovered();
    }
  });
});

it('nothing is signed while an entry is not what the log has', async () => {
  const [entry] = await log.accept(1);
  const { newEntry } = await import('../../lambdas/store/entries.ts');
  const Key = { pk: { S: `ENTRY#${entry?.entry.entryId}` }, sk: { S: 'ENTRY' } };
  const other = newEntry({ ...(entry?.entry ?? expect.fail()), flags: [{ code: 'unencrypted' }] });
  const set = (leaf: Uint8Array) =>
    log.world.tables.client.send(
      new UpdateItemCommand({
        TableName: log.world.tables.ledger,
        Key,
        UpdateExpression: 'SET leaf = :leaf',
        ExpressionAttributeValues: { ':leaf': { B: leaf } },
      }),
    );
  await set(other.leaf);
  const before = await log.published();
  await expect(ring([entry ?? expect.fail()])).rejects.toMatchObject({
    name: 'LedgerCorrupt',
    key: expect.stringMatching(/^ENTRY#/),
  });
  expect(await log.published()).toBe(before);
  const signed = (await scan(log.world.tables.client, log.world.tables.ledger)).filter(({ sk }) =>
    sk?.S?.startsWith('CHECKPOINT#'),
  );
  expect(Number(signed.at(-1)?.['sk']?.S?.slice('CHECKPOINT#'.length))).toBe(before);
  await set(entry?.leaf ?? expect.fail());
  await log.publish();
  expect(await log.published()).toBe(before + 1);
  await expectCovered();
});
