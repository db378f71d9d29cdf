import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeBundle } from '../../../core/log/bundles.ts';
import { signCheckpoint } from '../../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../../core/log/key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '../../../core/log/merkle.ts';
import { bundlePath, tilePath } from '../../../core/log/paths.ts';
import { appendTiles, EMPTY_TILE_EDGE } from '../../../core/log/tiles.ts';
import { signerOf } from '../../core/log/keys.ts';

export async function put(folder: string, path: string, content: Uint8Array | string): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

/** A log that the core alone makes in batches of these sizes, laid into a folder as it would be served. */
export async function dumpCoreLog(
  folder: string,
  batches: readonly number[],
  entryAt: (index: number) => Uint8Array,
): Promise<void> {
  const signer = signerOf('core.example/log');
  await put(folder, 'vkey', `${formatVerifierKey(signer.key)}\n`);
  const entries: Uint8Array[] = [];
  let [frontier, edge] = [EMPTY_FRONTIER, EMPTY_TILE_EDGE];
  for (const count of batches) {
    const added = Array.from({ length: count }, (_, i) => entryAt(frontier.size + i));
    entries.push(...added);
    const appended = appendLeaves(frontier, added.map(leafHash));
    const cut = appendTiles(edge, appended.levels);
    for (const tile of cut.tiles) {
      await put(folder, tilePath(tile), tile.bytes);
      const bundle = entries.slice(tile.index * 256, tile.index * 256 + tile.width);
      if (tile.level === 0) await put(folder, bundlePath(tile), encodeBundle(bundle));
    }
    [frontier, edge] = [appended.frontier, cut.edge];
    const head = { origin: signer.key.name, size: frontier.size, root: rootOf(frontier) };
    await put(folder, `checkpoints/${frontier.size}`, await signCheckpoint(head, signer));
  }
}
