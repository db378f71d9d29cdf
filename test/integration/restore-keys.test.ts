import { expect, it, vi } from 'vitest';
import { formatVerifierKey } from '../../core/log/key.ts';
import { policyOf } from '../../core/log/policy.ts';
import { parseReceipt, verifyReceipt } from '../../core/log/receipt.ts';
import { OTHER_SIGNING_KEY, SIGNING_KEY } from './endpoints.ts';
import { ArchivedWorld } from './support/archives.ts';
import { inspector } from './support/inspecting.ts';
import { ANYONE, AUDITOR } from './world.ts';

/** A world as after the loss of everything but an archive: what functions remember is gone too. */
async function worldWith(archive: string, signingKey: { arn: string }, formerKeys: readonly string[]) {
  vi.resetModules();
  const log = await ArchivedWorld.create();
  Object.assign(process.env, {
    ARCHIVE_BUCKET: archive,
    SIGNING_KEY: signingKey.arn,
    FORMER_KEYS: JSON.stringify(formerKeys),
  });
  return log;
}

it('a log whose key is lost goes on under another one, which knows what the first one signed', async () => {
  const before = await ArchivedWorld.create();
  await before.trace();
  await before.grow(3);
  const size = await before.published();
  const archive = process.env['ARCHIVE_BUCKET'] ?? '';
  const key = (await before.world.ask('getVerifierKey', ANYONE)).text.trimEnd();
  const { items } = JSON.parse((await before.world.ask('listEntries', AUDITOR)).text);
  const params = { entryId: String(items[2].entryId) };
  const receipt = (await before.world.ask('getReceipt', AUDITOR, { params })).text;

  // Nothing is taken from an archive that another key vouches for, until somebody says that it is the log's.
  const stranger = await worldWith(archive, OTHER_SIGNING_KEY, []);
  expect(await stranger.restore()).toEqual({
    refused: expect.stringMatching(/^checkpoints\/\d+ is no checkpoint that this log signed$/),
  });
  expect((await stranger.rows()).size).toBe(0);

  const after = await worldWith(archive, OTHER_SIGNING_KEY, [key]);
  const { logKey } = await import('../../lambdas/log/key.ts');
  const newKey = formatVerifierKey(await logKey());
  expect(newKey).not.toBe(key);
  expect(await after.restore()).toMatchObject({ size, done: true });
  const shown = (await after.world.ask('getReceipt', AUDITOR, { params })).text;
  expect(shown).toBe(receipt);

  await after.grow(2);
  expect(await after.published()).toBe(size + 2);
  const entry = (await after.world.ask('getEntry', AUDITOR, { params })).bytes;
  const anew = (await after.world.ask('getReceipt', AUDITOR, { params })).text;
  const old = verifyReceipt(parseReceipt(receipt), entry, policyOf([key]));
  const now = verifyReceipt(parseReceipt(anew), entry, policyOf([newKey]));
  expect([now.index, now.checkpoint.size]).toEqual([old.index, size + 2]);
  expect(() => verifyReceipt(parseReceipt(anew), entry, policyOf([key]))).toThrow();
  expect((await (await inspector()).inspect()).findings).toEqual([]);

  // And it is restored again, from what both of them signed.
  const again = await worldWith(archive, SIGNING_KEY, [newKey]);
  expect(await again.restore()).toMatchObject({ size: size + 2, done: true });
});
