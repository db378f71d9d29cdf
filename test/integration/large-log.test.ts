import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCheckpoint, signCheckpoint } from '../../core/log/checkpoint.ts';
import { appendLeaves, EMPTY_FRONTIER, rootOf, rootOfLeaves } from '../../core/log/merkle.ts';
import { type Policy, policyOf } from '../../core/log/policy.ts';
import { parseReceipt, verifyReceipt } from '../../core/log/receipt.ts';
import { appendTiles, EMPTY_TILE_EDGE } from '../../core/log/tiles.ts';
import type { EntryId, Instant } from '../../core/model/scalars.ts';
import { Definition, leaves } from '../core/log/trees.ts';
import { type Grow, growing } from './support/growing.ts';
import { ANYONE, AUDITOR, createWorld, type World } from './world.ts';

const SIZE = 70_000;
const published = leaves(SIZE);

let world: World;
let grow: Grow;
let policy: Policy;

beforeAll(async () => {
  world = await createWorld();
  grow = await growing();
  policy = policyOf([(await world.ask('getVerifierKey', ANYONE)).text.trimEnd()]);
  await commit(published);
});
afterAll(() => world.tables.client.destroy());

/** The rows that sequencing so many entries leaves behind, but for the entries and all INDEX rows save the last. */
async function commit(hashes: readonly Uint8Array[]): Promise<void> {
  const { commitBatch, MAX_BATCH } = await import('../../lambdas/store/batches.ts');
  const { insertTiles } = await import('../../lambdas/store/tiles.ts');
  const { insert } = await import('../../lambdas/store/ledger.ts');
  const { ledgerKeys } = await import('../../lambdas/store/keys.ts');
  let [frontier, edge] = [EMPTY_FRONTIER, EMPTY_TILE_EDGE];
  const idOf = (index: number) => index.toString(16).padStart(32, '0') as EntryId;
  while (frontier.size < hashes.length) {
    const first = frontier.size;
    const batch = hashes.slice(first, first + MAX_BATCH);
    const appended = appendLeaves(frontier, batch);
    const cut = appendTiles(edge, appended.levels);
    await insertTiles(cut.tiles);
    const committed = {
      first,
      ids: batch.map((_, i) => idOf(first + i)),
      leaves: batch,
      previousRoot: rootOf(frontier),
      frontier: appended.frontier,
      committedAt: '2026-03-10T10:00:00.000Z' as Instant,
    };
    await commitBatch(committed);
    [frontier, edge] = [appended.frontier, cut.edge];
  }
  const { pk, sk } = ledgerKeys.index(idOf(SIZE - 1));
  await insert({ pk: { S: pk }, sk: { S: sk }, index: { N: String(SIZE - 1) } });
  await sign(rootOf(frontier));
}

/** As the signer does, but for what it has to archive first: there are no entries. */
async function sign(root: Uint8Array): Promise<void> {
  const { logKey } = await import('../../lambdas/log/key.ts');
  const { kmsSigner } = await import('../../lambdas/store/signer.ts');
  const { keepCheckpoint } = await import('../../lambdas/sequencing/archived-head.ts');
  const { insertCheckpoint } = await import('../../lambdas/store/checkpoints.ts');
  const key = await logKey();
  const head = { origin: key.name, size: SIZE, root };
  const note = await signCheckpoint(head, kmsSigner(process.env['SIGNING_KEY'] ?? '', key));
  await keepCheckpoint(SIZE, note);
  await insertCheckpoint({ size: SIZE, note, signedAt: '2026-03-10T10:00:01.000Z' as Instant });
}

const checkpoint = async () => openCheckpoint((await world.ask('getCheckpoint', ANYONE)).text, policy);
const tile = async (path: string) =>
  (await world.ask('getTile', ANYONE, { params: { tile: path } })).bytes.toString('hex');
const hex = (hashes: readonly Uint8Array[]) => Buffer.concat(hashes).toString('hex');

it('is shown with the root of the published tree of 70,000, and found to be so by who would sign it', async () => {
  const { handler } = await import('../../lambdas/sweep.ts');
  await handler({ since: new Date().toISOString() as Instant });
  const { size, root } = await checkpoint();
  expect([size, Buffer.from(root).toString('base64')]).toEqual([
    SIZE,
    'iBwvTHw7YMhk1XSquRdGoWciDFIKL4M9hu7m3++5rMs=',
  ]);
});

it('goes on over three levels of tiles, across the edge of one, and proves what came new', async () => {
  const all = [...published];
  for (const count of [3, 150]) {
    const stored = await grow(count);
    const heads = [await checkpoint()];
    for (const { entry, bytes, leaf } of stored) {
      const params = { entryId: entry.entryId };
      const { text } = await world.ask('getReceipt', AUDITOR, { params });
      const verified = verifyReceipt(parseReceipt(text), bytes, policy);
      all[verified.index] = leaf;
      heads.push(verified.checkpoint);
    }
    const root = Buffer.from(rootOfLeaves(all));
    for (const head of heads) expect([head.size, Buffer.from(head.root)]).toEqual([all.length, root]);
  }
  const size = SIZE + 153;
  const tree = new Definition(all);
  const level1 = (n: number) => tree.root(n * 256, (n + 1) * 256);
  expect(await tile('0/000')).toBe(hex(all.slice(0, 256)));
  expect(await tile('0/272')).toBe(hex(all.slice(272 * 256, 273 * 256)));
  expect(await tile('0/273')).toBe(hex(all.slice(273 * 256, 274 * 256)));
  expect(await tile('0/274.p/9')).toBe(hex(all.slice(274 * 256, size)));
  expect(await tile('1/000')).toBe(hex(Array.from({ length: 256 }, (_, n) => level1(n))));
  expect(await tile('1/001.p/17')).toBe(hex(Array.from({ length: 17 }, (_, n) => level1(256 + n))));
  expect(await tile('1/001.p/18')).toBe(hex(Array.from({ length: 18 }, (_, n) => level1(256 + n))));
  expect(await tile('2/000.p/1')).toBe(hex([tree.root(0, 65_536)]));
});
