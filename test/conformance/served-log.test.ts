import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatVerifierKey } from '../../core/log/key.ts';
import { cosignText, formatSignatures, parseNote } from '../../core/log/note.ts';
import { bundlePath, tilePath } from '../../core/log/paths.ts';
import { newTiles } from '../../core/log/tiles.ts';
import { signerOf } from '../core/log/keys.ts';
import { growing } from '../integration/support/growing.ts';
import { ANYONE, type Asked, AUDITOR, createWorld, type World } from '../integration/world.ts';
import { put } from './support/dump.ts';
import { ask, Counts, missing, reason } from './support/run.ts';

const BATCHES = [1, 1, 5, 120, 129, 1, 3, 250, 2, 88];
const WITNESSES = ['a', 'b'].map((name) => signerOf(`witness.example/${name}`, 'cosignature'));

describe.skipIf(missing)(`the log as it is served${reason}`, () => {
  let world: World;
  let folder: string;
  const ids: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-served-'));
    const vkeys = WITNESSES.map(({ key }) => formatVerifierKey(key));
    const witnesses = vkeys.map((vkey) => ({ url: 'https://witness.example', vkey }));
    world = await createWorld({
      WITNESSING: JSON.stringify({ witnesses, quorum: 1, holdSeconds: 'forever' }),
    });
    const grow = await growing();
    let size = 0;
    for (const count of BATCHES) {
      for (const { entry } of await grow(count)) ids.push(entry.entryId);
      await cosign(size + count);
      await dump(size, size + count);
      size += count;
    }
    await put(folder, 'vkey', await served('getVerifierKey'));
    await put(folder, 'witnesses', vkeys.join('\n'));
  });
  afterAll(async () => {
    world?.tables.client.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  /** All witnesses, but for some sizes only one. */
  async function cosign(size: number): Promise<void> {
    const { insertCosignature, readCheckpoint } = await import('../../lambdas/store/checkpoints.ts');
    const { text } = parseNote((await readCheckpoint(size))?.note ?? '');
    for (const signer of size % 2 === 0 ? WITNESSES : WITNESSES.slice(1)) {
      const line = formatSignatures([await cosignText(text, signer, 1_750_000_000 + size)]);
      await insertCosignature(size, signer.key.keyId, line);
    }
  }

  async function served(operation: Parameters<World['ask']>[0], asked: Asked = {}, who = ANYONE) {
    const { status, bytes } = await world.ask(operation, who, asked);
    expect([operation, asked, status]).toEqual([operation, asked, 200]);
    return bytes;
  }

  /** What a reader who came at each published size would have fetched. */
  async function dump(before: number, size: number): Promise<void> {
    await put(folder, `checkpoints/${size}`, await served('getCheckpoint'));
    for (const tile of newTiles(before, size)) {
      const path = tilePath(tile);
      await put(folder, path, await served('getTile', { params: { tile: path.slice('tile/'.length) } }));
      if (tile.level > 0) continue;
      const bundle = bundlePath(tile);
      const params = { bundle: bundle.slice('tile/entries/'.length) };
      await put(folder, bundle, await served('getEntryBundle', { params }, AUDITOR));
    }
    for (const entryId of new Set([ids.at(0), ids.at(-1), ids[(size * 7) % ids.length]])) {
      const params = { entryId: String(entryId) };
      const name = `receipts/${entryId}-in-${size}`;
      await put(folder, name, await served('getEntry', { params }, AUDITOR));
      await put(folder, `${name}.tlog-proof`, await served('getReceipt', { params }, AUDITOR));
    }
  }

  it('is read by Go: notes, cosignatures, every leaf, every size before', async () => {
    const counts = Counts.parse(await ask(['log', folder]));
    const sizes = BATCHES.map((_, i) => BATCHES.slice(0, i + 1).reduce((sum, count) => sum + count));
    const leaves = sizes.reduce((sum, size) => sum + size);
    const even = sizes.filter((size) => size % 2 === 0).length;
    expect(counts).toEqual({
      checkpoints: sizes.length,
      cosignatures: sizes.length + even,
      entries: 600,
      inclusions: leaves,
      consistency: leaves,
    });
  });

  it('gives out receipts that Go takes', async () => {
    const { receipts } = (await ask(['receipts', folder])) as { receipts: number };
    expect(receipts).toBeGreaterThan(15);
  });
});
